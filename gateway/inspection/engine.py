"""The reading engine: the bytes of a mail to findings and coverage.

Answers: ``inspect_now`` reads everything (in a worker, in tests, in ``sekisho inspect``);
``inspect_plain`` reads a mail of one plain text part and nothing else, or declines.
Trusts: nothing.
Fails: never by a mail; ``MemoryError`` passes. No finding is only as good as the
coverage beside it: what was not read is in ``unread``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from gateway import detect, extract
from gateway.detect.glance import worth_reading
from gateway.extract import text
from gateway.extract.sample import Sample, Yielded
from gateway.extract.sniff import HTML, PDF, RTF, TEXT, looks_html, text_type
from gateway.inspection.payload import NOTHING_LOST
from gateway.inspection.pictures import SeenPictures
from gateway.inspection.walk import MAIL, WHOLE_MAIL, Progress, Walk
from gateway.message import Leaf, Message, parse
from gateway.message.charset import decode
from gateway.model import Inspection, InspectionLimits, PartCoverage, UnreadReason
from gateway.patterns import Pattern, Patterns

_TYPE = re.compile(rb"^content-type:[ \t]*([^;\s]*)", re.IGNORECASE | re.MULTILINE)
_PDF_MARK, _RTF_MARK = b"%PDF-", b"{\\rt"
_BINARY_STARTS = (b"PK", b"\xd0\xcf\x11\xe0", b"{\\rtf")


def inspect_now(
    content: bytes,
    limits: InspectionLimits,
    progress: Progress = lambda part, place: None,
    *,
    lost: Mapping[int, UnreadReason] = NOTHING_LOST,
    before_native: Callable[[], None] = lambda: None,
    pictures: SeenPictures | None = None,
    patterns: Sequence[Pattern] = (),
    passwords: tuple[str, ...] = (),
) -> Inspection:
    """Inspect a whole mail here and now, with every reader.

    Args:
        content: the mail as it will be sent.
        limits: what it may cost.
        progress: told each part's number and place before it is read, and again after what
            stands in it.
        lost: parts to leave out, by number, and the reason to give.
        before_native: called before foreign native code is given any of it.
        pictures: those that need not be read; takes those that were found to hold no number.
        patterns: what to look for besides My Numbers.
        passwords: to be tried on locked files, besides those that the mail itself tells.
    """
    started = time.perf_counter()
    progress(0, WHOLE_MAIL)
    message = parse(content, limits)
    walk = Walk(
        limits,
        partial(extract.read, before_native=before_native),
        partial(extract.media_type, before_native=before_native),
        progress,
        lost,
        pictures=pictures or SeenPictures(),
        patterns=Patterns(patterns),
        passwords=passwords,
    )
    walk.mail(message)
    if not walk.parts:  # a header alone, which has been read
        walk.parts.append(PartCoverage(WHOLE_MAIL, MAIL, len(content), not walk.unread))
    return _concluded(walk, message, started)


def inspect_plain(
    content: bytes, limits: InspectionLimits, patterns: Sequence[Pattern] = ()
) -> Inspection | None:
    """Inspect a mail of one plain text part with pure Python; ``None`` when it is no such."""
    started = time.perf_counter()
    if len(content) > limits.inprocess_bytes or not _says_plain(content, limits):
        return None
    message = parse(content, limits)
    if not message.plain or _kind(message.leaves[0].content) != TEXT:
        return None
    if _takes_long(message.leaves[0], limits):
        return None
    walk = Walk(
        limits,
        _plain_reader,
        lambda content: TEXT,
        lambda part, place: None,
        pictures=SeenPictures(b""),  # there are none in it
        patterns=Patterns(patterns),
    )
    walk.mail(message)
    return _concluded(walk, message, started)


def _concluded(walk: Walk, message: Message, started: float) -> Inspection:
    findings, persons = detect.conclude(walk.candidates, walk.tally)
    others, detected = walk.patterns.concluded()
    return Inspection(
        findings=(*findings, *others),
        persons=persons,
        detected=detected,
        parts=tuple(walk.parts),
        unread=tuple(walk.unread),
        attachments=walk.attachments,
        domains=walk.mentions.domains,
        greets_another=walk.greets_another,
        headers=message.headers,
        elapsed_ms=(time.perf_counter() - started) * 1000,
    )


def _says_plain(content: bytes, limits: InspectionLimits) -> bool:
    """Whether the header's first word on it is plain text: then it is worth parsing here."""
    end = content.find(b"\r\n\r\n", 0, limits.header_bytes)
    if end < 0:
        end = content.find(b"\n\n", 0, limits.header_bytes)
    declared = _TYPE.search(content, 0, max(end, 0))
    return end >= 0 and (declared is None or declared[1].lower() in (b"", b"text/plain"))


def _takes_long(leaf: Leaf, limits: InspectionLimits) -> bool:
    """Whether there are digits to look into, in more text than the event loop has time for."""
    if len(leaf.content) <= limits.inprocess_numbers_bytes:
        return False
    return any(map(worth_reading, decode(leaf.content, leaf.charset)))


def _plain_reader(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    return text.read(sample, limits)


def _kind(content: bytes) -> str:
    """``text/plain`` for what no other reader would recognise, by pure Python alone."""
    if not text.recognises_plain(content) or content.startswith(_BINARY_STARTS):
        return "application/octet-stream"
    if _PDF_MARK in content:
        return PDF
    if _RTF_MARK in content:
        return RTF
    if looks_html(content):
        return HTML
    return text_type(content)
