"""Runs labelled mails through a judge in several processes: what it says of each, and how long it took.

A judge is named by ``module:function``, so that another process can find it; it is given the
whole mail and answers a ``Verdict`` for each detector it stands for. The default is the product's
own engine.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from gateway.inspection import inspect_now
from gateway.model import Confidence, InspectionLimits
from tests.corpus.business.case import Case
from tests.corpus.business.draw import Draw
from tests.corpus.business.kinds import BY_NAME
from tests.corpus.business.letters import dress

OURS = "Sekisho"
ENGINE = "tests.corpus.business.measure:engine"
_CHUNK = 20  # mails handed to a process at once
_LIMITS = InspectionLimits()


@dataclass(frozen=True)
class Verdict:
    """What a judge says of one mail: distinct numbers at each confidence or better."""

    possible: int
    likely: int
    certain: int = 0
    unread: tuple[str, ...] = ()  # reason:detail of what it could not read
    took_s: float = 0.0

    def at(self, floor: Confidence) -> int:
        return (self.possible, self.likely, self.certain)[floor.rank]


Judge = Callable[[bytes], Mapping[str, Verdict]]  # by the detector's name


@dataclass(frozen=True)
class Outcome:
    """One mail measured."""

    kind: str
    index: int
    expected: int  # distinct persons in it
    verdict: Verdict
    detector: str

    @property
    def floor(self) -> Confidence | None:
        return BY_NAME[self.kind].evidence.floor

    @property
    def alarmed(self) -> bool:
        """Whether the mail would be held for a number."""
        return self.verdict.likely > 0

    @property
    def whole(self) -> bool:
        """Whether every person in it was found, as sure as the evidence allows."""
        return self.floor is None or self.verdict.at(self.floor) >= self.expected


def make(kind: str, index: int, seed: int) -> Case:
    """Write the mail of this kind, index and seed: always the same numbers in the same text."""
    d = Draw(f"{seed}/{kind}/{index}")
    draft = BY_NAME[kind].write(d)
    return Case(BY_NAME[kind], index, dress(d, draft), draft.numbers, draft.trick)


def engine(content: bytes) -> dict[str, Verdict]:
    """The product: every reader, every rule."""
    return {OURS: inspected(content)}


def inspected(content: bytes) -> Verdict:
    """What the product's engine says of a mail."""
    started = time.perf_counter()
    found = inspect_now(content, _LIMITS)
    took = time.perf_counter() - started
    unread = tuple(sorted({f"{u.reason}:{u.detail}" for u in found.unread}))
    counts = found.persons
    return Verdict(counts.possible, counts.likely, counts.certain, unread, took)


def judge_named(name: str) -> Judge:
    module, _, function = name.partition(":")
    found: Judge = getattr(importlib.import_module(module), function)
    return found


def plan(kinds: Iterable[str], each: int) -> Iterator[tuple[str, int]]:
    """Name the mails of a run: ``each`` for an ordinary kind, by its share for the others."""
    for kind in kinds:
        yield from ((kind, index) for index in range(max(1, each * BY_NAME[kind].share // 100)))


def run(
    wanted: list[tuple[str, int]], seed: int, judge: str = ENGINE, processes: int = 0
) -> list[Outcome]:
    """Measure the mails named, in several processes, in the order asked."""
    chunks = [(wanted[i : i + _CHUNK], seed, judge) for i in range(0, len(wanted), _CHUNK)]
    if processes == 1:
        return [o for chunk in chunks for o in _measured(chunk)]
    workers = processes or len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return [o for outcomes in pool.map(_measured, chunks) for o in outcomes]


def _measured(chunk: tuple[list[tuple[str, int]], int, str]) -> list[Outcome]:
    wanted, seed, name = chunk
    judge = judge_named(name)
    return [o for kind, index in wanted for o in _outcomes(make(kind, index, seed), judge)]


def _outcomes(case: Case, judge: Judge) -> Iterator[Outcome]:
    for detector, verdict in judge(case.content).items():
        yield Outcome(case.kind.name, case.index, len(case.numbers), verdict, detector)
