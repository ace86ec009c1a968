"""Documents and slides: every carrier is found, by the reader it is for and with nothing unread."""

from __future__ import annotations

import io
import random
import shutil
import zipfile
from collections.abc import Callable

import pytest

from gateway.extract.placed import Box, side_by_side
from gateway.model import Place, Table
from tests.corpus import word_legacy, word_slides
from tests.corpus.carrier import Carrier
from tests.corpus.found import inspected, verdict
from tests.corpus.word_carriers import by_hand, converted
from tests.corpus.word_surgery import MAIN, document_xml, edit, paragraph, run, table, with_body
from tests.extract.samples import fields, members, prose, read, tables, unread

SEED = 20261122
_HELD = {  # found, and held besides
    "rtf object as it is": {"bytes before a member"},  # a package at a file's end is both
    "stream without a storage": {"compound file"},  # of no program that we know
}


@pytest.mark.parametrize("carrier", list(by_hand(SEED)), ids=lambda c: c.kind)
def test_a_number_is_found_wherever_it_stands_in_a_document(carrier: Carrier) -> None:
    inspection = inspected(carrier)
    assert verdict(carrier, inspection) in ("found", "clean")
    assert {u.detail for u in inspection.unread} <= _HELD.get(carrier.kind, set())


def test_every_kind_of_carrier_has_a_name_of_its_own() -> None:
    kinds = [kind for module in (word_legacy, word_slides) for kind, *_ in module.KINDS]
    assert len(kinds) == len(set(kinds))


# ------------------------------------------------------------------ versions of one text


def test_a_text_with_changes_is_read_with_all_accepted_and_with_all_rejected() -> None:
    body = paragraph(
        "甲", f"<w:ins>{run('乙')}</w:ins>", "<w:del><w:r><w:delText>丙</w:delText></w:r></w:del>"
    )
    yielded = read(with_body(body))
    assert _at(yielded, "1 part").strip() == "甲乙"
    assert _at(yielded, "1 part / before changes").strip() == "甲丙"


def test_equal_alternates_are_read_once() -> None:
    both = "<w:r><mc:AlternateContent><mc:Choice><w:t>甲</w:t></mc:Choice><mc:Fallback><w:t>甲</w:t></mc:Fallback></mc:AlternateContent></w:r>"
    assert prose(read(with_body(paragraph(both)))).count("甲") == 1


def test_hidden_text_is_read_with_the_rest_and_once_more_without() -> None:
    yielded = read(with_body(paragraph("甲", run("乙", "<w:vanish/>"), "丙")))
    assert _at(yielded, "1 part").strip() == "甲乙丙"
    assert _at(yielded, "1 part / without hidden text").strip() == "甲丙"


def test_a_content_control_is_a_field_under_its_title() -> None:
    control = (
        '<w:sdt><w:sdtPr><w:alias w:val="題"/></w:sdtPr><w:sdtContent>'
        f"{run('値')}</w:sdtContent></w:sdt>"
    )
    assert fields(read(with_body(paragraph(control))))["題"] == "値"


def test_cells_stand_in_the_columns_that_their_grid_gives_them() -> None:
    def spanned(text: str) -> str:
        return f'<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>{paragraph(text)}</w:tc>'

    def one(text: str) -> str:
        return f"<w:tc>{paragraph(text)}</w:tc>"

    body = table(spanned("広") + one("狭"), one("一") + one("二") + one("三"))
    (found,) = tables(read(with_body(body)))
    assert found.rows == (("広", "", "狭"), ("一", "二", "三"))


def _at(yielded: list, place: str) -> str:  # type: ignore[type-arg]
    return prose([u for u in yielded if str(u.place) == place])


# ------------------------------------------------------------------ packages


def test_every_member_of_a_package_is_read_or_handed_on() -> None:
    package = edit(
        with_body(paragraph("x")),
        {"word/media/image9.png": b"\x89PNG\r\n\x1a\n...", "a/b.weird": b"\x00\x01"},
    )
    yielded = read(package)
    handed_on = {m.name for m in members(yielded)}
    assert {"image9.png", "b.weird"} <= handed_on
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert all(name in prose(yielded) for name in archive.namelist())


def test_a_theme_too_large_for_one_is_read() -> None:
    theme = b"<a:theme xmlns:a='a'><a:t>hidden here</a:t>" + b"<a:x/>" * 60_000 + b"</a:theme>"
    assert "hidden here" in prose(read(edit(with_body(""), {"word/theme/theme1.xml": theme})))


def test_a_broken_main_part_is_damaged_and_read_up_to_the_break() -> None:
    broken = document_xml(paragraph("before the break")).encode()[:-20]
    yielded = read(edit(with_body(""), {MAIN: broken}))
    assert ("1 part", "damaged", "xml") in unread(yielded)
    assert "before the break" in prose(yielded)


# ------------------------------------------------------------------ geometry


def test_boxes_are_rows_from_top_to_bottom_and_cells_from_left_to_right() -> None:
    boxes = [Box("4", 30, 101), Box("1", 10, 0), Box("3", 10, 100), Box("2", 20, 1)]
    (found,) = side_by_side(Place(("p",)), boxes)
    assert isinstance(found, Table)
    assert found.rows == (("1", "2"), ("3", "4"))


def test_boxes_of_whole_sentences_are_no_table() -> None:
    sentences = [Box("これは長い文です。", n, 0) for n in range(5)]
    assert list(side_by_side(Place(("p",)), sentences)) == []


def test_what_libreoffice_writes_is_found_in_all_its_formats(
    require: Callable[[bool, str], None],
) -> None:
    require(bool(shutil.which("soffice")), "LibreOffice (apt install libreoffice-writer)")
    made = list(converted(random.Random(SEED), sources=("boxes in a table", "half inserted")))
    assert {c.file_name[-4:] for c in made} == {".doc", ".odt", "fodt", ".rtf", "docx"}
    assert [c.kind for c in made if verdict(c, inspected(c)) != "found"] == []


def test_an_embedded_font_is_no_unread_part_and_a_file_called_one_is_read() -> None:
    package = edit(
        with_body(""),
        {
            "word/fonts/font1.odttf": random.Random(1).randbytes(5000),
            "word/fonts/font2.odttf": b"plain text",
        },
    )
    assert [m.name for m in members(read(package))] == ["font2.odttf"]
