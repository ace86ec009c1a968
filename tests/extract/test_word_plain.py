"""Word parts with their plain runs made one say exactly what they said before."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.extract import Yielded
from gateway.extract.story import INTERESTING
from gateway.extract.word_plain import BETWEEN, DULL, STYLING, merged
from gateway.extract.xml_text import TELLING, read_xml
from gateway.model import InspectionLimits, Place
from tests.corpus.word_carriers import by_hand
from tests.corpus.word_surgery import document_xml, paragraph, run

_LIMITS = InspectionLimits()
_BLANKS = b" " * 64  # as much as is shown of what stands around a number in a tag
_RUN = b"<w:r><w:rPr><w:b/></w:rPr><w:t>1</w:t></w:r>"


def _said(xml: bytes) -> list[Yielded]:
    return list(read_xml(xml, Place(("a",)), _LIMITS))


def _unmerged(xml: bytes) -> list[Yielded]:
    """What is said where a comment behind the root keeps everything as it is."""
    kept = xml + _BLANKS + b"<!-- -->"
    assert merged(kept) == kept
    return _said(kept)


def _parts() -> Iterator[tuple[str, bytes]]:
    """The XML of every carrier that a Word package has, and more than one run in it."""
    for carrier in by_hand(20261122):
        if not zipfile.is_zipfile(io.BytesIO(carrier.content)):
            continue
        with zipfile.ZipFile(io.BytesIO(carrier.content)) as package:
            for info in package.infolist():
                part = package.read(info)
                if b"<w:" in part and b"<!" not in part:
                    yield f"{carrier.kind}, {info.filename}", part + _BLANKS


def test_no_carrier_says_anything_else_once_its_runs_are_one() -> None:
    parts = list(_parts())
    assert len(parts) > 100
    assert any(merged(part) != part for _, part in parts)
    assert [name for name, part in parts if _said(part) != _unmerged(part)] == []


@pytest.mark.parametrize(
    "properties",
    ["<w:vanish/>", '<w:color w:val="FFFFFF"/>', '<w:sz w:val="4"/>', '<w:sz w:val="02"/>'],
)
def test_a_run_that_hides_its_text_stays_one_of_its_own(properties: str) -> None:
    xml = document_xml(paragraph("甲", run("乙", properties), "丙")).encode()
    assert merged(xml).count(b"<w:r>") == 3
    assert _said(xml) == _unmerged(xml)


def test_doubts_about_spelling_cut_no_number() -> None:
    doubt = '<w:proofErr w:type="spellStart"/>'
    xml = document_xml(f"<w:p>{run('12')}{doubt}{run('34', '<w:b/>')}</w:p>").encode()
    assert b">1234<" in merged(xml)


@pytest.mark.parametrize(
    "around",
    [b"<w:p><![CDATA[%b]]></w:p>", b"<w:p><!--%b--></w:p>", b"<!DOCTYPE w><w:p>%b</w:p>"],
)
def test_what_may_be_no_tag_is_left_as_it_is(around: bytes) -> None:
    assert merged(around % _RUN) == around % _RUN


@pytest.mark.parametrize("broken", [b'<w:r a="1>', b"<w:r a=1>", b"<w:r/>", b'<w:r a="&x;">'])
def test_what_is_not_well_formed_stays_so(broken: bytes) -> None:
    part = b"<w:p>" + _RUN.replace(b"<w:r>", broken) + b"</w:p>"
    assert broken in merged(part)


def test_no_property_that_is_left_out_is_one_that_a_story_asks_for() -> None:
    assert not {*DULL, *STYLING, *BETWEEN} & (INTERESTING | TELLING)


def test_a_number_in_a_property_that_is_left_out_is_found_all_the_same() -> None:
    number = "1" * 12
    part = f'<w:p xmlns:w="w"><w:r><w:rPr><w:rFonts w:ascii="{number}"/></w:rPr><w:t>a</w:t></w:r></w:p>'
    assert number not in merged(part.encode()).decode()
    assert any(number in str(getattr(one, "text", "")) for one in _said(part.encode()))


PARAGRAPHS = st.sampled_from(
    [
        "<w:p><w:r><w:t>一二</w:t></w:r></w:p>",
        "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>12</w:t></w:r><w:r><w:t>34</w:t></w:r></w:p>",
        '<w:p w:rsidR="1"><w:pPr><w:jc w:val="left"/></w:pPr><w:r><w:t>5</w:t></w:r></w:p>',
        "<w:p><w:pPr><w:rPr><w:b/></w:rPr></w:pPr><w:r><w:t>6</w:t></w:r></w:p>",
        "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>7</w:t></w:r></w:p>",
        "<w:p><w:r><w:t>a\n</w:t></w:r></w:p>",
        "<w:p><w:r><w:t>b&#10;</w:t></w:r></w:p>",
        "<w:p><w:r><w:t></w:t></w:r></w:p>",
        "<w:p/>",
        "\n",
        "<w:p><w:r><w:t>c</w:t><w:tab/><w:t>d</w:t></w:r></w:p>",
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>e</w:t></w:r></w:p>",
        "<w:p><w:ins><w:r><w:t>f</w:t></w:r></w:ins></w:p>",
        "<w:p><w:r><w:fldChar/></w:r><w:r><w:instrText>G</w:instrText></w:r></w:p>",
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p><w:p><w:r><w:t>2</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
        '<w:sdt><w:sdtPr><w:alias w:val="個人番号"/></w:sdtPr><w:p><w:r><w:t>3</w:t></w:r></w:p><w:p><w:r><w:t>4</w:t></w:r></w:p></w:sdt>',
    ]
)


@given(st.lists(PARAGRAPHS, max_size=9))
@settings(max_examples=400, deadline=None)
def test_paragraphs_that_become_one_keep_their_lines(paragraphs: list[str]) -> None:
    xml = document_xml("".join(paragraphs)).encode()
    assert _said(xml) == _unmerged(xml)


def test_a_long_letter_is_one_paragraph_for_the_parser() -> None:
    xml = document_xml("<w:p><w:r><w:t>1</w:t></w:r><w:r><w:t>2</w:t></w:r></w:p>" * 100).encode()
    assert merged(xml).count(b"<w:p>") == 1
    assert b"<w:t>" + b"\n".join([b"12"] * 100) + b"</w:t>" in merged(xml)
