"""``python -m tests.bench address``: what judging one recipient costs, by length of the lists.

Known names (on the list, judged before or not), and names never met before: strangers' and
slips of known ones; making ready is processor time, too. Beside it, in the same run, the linear search of rapidfuzz
(``process.extractOne``) over the same names. Memory is what the process grew by.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from gateway.recipients import Directory, TrustedName, judge
from gateway.recipients.characters import shipped
from gateway.recipients.list_files import load
from gateway.recipients.lists import words

SIZES = (1_000, 100_000, 1_000_000)
QUERIES = 4_000
LINEAR = 20  # queries of the linear search, which takes its time
TODAY = date(2026, 11, 22)
_SUFFIXES = ("co.jp", "jp", "com", "or.jp", "ne.jp", "net")


def names(count: int, rng: random.Random) -> list[str]:
    """Made-up organisations of two or three words or syllables."""
    parts = sorted(words())
    made: set[str] = set()
    while len(made) < count:
        label = rng.choice(("", "", "-")).join(rng.sample(parts, rng.choice((2, 2, 3))))
        made.add(f"{label[:40].strip('-')}.{rng.choice(_SUFFIXES)}")
    return sorted(made)


def slip(name: str, rng: random.Random) -> str:
    label, _, suffix = name.partition(".")
    at = rng.randrange(1, len(label) - 1)
    return rng.choice((
        f"{label[:at]}{label[at + 1 :]}.{suffix}",
        f"{label[:at]}{rng.choice('aeioukstn')}{label[at:]}.{suffix}",
        f"{label[:at]}{label[at : at + 2][::-1]}{label[at + 2 :]}.{suffix}",
    ))  # fmt: skip


def timed(run: Callable[[str], object], queries: Iterable[str]) -> list[float]:
    """Microseconds of processor time of each query."""
    took = []
    for query in queries:
        start = time.thread_time_ns()
        run(query)
        took.append((time.thread_time_ns() - start) / 1000)
    return took


def row(title: str, took: list[float]) -> str:
    took.sort()
    return (f"  {title:<34} median {statistics.median(took):9.1f} us   "
            f"p99 {took[int(len(took) * 0.99) - 1]:9.1f} us")  # fmt: skip


def resident_mb() -> float:
    fields = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * resource.getpagesize() / 1e6


def measured(size: int, *, as_list: bool) -> Iterator[str]:
    rng = random.Random(size)
    listed = names(size, rng)
    members = set(listed)
    strangers = [n for n in names(2 * QUERIES, random.Random(-size - 1)) if n not in members]
    new = [slip(rng.choice(listed), rng) for _ in range(QUERIES)]
    known = rng.sample(listed, min(QUERIES, size))
    gc.collect()
    before, start = resident_mb(), time.process_time()
    with tempfile.TemporaryDirectory() as directory:
        if as_list:
            yield from _mapped(Path(directory), listed)
            start = time.process_time()
            book = Directory.build([], [], name_lists=load(Path(directory), Path(directory)))
        else:
            trusted = [TrustedName(n) for n in listed]
            Directory.build([], trusted, cache=Path(directory))
            yield (f"{size:>9,} trusted names made ready at the first start in "
                   f"{time.process_time() - start:.1f} s")  # fmt: skip
            gc.collect()
            before, start = resident_mb(), time.process_time()
            book = Directory.build([], trusted, cache=Path(directory))
        took = time.process_time() - start
        gc.collect()
        kind = "in a list file, mapped" if as_list else "trusted in the policy"
        yield f"{size:>9,} names {kind}: ready in {took:.2f} s, {resident_mb() - before:.0f} MB"

        def look(domain: str) -> object:
            return judge(f"aaabb@{domain}", book, today=TODAY)

        gc.collect()
        gc.freeze()  # a collection would walk over all names
        timed(look, strangers[-100:])
        yield row("known, first time", timed(look, known))
        yield row("known, judged before", timed(look, known[-1000:] * 2))
        yield row("never met, a stranger's", timed(look, strangers[:QUERIES]))
        yield row("never met, a slip of a known one", timed(look, new))
        if not as_list:
            yield row(
                "rapidfuzz extractOne, one by one",
                timed(
                    lambda d: process.extractOne(d, listed, scorer=OSA.distance, score_cutoff=1),
                    new[:LINEAR],
                ),
            )


def _mapped(directory: Path, listed: list[str]) -> Iterator[str]:
    """Write the list and make its cache, as the first start does."""
    (directory / "protected.txt").write_text("\n".join(listed), encoding="utf-8")
    start = time.process_time()
    load(directory, directory)
    files = sum(p.stat().st_size for p in directory.glob("names-*"))
    yield (f"{len(listed):>9,} names made ready at the first start in "
           f"{time.process_time() - start:.1f} s, {files / 1e6:.0f} MB on disk")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench address")
    parser.add_argument("--size", type=int, action="append", metavar="N")
    sizes = parser.parse_args().size or SIZES
    shipped().log_likelihood("warm")
    for size in sizes:
        for line in measured(size, as_list=False):
            print(line, flush=True)
        if size >= 100_000:
            for line in measured(size, as_list=True):
                print(line, flush=True)


if __name__ == "__main__":
    main()
