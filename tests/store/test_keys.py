from __future__ import annotations

import re
import threading
from datetime import date
from pathlib import Path

import pytest

from gateway.errors import KeyMissingError
from gateway.store import ensure_keys, load_opener, load_sealer

TODAY = date(2026, 11, 21)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "var" / "keys.toml"
    assert ensure_keys(made, TODAY)
    return made


def test_the_first_start_makes_a_dated_key_for_the_owner_alone(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert re.search(r'^id = "2026-11-21-[a-z]{2}"$', path.read_text(), re.M)
    assert [p.name for p in path.parent.iterdir()] == ["keys.toml"]


def test_what_the_file_seals_the_file_opens(path: Path) -> None:
    sealed = load_sealer(path).seal("mail:a", b"payload")
    assert load_opener(path).open("mail:a", sealed) == b"payload"


def test_a_second_start_keeps_the_key(path: Path) -> None:
    before = path.read_bytes()
    assert not ensure_keys(path, TODAY)
    assert path.read_bytes() == before


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    path, made = tmp_path / "keys.toml", []
    threads = [
        threading.Thread(target=lambda: made.append(ensure_keys(path, TODAY))) for _ in range(8)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert made.count(True) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["keys.toml"]


def test_public_halves_are_enough_to_seal(path: Path) -> None:
    public = "".join(
        line for line in path.read_text().splitlines(True) if not line.startswith("private")
    )
    path.write_text(public)
    assert load_sealer(path).seal("mail:a", b"x").kek_id.startswith("2026-11-21-")
    with pytest.raises(KeyMissingError, match="no key to open with"):
        load_opener(path)


def test_the_last_key_seals_and_every_key_opens(path: Path, tmp_path: Path) -> None:
    old = load_sealer(path).seal("mail:a", b"old")
    later = tmp_path / "later.toml"
    ensure_keys(later, date(2027, 1, 1))
    path.write_text(path.read_text() + later.read_text())
    new = load_sealer(path).seal("mail:b", b"new")
    assert new.kek_id.startswith("2027-01-01-")
    opener = load_opener(path)
    assert (opener.open("mail:a", old), opener.open("mail:b", new)) == (b"old", b"new")


@pytest.mark.parametrize("mode", [0o604, 0o660, 0o644])
def test_a_key_file_open_to_others_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(KeyMissingError, match="open to others"):
        load_sealer(path)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyMissingError, match=r"gone\.toml"):
        load_sealer(tmp_path / "gone.toml")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("secret-material = [", "not TOML"),
        ("", "cannot be read"),
        ("key = []", "holds no key"),
        ("key = 3", "cannot be read"),
        ('[[key]]\nid = "a"\npublic = "secret-material"', "cannot be read"),
        ('[[key]]\nid = "a"', "cannot be read"),
    ],
)
def test_a_damaged_key_file_is_refused_without_quoting_it(
    path: Path, text: str, complaint: str
) -> None:
    path.write_text(text)
    with pytest.raises(KeyMissingError, match=complaint) as caught:
        load_sealer(path)
    assert "secret-material" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_halves_that_do_not_belong_together_are_refused(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    ensure_keys(other, TODAY)
    stray = re.search(r'private = ".*"', other.read_text())
    assert stray is not None
    path.write_text(re.sub(r'private = ".*"', lambda _: stray.group(), path.read_text()))
    with pytest.raises(KeyMissingError, match="cannot be read"):
        load_opener(path)
