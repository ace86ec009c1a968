"""What a reader is given, what it yields, and the two verbs that all readers share.

Answers: ``Sample`` (one part to read), ``Member`` (a part found inside it) and the
protocol ``Reader``.
Trusts: nothing. Samples and members are secret; their ``repr`` shows places only.
Fails: never.
A reader gets the charset ladder with its sample and yields nested parts instead of
reading them, so that one budget and one recursion (the engine's) hold for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from gateway.model import InspectionLimits, Place, Unit, Unread

UNPACKED, RATIO = "unpacked bytes", "ratio"  # limits that a bomb meets, as an ``Unread`` says
Decode = Callable[[bytes, str], tuple[str, ...]]  # bytes, declared charset → readings, best first


@dataclass(frozen=True, slots=True)
class Sample:
    """One part: its bytes and everything that is said of it."""

    place: Place
    name: str = field(repr=False)  # file name; "" when there is none; never decides alone
    declared_type: str = field(repr=False)  # what the mail or container says; "" for nothing
    charset: str = field(repr=False)  # as declared; "" when nothing is
    content: bytes = field(repr=False)
    media_type: str  # by content (``sniff.media_type``)
    decode: Decode = field(repr=False)  # the charset ladder, from the room ``message``
    passwords: tuple[str, ...] = field(default=(), repr=False)  # to try; from the mail itself


@dataclass(frozen=True, slots=True)
class Member:
    """A part inside a part. The engine counts it, sniffs it and reads it in turn."""

    place: Place
    name: str = field(repr=False)
    content: bytes = field(repr=False)
    declared_type: str = field(default="", repr=False)
    charset: str = field(default="", repr=False)
    labels: tuple[str, ...] = field(default=(), repr=False)  # what names it besides its path
    # What it was made of, as that lies in the mail, by which its gateway can see that it was
    # there; b"" where it is not worth remembering.
    packed: bytes = field(default=b"", repr=False)


Yielded = Unit | Member | Unread


class Reader(Protocol):
    """A family of formats: a module with these two verbs."""

    def recognises(self, sample: Sample) -> bool:
        """Whether this family can read the sample, judged by content."""
        ...

    def read(self, sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
        """Yield what stands in the sample; ``limits`` are what is left of the mail's."""
        ...
