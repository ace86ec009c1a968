"""Text: prose in every charset, and the tables that people write or paste as text.

Answers: the lines as prose; CSV and TSV files as delimited text; runs of tab-separated lines
in prose (a pasted spreadsheet) as tables besides. JSON and XML are text, too.
Trusts: nothing; pure Python, so it may run in the gateway's own process.
Fails: never; where the label and the look of a charset differ, both readings are given.
Standards: RFC 4180 for CSV, with any of comma, semicolon and tab.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract.sample import Sample, Yielded
from gateway.extract.sniff import HTML, MAIL, TEXT, is_text
from gateway.model import Delimited, InspectionLimits, Place, Prose, Table, Unread, UnreadReason

_TABLE_TYPES = {"text/csv": ",", "text/tab-separated-values": "\t"}
_TABLE_NAMES = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_FEWEST_ROWS = 2  # of a pasted table
_HEAD_CHARS = 4096  # looked at for the delimiter that is really used
_POSTSCRIPT = ("%!PS", "\x04%!PS")
_ARMOUR = "-----BEGIN PGP MESSAGE-----"


def recognises(sample: Sample) -> bool:
    """Whether the bytes are text, unless the text is HTML or a mail and says so itself."""
    if sample.media_type == HTML:
        return sample.declared_type != HTML
    return sample.media_type in (TEXT, MAIL) and not (
        sample.media_type == MAIL and sample.declared_type == MAIL
    )


def recognises_plain(content: bytes) -> bool:
    """Whether bytes need no other reader than this one (asked before going in-process)."""
    return is_text(content)


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield prose, or a table for what is declared or named as one."""
    delimiter = _declared_delimiter(sample)
    for text in sample.decode(sample.content, sample.charset):
        lines = text.replace("\r\n", "\n").replace("\r", "\n")
        if lines.startswith(_POSTSCRIPT):  # a program that draws its letters
            yield Unread(sample.place, UnreadReason.UNSUPPORTED, "postscript")
        if _ARMOUR in lines:
            yield Unread(sample.place, UnreadReason.ENCRYPTED, "pgp")
        if delimiter:
            head = lines[:_HEAD_CHARS]
            found = max((delimiter, "\t", ";", ","), key=head.count)
            yield Delimited(sample.place, lines, found)
        else:
            yield Prose(sample.place, lines)
            if "\t" in lines:
                yield from _pasted_tables(sample.place, lines)


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
