"""Mails in files: mailboxes, Apple's .emlx, saved mails and web archives (.mht).

Answers: each mail as a member, to be read as a mail is; the lines around them as prose.
A mail that begins as one does is known by the engine without help (``sniff``).
Trusts: nothing; linear.
Fails: more mails than the limit on parts is ``limit``.
Standards: RFC 4155 (mbox, with the mboxo and mboxrd quoting of ``From``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.text_type import HTML, MAIL, TEXT, XML, text_type
from gateway.model import InspectionLimits, Unread, UnreadReason

_FROM = re.compile(rb"(?m)^From [^\r\n]{1,300}[0-9]{4}[^\r\n]{0,20}\r?\n(?=[!-9;-~]{1,76}:)")
_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")
_EMLX = re.compile(rb"\s*([0-9]{1,9})[ \t]*\r?\n")


def recognises(sample: Sample) -> bool:
    """Whether mails stand in it one after the other, or behind a byte count."""
    if sample.media_type not in (TEXT, XML, HTML):
        return False
    return _FROM.match(sample.content.lstrip()[:1000]) is not None or _emlx(sample.content) > 0


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the mails in order."""
    start = _emlx(sample.content)
    if start:
        end = start + int(sample.content[:start])
        yield Member(sample.place / "mail", "", sample.content[start:end], MAIL)
        if sample.content[end:].strip():
            yield Member(sample.place / "flags", "", sample.content[end:])
        return
    cuts = [found.span() for found in _FROM.finditer(sample.content)]
    ends = [start for start, _ in cuts[1:]] + [len(sample.content)]
    for number, ((_, first), last) in enumerate(zip(cuts, ends, strict=True), 1):
        if number > limits.parts:
            yield Unread(sample.place, UnreadReason.LIMIT, "mails")
            return
        mail = _QUOTED_FROM.sub(rb"\1", sample.content[first:last])
        yield Member(sample.place / f"mail {number}", "", mail, MAIL)


def _emlx(content: bytes) -> int:
    """Where the mail of an .emlx begins; 0 when it is none. A property list follows it."""
    found = _EMLX.match(content)
    if found is None:
        return 0
    return found.end() if text_type(content[found.end() :]) == MAIL else 0
