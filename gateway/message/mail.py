"""The values that reading a mail yields.

Answers: what a ``Message`` and a ``Leaf`` are.
Trusts: nothing. Both are secret; their ``repr`` shows sizes only.
Fails: never.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.model import Field, HeaderFacts, Place, Prose, Unread


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part of a mail that holds no parts, with its bytes after transfer-decoding."""

    number: int  # 1-based, in walk order over the leaves
    place: Place  # last step "<number> <file name>" or "<number> <media type>"
    name: str = field(repr=False)  # file name; "" when the part gives none
    declared_type: str = field(repr=False)  # lower case; "text/plain" when it declares none
    charset: str = field(repr=False)  # as declared; "" when the part declares none
    attachment: bool  # it has a file name, or says Content-Disposition: attachment
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """A mail, read as well as it can be, with every doubt in ``unread``."""

    headers: HeaderFacts
    fields: tuple[Field, ...] = field(repr=False)  # headers with a meaning, and file names
    leaves: tuple[Leaf, ...]
    unread: tuple[Unread, ...]
    trace: tuple[Field, ...] = field(repr=False)  # every other header that could hold a number
    glimpses: tuple[Prose, ...] = field(repr=False)  # texts that stand in another reading
    viewed: int  # bytes that were read in every view; 0 for a mail with one reading
    plain: bool  # one text part, no file, and one reading: may be read in-process
