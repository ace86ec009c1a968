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

from collections.abc import Callable, Iterator
from functools import cache
from typing import cast

from gateway.errors import UsageError
from gateway.extract.sample import Reader, Sample, Yielded
from gateway.extract.sniff import CMS_ENVELOPED, ENCRYPTED_OFFICE, PGP_ENCRYPTED, libmagic
from gateway.model import InspectionLimits, Unread, UnreadReason

_ENCRYPTED = frozenset((ENCRYPTED_OFFICE, CMS_ENVELOPED, PGP_ENCRYPTED))
# Families that are Python alone, with CPython's own codecs (zlib, bz2, lzma, charsets). What
# any other one has read may have taken the worker over, so that no other mail goes there.
PURE = frozenset(("text", "html", "json", "cards", "coded blocks", "mailbox", "zip", "glued"))


@cache
def families() -> tuple[tuple[str, Reader], ...]:
    """Return the readers with the names that an ``Unread`` shows."""
    from gateway.extract import (
        cards,
        cms,
        coded_blocks,
        compound_rest,
        containers,
        flat_xml,
        foreign,
        glued,
        html,
        json_text,
        locked,
        macros,
        mailbox,
        metafile,
        ole,
        opendocument,
        outlook,
        pdf,
        picture,
        rtf,
        sheet,
        streams,
        text,
        tnef,
        word,
        xps,
        zip,
        zip_rest,
    )

    found = (
        ("text", text),
        ("html", html),
        ("xml", flat_xml),
        ("json", json_text),
        ("cards", cards),
        ("coded blocks", coded_blocks),
        ("mailbox", mailbox),
        ("outlook", outlook),
        ("tnef", tnef),
        ("cms", cms),
        ("packed", streams),
        ("archive", containers),
        ("pdf", pdf),
        ("sheet", sheet),
        ("macros", macros),
        ("locked", locked),
        ("word", word),
        ("opendocument", opendocument),
        ("rtf", rtf),
        ("ole", ole),
        ("compound rest", compound_rest),
        ("xps", xps),
        ("metafile", metafile),
        ("foreign", foreign),
        ("glued", glued),
        ("picture", picture),
        ("zip", zip),
        ("zip rest", zip_rest),
    )
    return tuple((name, cast(Reader, module)) for name, module in found)


def warm() -> None:
    """Import every family and load libmagic, before a worker gives up its rights."""
    for _, reader in families():
        getattr(reader, "warm", lambda: None)()
    libmagic().from_buffer(b"warm")


def read(
    sample: Sample, limits: InspectionLimits, before_native: Callable[[], None] = lambda: None
) -> Iterator[Yielded]:
    """Yield what every family that recognises the sample reads in it.

    Args:
        before_native: called before a family is used that is not in ``PURE``.
    """
    known = False
    for name, reader in families():
        try:
            recognised = reader.recognises(sample)
        except Exception:
            yield Unread(sample.place, UnreadReason.DAMAGED, name)
            continue
        if recognised:
            known = True
            if name not in PURE:
                before_native()
            yield from _guarded(name, reader, sample, limits)
    if not known and sample.content:  # no bytes, nothing to read
        encrypted = sample.media_type in _ENCRYPTED
        reason = UnreadReason.ENCRYPTED if encrypted else UnreadReason.UNSUPPORTED
        yield Unread(sample.place, reason, sample.media_type)


def _guarded(
    name: str, reader: Reader, sample: Sample, limits: InspectionLimits
) -> Iterator[Yielded]:
    try:
        yield from reader.read(sample, limits)
    except (MemoryError, UsageError, GeneratorExit, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # Rust panics are no Exception
        yield Unread(sample.place, UnreadReason.DAMAGED, name)
