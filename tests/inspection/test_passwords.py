"""Locked files whose password the same mail tells (PPAP)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from gateway.inspection import inspect_now
from gateway.inspection.passwords import MOST, candidates
from gateway.model import InspectionLimits, UnreadReason
from tests.numbers import my_number

Require = Callable[[bool, str], None]


@pytest.mark.parametrize(
    "text",
    [
        "パスワード：Himitsu-7",
        "解凍パスワードは「Himitsu-7」です。",
        "パスワードは以下の通りです。\n\nHimitsu-7\n\nよろしくお願いいたします。",
        "PW: Himitsu-7",
        "The password is Himitsu-7.",
        "ＰＷ：Ｈｉｍｉｔｓｕ－７",
        "添付ファイルのパスワードをお送りします。\n【Himitsu-7】",
    ],
)
def test_a_password_is_found_where_people_write_it(text: str) -> None:
    assert "Himitsu-7" in candidates([text])[:6]


def test_a_letter_without_a_word_for_it_gives_no_password() -> None:
    assert (
        candidates(["いつもお世話になっております。\nhttps://example.jp/abc を見てください。"])
        == ()
    )


def test_so_many_candidates_and_no_more() -> None:
    assert len(candidates(["パスワード " + " ".join(f"word{n:04}" for n in range(500))])) == MOST


def locked(kind: str, password: str, directory: Path) -> bytes:
    (directory / "名簿.csv").write_text(f"氏名,個人番号\n甲,{my_number(72)}\n")
    out = directory / "out"
    subprocess.run(
        ["7z", "a", f"-t{kind}", f"-p{password}", out, "名簿.csv"],
        cwd=directory,
        check=True,
        capture_output=True,
    )
    return out.with_suffix(f".{kind}").read_bytes() if not out.exists() else out.read_bytes()


def mail_with(text: str, file: bytes, name: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "a@example.jp", "b@example.jp", "送付"
    message["MIME-Version"] = "1.0"
    message.set_content(text)
    message.add_attachment(file, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


@pytest.mark.parametrize("kind", ["zip", "7z"])
def test_the_letters_password_opens_the_file_beside_it(
    tmp_path: Path, require: Require, kind: str
) -> None:
    require(shutil.which("7z") is not None, "7z is not installed")
    file = locked(kind, "Himitsu-7", tmp_path)
    told = inspect_now(mail_with("パスワード：Himitsu-7\n", file, f"a.{kind}"), InspectionLimits())
    assert told.persons.likely == 1
    assert not told.unread
    silent = inspect_now(mail_with("別途お送りします。\n", file, f"a.{kind}"), InspectionLimits())
    assert silent.persons.likely == 0
    assert [u.reason for u in silent.unread] == [UnreadReason.ENCRYPTED]
