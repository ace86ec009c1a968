"""Which reader reads what, and the border at which foreign exceptions end.

Answers: ``read`` runs every family that recognises a sample: a file that is two things
at once is read as both.
Trusts: nothing. The families are imported on first use, so that a process which only
reads plain text never loads a native parser.
Fails: any exception of a parser is an ``Unread``, with a name of ours as its detail and
never the exception's text; ``MemoryError`` passes, since the worker must end then.
To add a format: write a module with ``recognises`` and ``read``, name it in ``families``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import cast

from gateway.errors import UsageError
from gateway.extract.sample import Reader, Sample, Yielded
from gateway.extract.sniff import CMS_ENVELOPED, ENCRYPTED_OFFICE, libmagic
from gateway.model import InspectionLimits, Unread, UnreadReason

LEGIBLE_BYTES = 1024
"""An image below this cannot show twelve legible digits: at 5 by 7 dots they need 60 by 7
dots, which no picture format packs together with its own headers and text far below it."""

_ENCRYPTED = frozenset((ENCRYPTED_OFFICE, CMS_ENVELOPED))


@cache
def families() -> tuple[tuple[str, Reader], ...]:
    """Return the readers with the names that an ``Unread`` shows."""
    from gateway.extract import html, pdf, sheet, text, word, zip  # noqa: A004

    found = (
        ("text", text),
        ("html", html),
        ("pdf", pdf),
        ("sheet", sheet),
        ("word", word),
        ("zip", zip),
    )
    return tuple((name, cast(Reader, module)) for name, module in found)


def warm() -> None:
    """Import every family and load libmagic, before a worker gives up its rights."""
    families()
    libmagic().from_buffer(b"warm")


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield what every family that recognises the sample reads in it."""
    known = False
    for name, reader in families():
        try:
            recognised = reader.recognises(sample)
        except Exception:
            yield Unread(sample.place, UnreadReason.DAMAGED, name)
            continue
        if recognised:
            known = True
            yield from _guarded(name, reader, sample, limits)
    if not known and not _harmless(sample):
        reason = _ENCRYPTED & {sample.media_type} and UnreadReason.ENCRYPTED
        yield Unread(sample.place, reason or UnreadReason.UNSUPPORTED, sample.media_type)


def _guarded(
    name: str, reader: Reader, sample: Sample, limits: InspectionLimits
) -> Iterator[Yielded]:
    try:
        yield from reader.read(sample, limits)
    except (MemoryError, UsageError, GeneratorExit, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # Rust panics are no Exception
        yield Unread(sample.place, UnreadReason.DAMAGED, name)


def _harmless(sample: Sample) -> bool:
    """Whether nothing legible fits: no bytes at all, or an image below ``LEGIBLE_BYTES``."""
    if not sample.content:
        return True
    return sample.media_type.startswith("image/") and len(sample.content) < LEGIBLE_BYTES
