"""``inspect``, ``address`` and ``check`` as scripts use them: real processes, real files."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.house import OWN, POLICY, mail
from tests.numbers import my_numbers

NUMBERS = my_numbers(41, 40)


def sekisho(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", *words],
        capture_output=True,
        text=True,
        input=stdin,
        timeout=60,
        check=False,
    )


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "rules.toml").write_text(POLICY)
    path = tmp_path / "config.toml"
    path.write_text(
        f'[dns]\nenabled = false\n[policy]\npath = "policies"\n[organisation]\ndomains = ["{OWN}"]\n'
    )
    return str(path)


def roll() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["氏名", "住所", "電話", "個人番号"])
    for n, number in enumerate(NUMBERS):
        sheet.append([f"見本 {n}", "見本市", "", number])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_inspect_says_what_the_contract_says(tmp_path: Path, config: str) -> None:
    path = tmp_path / "a.eml"
    locked = io.BytesIO()
    with zipfile.ZipFile(locked, "w") as archive:
        archive.writestr("b.csv", "x" * 30)
    raw = bytearray(locked.getvalue())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + at] |= 1
    path.write_bytes(mail(attachments=(("名簿.xlsx", roll()), ("a.zip", bytes(raw)))))
    done = sekisho("inspect", "-c", config, "--json", "--to", "aaabb@exp.com", str(path))
    (row,) = rows(done)
    assert done.returncode == 1
    assert (row["verdict"], row["rule"], row["my_numbers"]) == (
        "block",
        "look-alike-with-number",
        40,
    )
    (recipient,) = row["recipients"]
    assert recipient["class"] == "look-alike"
    assert recipient["strength"] in ("certain", "likely")
    assert recipient["resembles"] == "exp.co.jp"
    assert recipient["suggestion"] == "aaabb@exp.co.jp"
    assert recipient["reasons"] == ["suffix-swap"]
    assert recipient["verdict"] == "block"
    (finding,) = row["findings"]
    assert finding["detector"] == "my-number"
    assert finding["confidence"] == "certain"
    assert finding["count"] == 40
    assert finding["part"].endswith("名簿.xlsx / Sheet / D2:D41")
    assert "column-header" in finding["reasons"]
    assert row["uninspected"] == [{"part": "3 a.zip / b.csv", "reason": "encrypted"}]
    assert row["elapsed_ms"] > 0
    assert not any(number in done.stdout for number in NUMBERS)


def test_inspect_of_a_clean_mail_ends_with_0(tmp_path: Path, config: str) -> None:
    path = tmp_path / "clean.eml"
    path.write_bytes(mail("打合せは火曜日です。\r\n"))
    done = sekisho("inspect", "-c", config, "--json", str(path))
    (row,) = rows(done)
    assert (done.returncode, row["verdict"], row["rule"]) == (0, "allow", "default-allow")
    assert [r["address"] for r in row["recipients"]] == ["sato@exp.co.jp"]


def test_a_bare_document_is_wrapped_and_read(tmp_path: Path) -> None:
    path = tmp_path / "名簿.xlsx"
    path.write_bytes(roll())
    done = sekisho("inspect", "--json", str(path))
    (row,) = rows(done)
    assert (done.returncode, row["my_numbers"]) == (1, 40)


def test_inspect_takes_names_from_standard_input(tmp_path: Path, config: str) -> None:
    paths = [tmp_path / f"{n}.eml" for n in range(3)]
    for path in paths:
        path.write_bytes(mail())
    done = sekisho("inspect", "-c", config, "--json", "-", stdin="\n".join(map(str, paths)) + "\n")
    assert [r["path"] for r in rows(done)] == [str(p) for p in paths]


@pytest.mark.parametrize(("words", "status"), [((), 64), (("/nowhere.eml",), 66)])
def test_inspect_without_a_file_is_an_error_of_its_own_kind(
    words: tuple[str, ...], status: int
) -> None:
    done = sekisho("inspect", *words)
    assert done.returncode == status
    assert done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_inspect_explains_in_both_languages(tmp_path: Path, config: str, lang: str) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(mail(attachments=(("名簿.xlsx", roll()),)))
    done = sekisho("inspect", "-c", config, "--lang", lang, "--to", "x@exp.com", str(path))
    assert ("送信拒否" if lang == "ja" else "block") in done.stdout
    assert "x@exp.co.jp" in done.stdout
    assert not any(number in done.stdout for number in NUMBERS)


def test_address_judges_each_one(config: str) -> None:
    given = ["aaabb@exp.com", "x@gmai.com", "sato@exp.co.jp", f"a@{OWN}", "x@gmail.com", "nonsense"]
    done = sekisho("address", "-c", config, "--json", "-", stdin="\n".join(given))
    found = rows(done)
    assert [r["address"] for r in found] == given
    assert [r["class"] for r in found] == [
        "look-alike",
        "look-alike",
        "trusted",
        "internal",
        "freemail",
        "invalid",
    ]
    assert found[0]["suggestion"] == "aaabb@exp.co.jp"
    assert (found[1]["strength"], found[1]["resembles"]) == ("certain", "gmail.com")
    assert all(set(r) >= {"domain", "reasons", "score", "dns"} for r in found)


def test_check_names_every_problem_of_every_file(tmp_path: Path, config: str) -> None:
    Path(config).write_text(
        f'[smpt]\n[policy]\npath = "policies"\n[organisation]\ndomains = ["{OWN}"]\n'
    )
    (tmp_path / "policies" / "rules.toml").write_text(
        '[[rule]]\nid = "a"\nmatch = { look_alike = "perhaps" }\naction = "hold"\n'
        '[[rule]]\nid = "a"\nmatch = {}\naction = "halt"\n'
    )
    done = sekisho("check", "-c", config)
    assert done.returncode == 78
    lines = done.stdout.splitlines()
    assert any(line.startswith(f"{config}:1:") and "smtp" in line for line in lines)
    assert any("rules.toml:3:" in line for line in lines)
    assert any("rules.toml:8:" in line for line in lines)


def test_check_of_what_can_serve_ends_with_0(config: str) -> None:
    assert sekisho("check", "-c", config).returncode == 0


def test_check_says_where_nothing_is_stopped(config: str) -> None:
    for rules in (Path(config).parent / "policies").glob("*.toml"):
        rules.write_text("monitor = true\n" + rules.read_text("utf-8"), "utf-8")
    told = sekisho("check", "-c", config, "--lang", "en").stdout
    assert "nothing is stopped" in told


def test_an_unknown_verb_is_wrong_usage() -> None:
    assert sekisho("frobnicate").returncode == 64


def test_inspect_explains_each_number_without_a_digit_of_it(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(mail(f"個人番号 {NUMBERS[0]}\n送り状番号 {NUMBERS[1]}\n"))
    done = sekisho("inspect", "--explain", "--lang", "en", "--to", "a@exp.co.jp", str(path))
    told = [line for line in done.stdout.splitlines() if "*" * 12 in line]
    assert done.returncode == 1
    assert [("certain" in line, "refused" in line) for line in told] == [
        (True, False),
        (False, True),
    ]
    assert not any(number in done.stdout for number in NUMBERS)
    done = sekisho("inspect", "--explain", "--json", "--to", "a@exp.co.jp", str(path))
    _, explained = rows(done)
    assert [row["confidence"] for row in explained["considered"]] == ["certain", ""]


@pytest.mark.parametrize(("lang", "why"), [("ja", "末尾"), ("en", "its ending")])
def test_address_explains_a_look_alike_in_both_languages(config: str, lang: str, why: str) -> None:
    done = sekisho("address", "-c", config, "--lang", lang, "aaabb@exp.com")
    first, *reasons = done.stdout.splitlines()
    assert first == "aaabb@exp.com: look-alike (likely) → aaabb@exp.co.jp  [suffix-swap]"
    assert why in reasons[0]
    assert "aaabb@exp.co.jp" in reasons[1]
