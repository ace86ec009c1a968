"""PDF: pages, forms, annotations, attached files, earlier revisions, and bytes beside them.

Answers: prose and tables of each page, in the file's order and in a reader's; form values and
annotations as fields; attached files, XFA and pages that must be looked at as members.
Trusts: three foreign parsers, two of them native code, so it runs in a worker only.
Why three: PDFium reads pages, draws them and is 37 times faster than pdfminer.six, but gives
no object beside the page; qpdf (pikepdf, MPL-2.0) opens every object, decrypted, in the time
that pdfminer.six takes for the cross-reference, and repairs what PDFium refuses; pdfminer.six
has CMaps that the others lack, and no native code to fall over.
Fails: an unknown password is ``encrypted``; other foreign exceptions end in ``damaged``.
Standards: ISO 32000-2; an empty user password (7.6.4) opens most "protected" files.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from gateway.extract.pdf import cmaps, document, revisions
from gateway.extract.pdf.document import Revision, opened
from gateway.extract.pdf.eyes import Eyes
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sniff import PDF
from gateway.model import (
    Delimited,
    Field,
    InspectionLimits,
    Place,
    Prose,
    Table,
    Unread,
    UnreadReason,
)


def warm() -> None:
    """Load what the readers would open files for, before a worker gives up its rights."""
    cmaps.warm()
    document.warm()


def recognises(sample: Sample) -> bool:
    """Whether the bytes hold a PDF header where PDF programs look for it."""
    return sample.media_type == PDF


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield everything that stands in the file."""
    known: set[str] = set()
    ends = revisions.earlier(sample.content)
    eyes = Eyes(limits.rendered_pages, revised=bool(ends))
    once = _Once()
    for place, content in _revisions(sample, ends):
        held = opened(content, sample.passwords)
        try:
            if held.encrypted:
                yield Unread(place, UnreadReason.ENCRYPTED, "pdf")
                continue
            yield from once.of(Revision(held, sample, place, limits, eyes, known).units())
        finally:
            held.close()
    yield from _beside(sample)


def _revisions(sample: Sample, ends: list[int]) -> Iterator[tuple[Place, bytes]]:
    """The file as it is, then as it was before each update."""
    yield sample.place, sample.content
    for number, end in enumerate(ends, 1):
        yield sample.place / f"earlier revision {number}", sample.content[:end]


def _beside(sample: Sample) -> Iterator[Yielded]:
    """Yield what no revision speaks of."""
    if said := revisions.comments(sample.content):
        yield Prose(sample.place / "comments", said)
    for name, piece in revisions.outside(sample.content):
        yield Member(sample.place / name, "", piece)


class _Once:
    """Lets pass what was not met before: earlier revisions repeat most of the last."""

    def __init__(self) -> None:
        self._met: set[bytes] = set()

    def of(self, yielded: Iterator[Yielded]) -> Iterator[Yielded]:
        for one in yielded:
            if isinstance(one, Table):
                yield one
                continue
            mark = self._mark(one)
            if mark not in self._met:
                self._met.add(mark)
                yield one

    @staticmethod
    def _mark(one: Field | Prose | Delimited | Member | Unread) -> bytes:
        """A key that lives as long as this file is read, and in memory only."""
        if isinstance(one, Member):
            return blake2b(one.content, digest_size=16).digest()
        if isinstance(one, Unread):
            return str((one.place.steps, one.reason)).encode("utf-8", "surrogatepass")
        said = f"{one.label}\0{one.value}" if isinstance(one, Field) else one.text
        return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
