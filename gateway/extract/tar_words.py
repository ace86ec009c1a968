"""What a tar says beside its members: owners, link targets, comments of pax; and where it ends.

Answers: the words of every header as one text, what stands behind the end of the archive, and
whether a file without a mark is a tar of before POSIX.
Trusts: nothing; a size that leads nowhere ends the walk. Pure Python.
Fails: never.
Standards: POSIX.1-2017 pax (ustar, extended headers), GNU tar's long names.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract.iso_boxes import unpadded
from gateway.extract.sample import Decode

BLOCK = 512
_SAYING = b"xgLKNVA"  # types whose content is a header: pax, GNU's long names and labels
_WORDS = ((157, 257), (265, 297), (297, 329))  # link target, owner, group; never the numbers
_MOST_CHARS = 1_000_000
_MOST_HEADERS = 100_000


def tar_words(content: bytes, decode: Decode) -> str:
    """Return what the headers say besides the names of members."""
    said: dict[str, None] = {}
    left = _MOST_CHARS
    for head, inside in _headers(content):
        raws = [head[a:b].split(b"\x00")[0] for a, b in _WORDS]
        raws += [inside.rstrip(b"\x00")] if head[156:157] in _SAYING else []
        for raw in filter(None, raws):
            text = decode(raw, "")[0]
            left -= len(text)
            if left < 0:
                return "\n".join(said)
            said[text] = None
    return "\n".join(said)


def behind_tar(content: bytes) -> bytes:
    """Return what stands behind the two empty blocks that end a tar: another tar, or anything."""
    end = content.find(bytes(2 * BLOCK))
    while end > 0 and end % BLOCK:
        end = content.find(bytes(2 * BLOCK), end + BLOCK - end % BLOCK)
    return unpadded(content[end:]) if end > 0 else b""


def is_old_tar(content: bytes) -> bool:
    """Whether the checksum of the first header is right: a tar of before POSIX has no mark."""
    head = content[:BLOCK]
    if len(head) < BLOCK or not head[0]:
        return False
    told = head[148:156].strip(b" \x00")
    if not told or told.strip(b"01234567"):
        return False
    return int(told, 8) == sum(head) - sum(head[148:156]) + 8 * 0x20


def _headers(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(_MOST_HEADERS):
        head = content[at : at + BLOCK]
        size = _size(head[124:136])
        if len(head) < BLOCK or not head.strip(b"\x00") or size < 0:
            return
        at += BLOCK
        yield head, content[at : at + size] if head[156:157] in _SAYING else b""
        at += -(-size // BLOCK) * BLOCK


def _size(raw: bytes) -> int:
    """A size in octal digits, or GNU's binary one; -1 for neither."""
    if raw[:1] in (b"\x80", b"\xff"):
        return int.from_bytes(raw[1:], "big")
    told = raw.strip(b" \x00")
    return int(told or b"0", 8) if not told.strip(b"01234567") else -1
