"""A file behind an OLE compound file: what its sector table says is free, at its very end.

Answers: those bytes as a member, where they are a file of some kind by themselves. Leftovers of
the program that wrote it are no such file; their words are read with the others.
Trusts: the sector table for where the compound file ends, and nothing for what is behind.
Fails: never; a file whose table cannot be read ends where the bytes do.
Standard: [MS-CFB] 2.3.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract.compound import MAGIC, BrokenCompound, Compound
from gateway.extract.iso_boxes import unpadded
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sniff import OCTETS, media_type
from gateway.model import InspectionLimits

_LEAST = 12  # bytes that could hold a number


def recognises(sample: Sample) -> bool:
    """Whether it begins as a compound file."""
    return sample.content.startswith(MAGIC)


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield what stands behind."""
    try:
        rest = unpadded(sample.content[Compound(sample.content).end :])
    except BrokenCompound:
        return  # whose reader says so
    if len(rest) >= _LEAST and media_type(rest) != OCTETS:
        yield Member(sample.place / "trailing data", "", rest)
