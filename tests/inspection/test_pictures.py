"""What the gateway remembers of pictures, and what it believes of a worker's claims."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from gateway.extract import Sample, Yielded
from gateway.inspection import inspect_now, wire
from gateway.inspection.pictures import MOST_CLAIMS, KnownPictures, SeenPictures, digest, name
from gateway.inspection.wire import WireError
from gateway.model import Inspection, InspectionLimits, PartCoverage, Place, Prose
from tests.inspection.test_inspector import an_inspector
from tests.numbers import my_number

LIMITS = InspectionLimits()
NUMBER = my_number(77)


def picture(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), (shade, 0, 0)).save(out, "PNG")
    return out.getvalue()


def mail(*pictures: bytes) -> bytes:
    parts = b"".join(
        b"--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(p).replace(b"\n", b"\r\n")
        for p in pictures
    )
    head = b'From: a@exp.co.jp\r\nTo: b@exp.jp\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n'
    return head + parts + b"--x--\r\n"


def shows(monkeypatch: pytest.MonkeyPatch, text: str) -> list[str]:
    """Let every picture show ``text``; return the places of those that were read."""
    from gateway.extract import picture as reader

    met: list[str] = []

    def instead(sample: Sample, limits: InspectionLimits) -> list[Yielded]:
        met.append(str(sample.place))
        return [Prose(sample.place, text)]

    monkeypatch.setattr(reader, "read", instead)
    return met


def test_a_picture_without_a_number_is_read_once_in_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    met = shows(monkeypatch, "関所市役所")
    seen = SeenPictures()
    found = inspect_now(mail(picture(1), picture(1), picture(2)), LIMITS, pictures=seen)
    assert (len(met), len(seen.empty), len(found.parts)) == (2, 2, 3)
    assert found.clean


def test_a_known_picture_is_not_read_and_counts_as_read(monkeypatch: pytest.MonkeyPatch) -> None:
    met = shows(monkeypatch, "関所市役所")
    key = b"k" * 16
    known = SeenPictures(key, f"{digest(key, picture(2))} {digest(key, picture(1))}")
    found = inspect_now(mail(picture(1)), LIMITS, pictures=known)
    assert met == []
    assert found.clean
    assert all(part.read for part in found.parts)


@pytest.mark.parametrize(
    "text", [f"個人番号 {NUMBER}", NUMBER, f"{NUMBER[:4]} {NUMBER[4:8]} {NUMBER[8:]}"]
)
def test_a_picture_that_shows_a_number_is_never_claimed_empty(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows(monkeypatch, text)
    seen = SeenPictures()
    inspect_now(mail(picture(1)), LIMITS, pictures=seen)
    assert seen.empty == []


def test_a_picture_that_was_not_read_whole_is_never_claimed_empty() -> None:
    seen = SeenPictures()
    out = io.BytesIO()
    Image.effect_noise((100, 100), 50).save(out, "PNG")
    found = inspect_now(mail(out.getvalue()[:2000]), LIMITS, pictures=seen)
    assert found.unread
    assert seen.empty == []


def test_a_claim_counts_only_for_a_picture_of_that_mail() -> None:
    known = KnownPictures(10)
    ours, foreign = (digest(known.key, picture(n)) for n in (1, 2))
    known.learn(known.proven([ours, foreign, "0" * 32], mail(picture(1)), LIMITS))
    assert known.marks == (ours,)


def a_pdf(*pieces: bytes) -> bytes:
    """Nothing but what a gateway looks at: streams in what begins like a PDF."""
    return b"%PDF-1.7\n" + b"".join(
        b"<</Length %d>>\nstream\r\n%b\nendstream\n" % (len(p), p) for p in pieces
    )


def test_a_claim_about_a_picture_in_a_pdf_counts_where_its_packed_bytes_stand_in_the_mail() -> None:
    known = KnownPictures(10)
    ours = name(known.key, picture(1), b"packed one\n")
    foreign = name(known.key, picture(1), b"packed two")
    known.learn(known.proven([ours, foreign], mail(a_pdf(b"x", b"packed one\n")), LIMITS))
    assert known.marks == (ours,)
    assert known.proven([foreign], mail(b"stream\npacked two\nendstream"), LIMITS) == set()


def test_a_picture_made_of_the_same_bytes_is_another_where_it_looks_different() -> None:
    key = b"k" * 16
    seen = SeenPictures(key, name(key, picture(1), b"packed"))
    assert seen.holds_none(picture(1), b"packed")
    assert not seen.holds_none(picture(2), b"packed")
    assert not seen.holds_none(picture(1))
    assert not seen.holds_none(picture(1), b"packed otherwise")


def test_streams_without_an_end_are_searched_once() -> None:
    known = KnownPictures(10)
    claim = name(known.key, b"x", b"y")
    endless = mail(b"%PDF-1.7\n" + b"stream\n" * 90_000)
    assert known.proven([claim], endless, LIMITS) == set()


def test_a_large_mail_is_not_taken_apart_for_a_claim() -> None:
    known = KnownPictures(10)
    claim = digest(known.key, picture(1))
    large = mail(picture(1)) + b"x" * 1024 * 1024
    assert known.proven([claim], large, LIMITS) == set()


def test_memory_is_bounded_and_keeps_what_was_met_last() -> None:
    known = KnownPictures(2)
    marks = [digest(known.key, picture(n)) for n in range(3)]
    known.learn(marks[:2])
    known.learn(known.proven([marks[0]], b"", LIMITS))  # met again, in whatever mail
    known.learn(marks[2:])
    assert known.marks == (marks[0], marks[2])
    nothing = KnownPictures(0)
    nothing.learn(marks)
    assert len(nothing) == 0


def test_one_mail_claims_a_bounded_number() -> None:
    seen = SeenPictures()
    for n in range(MOST_CLAIMS + 5):
        seen.claim(n.to_bytes(2, "big"))
    assert len(seen.empty) == MOST_CLAIMS


def test_a_digest_means_nothing_to_another_process() -> None:
    assert digest(KnownPictures(1).key, b"x") != digest(KnownPictures(1).key, b"x")


async def test_a_worker_reads_a_logo_once_and_a_number_always() -> None:
    """With real workers behind their walls, and the real networks."""
    logo, page = Image.new("RGB", (200, 60), "white"), Image.new("RGB", (600, 80), "white")
    ImageDraw.Draw(logo).text((5, 5), "Sekisho City", "navy", ImageFont.load_default(30))
    ImageDraw.Draw(page).text((10, 20), f"My Number: {NUMBER}", "black", ImageFont.load_default(32))
    out, told = io.BytesIO(), io.BytesIO()
    logo.save(out, "PNG")
    page.save(told, "PNG")
    async with an_inspector() as inspector:
        first, second = [await inspector.inspect(mail(out.getvalue())) for _ in range(2)]
        assert first.clean
        assert second.clean
        assert second.elapsed_ms < first.elapsed_ms / 2
        assert len(inspector._pictures) == 1
        for _ in range(2):
            found = await inspector.inspect(mail(out.getvalue(), told.getvalue()))
            assert found.persons.likely == 1
        assert len(inspector._pictures) == 1


async def test_a_logo_in_a_pdf_is_read_once_for_all_mails() -> None:
    """Two letters with other words, the logo at another place and in another size."""
    logo = Image.new("RGB", (200, 60), "white")
    ImageDraw.Draw(logo).text((5, 5), "Sekisho City", "navy", ImageFont.load_default(30))
    letters = []
    for n in range(2):
        out = io.BytesIO()
        page = canvas.Canvas(out, invariant=1)
        page.drawString(60, 700, f"Letter {n}: please find our offer below, as agreed.")
        page.drawImage(ImageReader(logo), 300 + 40 * n, 760, 120 + 10 * n, 36 + 3 * n)
        page.save()
        letters.append(mail(out.getvalue()))
    async with an_inspector() as inspector:
        for letter in letters:
            assert (await inspector.inspect(letter)).clean
            assert len(inspector._pictures) == 1


def test_claims_cross_the_border_checked() -> None:
    found = Inspection(parts=(PartCoverage(Place(("1",)), "image/png", 1, True),))
    mark = "0a" * 16
    assert wire.answer(wire.dumps(found, [mark])) == (found, (mark,))
    for wrong in ("", "0A" * 16, "0" * 31, NUMBER):
        with pytest.raises(WireError):
            wire.answer(wire.dumps(found, [wrong]))


def test_time_for_pictures_is_shared_by_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.inspection import budget

    clock = iter(range(1000))
    monkeypatch.setattr(budget.time, "process_time", lambda: float(next(clock)))
    spent = budget.Budget(replace(LIMITS, picture_seconds=5.0))
    for _ in spent.picture(iter([Prose(Place(("1",)), "x")] * 2)):
        next(clock)  # somebody else's time
    assert spent.left.picture_seconds == 2.0
