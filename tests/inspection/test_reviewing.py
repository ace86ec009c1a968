"""What a reviewer is shown of a mail: everything but the numbers."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import quote

import pytest

from gateway.inspection.masked import Marked, shown, uncoded
from gateway.inspection.payload import ask
from gateway.inspection.reviewing import review
from gateway.masking import mask
from gateway.model import Field, InspectionLimits, Place, Prose, Table
from tests.numbers import FULL_WIDTH, grouped, my_number

NUMBER = my_number(11)
HERE = Place(("1 text/plain",))


class Silent:
    def at(self, part: int, note: str) -> None: ...

    def native(self) -> None: ...


def asked(want: str, mail: EmailMessage, number: int = 0) -> bytes:
    head = json.dumps({"want": want, "number": number}).encode() + b"\n" + ask(InspectionLimits())
    return review(head, mail.as_bytes(), Silent())  # type: ignore[arg-type]


def letter(text: str, html: str = "") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = f"個人番号 {NUMBER}"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


@pytest.mark.parametrize("shape", [NUMBER, grouped(NUMBER), " ".join(NUMBER)])
def test_a_mail_is_shown_with_its_numbers_masked_and_marked(shape: str) -> None:
    told = json.loads(asked("review", letter(f"個人番号は {shape} です。\n")))
    text = json.dumps(told, ensure_ascii=False)
    assert NUMBER not in "".join(c for c in text if c.isdigit())
    assert "個人番号は " in text
    assert [place for place, _, _ in told["numbers"]] == [
        "headers / Subject",
        "1 text/plain / line 1",
    ]


def test_a_number_in_the_declared_type_of_a_part_is_masked() -> None:
    mail = letter("x")
    mail.add_attachment(b"x", maintype="application", subtype=f"x-{NUMBER}")
    told = json.loads(asked("review", mail))
    assert [leaf[2] for leaf in told["leaves"]] == ["text/plain", f"application/x-{'*' * 12}"]


def test_a_number_across_tags_is_masked_and_nothing_active_is_left() -> None:
    html = f"<p onclick=x style=y>個人番号 {NUMBER[:5]}<b>{NUMBER[5:]}</b><img src=//x><script>1</script></p>"
    assert asked("html", letter("x", html), 2).decode().strip() == (
        "<p>個人番号 *****<b>*******</b></p>"
    )


def test_no_attribute_of_a_tag_shows_a_number() -> None:
    html = f'<a title="{NUMBER}" lang="{NUMBER}">x</a><td colspan="{NUMBER}">y</td>'
    told = asked("html", letter("x", html), 2).decode()
    assert NUMBER not in told
    assert "<a>x</a>" in told


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("codec", ["ascii", "utf-16-le", "utf-16-be"])
def test_a_number_in_base64_is_hidden_wherever_its_quantum_begins(before: int, codec: str) -> None:
    coded = b64encode(NUMBER.encode(codec)).decode().rstrip("=")
    assert coded not in uncoded(f"Thread-Index: {'ab/+'[:before]}{coded} ab")


ESCAPES = {
    "json": lambda c: f"\\u{ord(c):04x}",
    "script": lambda c: f"\\x{ord(c):02x}",
    "braces": lambda c: f"\\u{{{ord(c):x}}}",
    "html": lambda c: f"&#x{ord(c):X};",
}


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_a_number_in_escapes_is_hidden_in_the_bare_text_too(escape: Callable[[str], str]) -> None:
    told = asked("review", letter(f'"my_number": "{"".join(map(escape, NUMBER))}"\n')).decode()
    assert len(json.loads(told)["numbers"]) == 2  # the subject's, too
    assert not any(escape(c)[-2:] in told.replace("\\\\", "\\") for c in NUMBER)


def test_full_width_digits_as_programs_escape_them_are_hidden() -> None:
    wide = NUMBER.translate(FULL_WIDTH)
    for coded in (json.dumps(wide)[1:-1], quote(wide), quote(wide).replace("%", "=")):
        hidden = mask(f"{NUMBER[:2]}{coded}")
        assert len(hidden) == len(coded) + 2
        assert not any(c.isdigit() for c in hidden)


def test_what_a_letter_in_html_shows_coded_is_hidden() -> None:
    coded = (b64encode(NUMBER.encode()).decode(), "".join(map(ESCAPES["json"], NUMBER)))
    told = asked("html", letter("x", f"<p>{coded[0]} <b>{coded[1]}</b></p>"), 2).decode()
    assert "<p>***" in told
    assert not any(c in told for c in coded)


def test_words_that_hide_no_digits_stay_as_they_are() -> None:
    said = f"Resident registration, 2026-11-30, {b64encode('令和八年十一月'.encode()).decode()}"
    assert uncoded(said) == said


def test_a_header_in_base64_and_the_bare_bytes_of_a_doubtful_mail_hide_a_number() -> None:
    coded = b64encode(f"x{NUMBER}".encode()).decode()
    mail = letter(f"{coded}\n")
    mail["Thread-Index"] = coded
    told = asked("review", mail).decode()
    assert "thread-index" in told
    assert coded.rstrip("=") not in told


def test_one_number_is_revealed_by_its_place_alone() -> None:
    mail = letter(f"個人番号は {NUMBER} です。\n")
    assert json.loads(asked("reveal", mail, 2)) == {"text": NUMBER}
    assert json.loads(asked("reveal", mail, 9)) == {"text": ""}


def test_digits_in_short_cells_side_by_side_are_blinded() -> None:
    pieces = (NUMBER[:4], NUMBER[4:8], NUMBER[8:])
    across = shown(Table(HERE, (("氏名", *pieces),)), [])
    down = shown(Table(HERE, tuple((p,) for p in pieces)), [])
    assert [p for _, row in across.rows for p, _ in row] == ["氏名", "****", "****", "****"]
    assert [p for _, row in down.rows for p, _ in row] == ["****"] * 3


def test_a_box_of_a_form_hides_its_digits_since_its_neighbours_have_the_rest() -> None:
    assert shown(Field(HERE, "番号1", NUMBER[:4]), []).rows == ((1, (("****", 0),)),)


def test_of_a_long_text_its_top_and_what_is_marked_is_shown() -> None:
    from gateway.detect.candidate import Spot

    text = "\n".join(f"行 {n}" for n in range(1000)) + f"\n{NUMBER}\n"
    start = text.index(NUMBER)
    seen = shown(Prose(HERE, text), [Marked(1, Spot(row=1001, start=start, end=start + 12))])
    assert seen.cut
    assert (1001, (("*" * 12, 1),)) in seen.rows
    assert len(seen.rows) < 200
