"""Text: prose in every charset, and the tables that people write or paste as text.

Answers: the lines as prose; CSV and TSV files as delimited text; runs of tab-separated lines
in prose (a pasted spreadsheet) as tables besides; a second reading where lines are folded
or characters escaped. JSON and XML are text, too, besides what their own readers say.
Trusts: nothing; pure Python, so it may run in the gateway's own process.
Fails: never; where the label and the look of a charset differ, both readings are given.
Standards: RFC 4180 for CSV, with any of comma, semicolon and tab; RFC 3676 (format=flowed).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.extract import cards, coded_blocks, json_text
from gateway.extract.escapes import percent_decoded, qp_decoded, unescaped
from gateway.extract.html_tokens import unescape
from gateway.extract.sample import Decode, Sample, Yielded
from gateway.extract.text_type import HTML, MAIL, TEXT, XML, is_text, wide_codec
from gateway.model import Delimited, InspectionLimits, Place, Prose, Table, Unread, UnreadReason

_TABLE_TYPES = {"text/csv": ",", "text/tab-separated-values": "\t"}
_TABLE_NAMES = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_FEWEST_ROWS = 2  # of a pasted table
_HEAD_CHARS = 4096  # looked at for the delimiter that is really used
_POSTSCRIPT = ("%!PS", "\x04%!PS")
# Armour at the beginning of a line, and coded lines in it: quoted or named it is no secret.
_ARMOUR = re.compile(
    r"(?m)^-----BEGIN PGP MESSAGE(?:, PART [0-9/]{1,9})?-----[ \t]*\n"
    r"(?:[A-Za-z]{1,20}: [^\n]{0,200}\n){0,9}[ \t]*\n?[A-Za-z0-9+/=]+[ \t]*(?:\n|\Z)"
)
_ARMOUR_MARK = "-----BEGIN PGP MESSAGE"
_WHOLE = re.compile(r"(?<![0-9.])([0-9]{10,12})(\.0{1,10})(?![0-9])")
_SCIENTIFIC = re.compile(r"(?<![\w.])([1-9])\.([0-9]{6,11})[Ee]\+?(09|9|10|11)(?![0-9])")
# A digit at the end of a line, and one at the beginning of the next, quote marks between.
_CUT_NUMBER = re.compile(r"(?<=[0-9０-９])([-－‐]?)( ?)\n((?:>[ >]*)?)(?=[0-9０-９])")
_DIGIT_BEGINS_LINE = re.compile(r"\n(?:>[ >]*)?[0-9０-９]")  # a quick first question
_WRAPPED_AT = 60  # characters; a shorter line was ended by a person
_AS_NOUGHT = bytes(0x30 if 0x30 <= b <= 0x39 else b for b in range(256))
_WHOLE_SHAPE, _SCIENTIFIC_SHAPE = b"0" * 10 + b".0", b"0." + b"0" * 6  # with noughts for digits
_REFERENCE = re.compile(r"&#[xX]?[0-9A-Fa-f]{1,8};?")


def recognises(sample: Sample) -> bool:
    """Whether the bytes are text, unless the text is HTML or a mail and says so itself."""
    if sample.media_type == HTML:
        return sample.declared_type != HTML
    return sample.media_type in (TEXT, XML, MAIL) and not (
        sample.media_type == MAIL and sample.declared_type == MAIL
    )


def recognises_plain(content: bytes) -> bool:
    """Whether bytes need no other reader than this one (asked before going in-process)."""
    return is_text(content) and not (
        coded_blocks.marked(content) or json_text.begins(content) or cards.begins(content)
    )


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield prose, or a table for what is declared or named as one."""
    delimiter = _declared_delimiter(sample)
    charset = sample.charset or wide_codec(sample.content)
    for text in sample.decode(sample.content, charset):
        lines = text.replace("\r\n", "\n").replace("\r", "\n")
        if lines.startswith(_POSTSCRIPT):  # a program that draws its letters
            yield Unread(sample.place, UnreadReason.UNSUPPORTED, "postscript")
        if _ARMOUR_MARK in lines and _ARMOUR.search(lines):
            yield Unread(sample.place, UnreadReason.ENCRYPTED, "pgp")
        if delimiter:
            head = lines[:_HEAD_CHARS]
            found = max((delimiter, "\t", ";", ","), key=head.count)
            yield Delimited(sample.place, whole_numbers(lines), found)
        else:
            yield Prose(sample.place, whole_numbers(lines))
            if "\t" in lines:
                yield from _pasted_tables(sample.place, lines)
        for way, other in _other_readings(lines, sample.decode):
            yield Prose(sample.place / way, other)


def whole_numbers(text: str) -> str:
    """Show whole numbers that a program wrote as decimals as such, every offset kept.

    >>> whole_numbers("98765432109.00,1.23456789018E+11")
    '98765432109   ,123456789018     '
    """
    if "." not in text:
        return text
    shape = text.encode("utf-8", "surrogatepass").translate(_AS_NOUGHT)
    if _WHOLE_SHAPE in shape:
        text = _WHOLE.sub(lambda m: m[1] + " " * len(m[2]), text)
    if _SCIENTIFIC_SHAPE in shape and (b"E" in shape or b"e" in shape):
        text = _SCIENTIFIC.sub(_written_out, text)
    return text


def _written_out(found: re.Match[str]) -> str:
    places = int(found[3])
    if len(found[2]) > places:
        return found[0]
    return (found[1] + found[2].ljust(places, "0")).ljust(len(found[0]))


def _other_readings(lines: str, decode: Decode) -> Iterator[tuple[str, str]]:
    """How the text reads with its lines unfolded or its escapes resolved, if it has any."""
    asked = _may_be_wrapped(lines) and _DIGIT_BEGINS_LINE.search(lines)
    joined = _CUT_NUMBER.sub(_joined, lines) if asked else lines
    if joined != lines:
        yield "joined lines", joined
    plain = unescaped(lines.replace("\\\n", "")) if "\\" in lines else lines
    if "&" in plain and _REFERENCE.search(plain):
        plain = unescape(plain)
    if plain != lines:
        yield "unescaped", plain
    for way, read_so in (("URL-encoded", percent_decoded), ("quoted-printable", qp_decoded)):
        other = read_so(lines, decode)
        if other != lines:
            yield way, other


def _may_be_wrapped(lines: str) -> bool:
    """Whether any line could have been wrapped by a program; a list of short ones has none."""
    return " \n" in lines or max(map(len, lines.split("\n"))) >= _WRAPPED_AT


def _joined(found: re.Match[str]) -> str:
    """Join a line that a program wrapped to the next; leave one that a person ended."""
    start = found.string.rfind("\n", 0, found.start()) + 1
    if found[2] or found.start() - start >= _WRAPPED_AT:
        return found[1]
    return found[0]


def _declared_delimiter(sample: Sample) -> str:
    by_type = _TABLE_TYPES.get(sample.declared_type, "")
    return by_type or _TABLE_NAMES.get(sample.name[-4:].lower(), "")


def _pasted_tables(place: Place, lines: str) -> Iterator[Table]:
    block: list[tuple[str, ...]] = []
    number = 0
    for number, line in enumerate(lines.split("\n"), 1):
        if "\t" in line:
            block.append(tuple(line.split("\t")))
            continue
        if len(block) >= _FEWEST_ROWS:
            yield Table(place, tuple(block), first_row=number - len(block))
        block = []
    if len(block) >= _FEWEST_ROWS:
        yield Table(place, tuple(block), first_row=number + 1 - len(block))
