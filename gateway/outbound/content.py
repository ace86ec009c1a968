"""A mail in wire form: dots doubled, the final dot behind, cut into pieces for sending.

Answers: ``wire_form(content)``: the pieces that may leave before the outcome counts, and
the last ones, which hold the final dot.
Trusts: the wire in to have let no lone CR or LF through; nothing is repaired here (law 1).
Fails: never. Copies nothing of a mail in which no line begins with a dot.
Standards: RFC 5321 4.5.2 (transparency), 4.1.1.4 (end of data).
"""

from __future__ import annotations

CHUNK_BYTES = 128 * 1024

Piece = bytes | memoryview


def wire_form(content: bytes) -> tuple[list[Piece], list[Piece]]:
    """Cut ``content`` for sending; the pieces joined are its wire form."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")  # the same object where there is none
    first: list[Piece] = [b"."] if stuffed.startswith(b".") else []
    end = b".\r\n" if stuffed.endswith(b"\r\n") or not stuffed else b"\r\n.\r\n"
    if len(stuffed) <= CHUNK_BYTES:
        return [], [*first, stuffed, end]
    view = memoryview(stuffed)
    pieces: list[Piece] = [view[n : n + CHUNK_BYTES] for n in range(0, len(view), CHUNK_BYTES)]
    return [*first, *pieces[:-1]], [pieces[-1], end]


def dot_stuffed(content: bytes) -> bytes:
    """Return the wire form of ``content`` in one piece."""
    before, last = wire_form(content)
    return b"".join([*before, *last])
