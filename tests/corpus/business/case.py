"""The values of this corpus: what a kind writes (``Draft``) and what is measured (``Case``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.model import Confidence
from tests.corpus.business.draw import Draw


class Evidence(StrEnum):
    """What in a mail says that its numbers are My Numbers."""

    CLEAN = "clean"  # no person's number in it
    LABEL = "label"  # 個人番号, マイナンバー … beside or just before the number
    HEADER = "header"  # at the head of the column, the sheet or the file
    STRUCTURE = "structure"  # a form of the tax or pension office that has no label in it
    POPULATION = "population"  # a column of numbers that all pass, without a word
    SLIP = "slip"  # labelled, but mistyped: the check digit fails
    ALONE = "alone"  # one or a few bare numbers that nothing explains

    @property
    def floor(self) -> Confidence | None:
        """The confidence that must be reached; None where nothing is owed."""
        if self in (Evidence.CLEAN, Evidence.ALONE):
            return None
        return Confidence.POSSIBLE if self is Evidence.SLIP else Confidence.LIKELY


@dataclass(frozen=True)
class File:
    """An attachment."""

    name: str
    content: bytes = field(repr=False)
    media_type: str = "application/octet-stream"


@dataclass(frozen=True)
class Draft:
    """What a kind wants to say, before it is dressed as a mail."""

    subject: str = field(repr=False)
    text: str = field(repr=False)  # the matter alone: greeting and signature are put round it
    html: str = field(default="", repr=False)  # the same as HTML; empty: made from the text
    files: tuple[File, ...] = ()
    numbers: frozenset[str] = field(default=frozenset(), repr=False)  # twelve digits each
    trick: str = ""  # which of the kind's sub-kinds it is, where they have names


@dataclass(frozen=True)
class Kind:
    """A sort of mail, by name, and how to write one."""

    name: str
    write: Callable[[Draw], Draft] = field(repr=False)
    evidence: Evidence = Evidence.CLEAN
    share: int = 100  # how many for each hundred of an ordinary kind


@dataclass(frozen=True)
class Case:
    """One labelled mail; kind, index and the run's seed make it again."""

    kind: Kind
    index: int
    content: bytes = field(repr=False)
    numbers: frozenset[str] = field(repr=False)
    trick: str = ""  # the draft's
