"""The engine end to end: a mail in, findings with places and coverage out."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest

from gateway.inspection import inspect_now, inspect_plain, wrap
from gateway.masking import mask
from gateway.model import Inspection, InspectionLimits
from tests.extract.samples import pdf, workbook, zipped
from tests.numbers import FULL_WIDTH, grouped, my_number, my_numbers

LIMITS = InspectionLimits()
ROOT = Path(__file__).parents[2]


def mail(
    text: str = "本文です。", *, charset: str = "utf-8", subject: str = "ご連絡"
) -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = subject
    made["From"] = "総務 <soumu@example.jp>"
    made["To"] = "a@example.jp"
    made.set_content(text + "\n", charset=charset)
    return made


def inspect(made: EmailMessage, limits: InspectionLimits = LIMITS) -> Inspection:
    return inspect_now(made.as_bytes(), limits)


def attach(made: EmailMessage, name: str, content: bytes) -> EmailMessage:
    made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made


def unread(inspection: Inspection) -> list[tuple[str, str]]:
    return [(str(u.place), str(u.reason)) for u in inspection.unread]


def roster(numbers: list[str]) -> bytes:
    return "\r\n".join(["氏名,個人番号", *(f"山田{i},{n}" for i, n in enumerate(numbers))]).encode(
        "cp932"
    )


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "shift_jis", "euc-jp"])
def test_a_number_in_the_text_is_found_in_every_charset(charset: str) -> None:
    # The codecs of JIS family know the full-width hyphen as a minus sign (U+2212).
    number = grouped(my_number(1)).translate(FULL_WIDTH).replace("－", "\u2212")
    found = inspect(mail(f"個人番号は{number}です", charset=charset))
    assert found.persons.likely == 1
    assert found.unread == ()
    assert str(found.findings[0].place).startswith("1 text/plain")


def test_a_mail_that_holds_nothing_is_clean_and_says_what_was_read() -> None:
    found = inspect(mail())
    assert found.clean
    assert [(str(p.place), p.media_type, p.read) for p in found.parts] == [
        ("1 text/plain", "text/plain", True)
    ]


def test_a_roster_in_an_archive_in_a_mail_in_a_mail_is_found_at_its_place() -> None:
    numbers = my_numbers(2, 30)
    inner = attach(mail(), "a.zip", zipped(("名簿.csv", roster(numbers))))
    outer = mail()
    outer.add_attachment(inner)
    found = inspect(outer)
    assert found.persons.likely == 30
    assert str(found.findings[0].place).startswith("2 message/rfc822 / 2 a.zip / 名簿.csv")
    assert found.attachments == 1


def test_a_number_in_the_subject_and_in_a_file_name_is_found() -> None:
    assert inspect(mail(subject=f"個人番号 {my_number(3)}")).persons.likely == 1
    named = inspect(attach(mail(), f"個人番号{my_number(3)}.txt", b"text"))
    assert named.persons.likely == 1
    assert named.attachments == 1


def test_a_number_in_a_file_name_that_a_browser_saved_as_an_url_is_found_and_masked() -> None:
    for number in (my_number(4), my_number(4).translate(FULL_WIDTH)):
        named = attach(mail(), quote(f"マイナンバー{number}様") + ".txt", b"x")
        packed = attach(mail(), "a.zip", zipped((quote(f"マイナンバー{number}様.txt"), b"x")))
        for made in (named, packed):
            (found,) = inspect(made).findings
            assert quote(number[-4:]) not in mask(str(found.place))


def test_a_file_name_labels_what_stands_in_the_file() -> None:
    numbers = my_numbers(4, 30)
    rows = "\r\n".join(numbers).encode()
    assert inspect(attach(mail(), "マイナンバー一覧.txt", rows)).persons.likely == 30


def test_a_number_in_a_pdf_is_found_on_its_page() -> None:
    found = inspect(attach(mail(), "a.pdf", pdf("扶養控除等申告書", f"個人番号 {my_number(5)}")))
    assert found.persons.likely == 1
    assert str(found.findings[0].place).startswith("2 a.pdf / p. 1")


def test_the_same_number_in_two_parts_is_one_person() -> None:
    text = f"個人番号 {my_number(6)}"
    assert inspect(attach(mail(text), "a.txt", text.encode())).persons.likely == 1


def test_an_attachment_that_nobody_reads_is_named_and_counted_as_not_read() -> None:
    found = inspect(attach(mail(), "a.bin", b"\x00\x01\x02\x03" * 40))
    assert unread(found) == [("2 a.bin", "unsupported")]
    assert [p.read for p in found.parts] == [True, False]
    assert not found.clean


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (replace(LIMITS, parts=3), "limit"),
        (replace(LIMITS, part_bytes=100), "limit"),
        (replace(LIMITS, total_bytes=500), "limit"),
        (replace(LIMITS, cells=10), "limit"),
        (replace(LIMITS, text_chars=20), "limit"),
        (replace(LIMITS, depth=0), "limit"),
    ],
)
def test_every_limit_of_the_whole_mail_is_named(limits: InspectionLimits, reason: str) -> None:
    members = [(f"{n}.csv", roster(my_numbers(n, 5))) for n in range(1, 4)]
    found = inspect(attach(mail(), "a.zip", zipped(*members)), limits)
    assert reason in {r for _, r in unread(found)}
    assert not found.clean


def test_archives_within_archives_end_at_the_depth_limit() -> None:
    content = roster(my_numbers(7, 3))
    for number in range(12):
        content = zipped((f"{number}.zip", content))
    assert {u.detail for u in inspect(attach(mail(), "a.zip", content)).unread} == {"depth"}


def test_an_ambiguous_mail_is_marked_and_read_in_its_other_readings() -> None:
    text = f"個人番号 {my_number(8)}".encode()
    content = mail().as_bytes().replace(b"\n\n", b"\nContent-Type: text/html\n\n", 1) + text
    found = inspect_now(content, LIMITS)
    assert "ambiguous" in {r for _, r in unread(found)}
    assert found.persons.likely == 1


def test_a_bare_document_is_wrapped() -> None:
    found = inspect_now(wrap("名簿\r\n.xlsx", workbook()), LIMITS)
    assert found.unread == ()
    assert found.attachments == 1
    assert "名簿 .xlsx" in str(found.parts[0].place)


def test_places_from_hostile_names_stay_on_one_line() -> None:
    found = inspect(
        attach(
            mail(), "a.zip", zipped(("x\n\x1b[2Jy" + "z" * 5000, b"7z\xbc\xaf\x27\x1c" + bytes(9)))
        )
    )
    (place, _) = unread(found)[0]
    assert "\n" not in place
    assert "\x1b" not in place
    assert len(place) < 300


def test_plain_text_is_read_in_process_with_the_same_result() -> None:
    content = mail(f"個人番号 {my_number(9)}").as_bytes()
    here, there = inspect_plain(content, LIMITS), inspect_now(content, LIMITS)
    assert here is not None
    assert replace(here, elapsed_ms=0.0) == replace(there, elapsed_ms=0.0)


@pytest.mark.parametrize(
    "made",
    [
        attach(mail(), "a.txt", b"text"),
        mail("%PDF-1.7"),
        mail("<html><b>12</b></html>"),
        mail("From: a\nTo: b\nSubject: c\n\ntext"),
        mail("x" * 70_000),
    ],
)
def test_anything_but_small_plain_text_is_left_to_a_worker(made: EmailMessage) -> None:
    assert inspect_plain(made.as_bytes(), LIMITS) is None


def test_the_in_process_path_loads_no_native_parser() -> None:
    script = (
        "import sys; from gateway.inspection import inspect_plain\n"
        "from gateway.model import InspectionLimits\n"
        "assert inspect_plain(b'Subject: a\\r\\n\\r\\ntext\\r\\n', InspectionLimits())\n"
        "loaded = {'magic', 'pypdfium2', 'selectolax', 'python_calamine', 'pdfminer'} & set(sys.modules)\n"
        "sys.exit(', '.join(loaded) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0
