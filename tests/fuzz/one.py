"""``python -m tests.fuzz.one TARGET SECONDS DIRECTORY``: fuzzes one target in this process.

By atheris where it is installed (coverage guides it), by random damage to the seeds
otherwise. SECONDS are of processor time, so that a busy machine fuzzes no less. The first
input that breaks a promise is written to DIRECTORY and ends it with 1.
"""

from __future__ import annotations

import hashlib
import os
import random
import resource
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

_MEMORY = 3 << 30  # address space: a parser that eats more is a finding
_SCALE_EVERY_S = 2.0


def main() -> None:
    name, seconds, place = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])
    warnings.simplefilter("ignore")
    try:
        import atheris
    except ImportError:
        atheris = None
    if atheris is not None:
        with atheris.instrument_imports(include=["gateway"]):
            from tests.fuzz import targets
    else:
        from tests.fuzz import targets
    target = targets.TARGETS[name]
    seeds = list(target.seeds())  # before the limit, which is not for the programs that write them
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    tried = _Tried(name, target, place, time.process_time() + seconds)
    if atheris is None:
        _random(tried, seeds)
    else:
        corpus = place / f"corpus-{name}"
        corpus.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds):
            (corpus / f"seed{number}").write_bytes(seed[: target.most_bytes])
        options = [
            f"-max_len={target.most_bytes}",
            "-timeout=60",
            "-rss_limit_mb=0",
            "-verbosity=0",
        ]
        options += [
            "-max_total_time=0",
            f"-artifact_prefix={place}/{name}-",
            "-print_final_stats=0",
        ]
        atheris.Setup([sys.argv[0], *options, str(corpus)], tried)
        atheris.Fuzz()


class _Tried:
    """Counts runs, and stops at the first broken promise."""

    def __init__(self, name: str, target: object, place: Path, end: float) -> None:
        self._name, self._target, self._place, self._end = name, target, place, end
        self._runs, self._slowest, self._scaled = 0, 0.0, 0.0
        from tests.fuzz import oracle

        self._hold: Callable[..., float] = oracle.hold

    def __call__(self, content: bytes) -> None:
        now = time.process_time()
        if now > self._end:  # libFuzzer's own end would not come back here
            self._ended(0)
        scaled = now - self._scaled > _SCALE_EVERY_S
        if scaled:
            self._scaled = now
        self._runs += 1
        try:
            took = self._hold(self._target, content, scaled=scaled)
        except BaseException as error:
            self._found(content, error)
        self._slowest = max(self._slowest, took)

    def _found(self, content: bytes, error: BaseException) -> None:
        self._place.mkdir(parents=True, exist_ok=True)
        path = self._place / f"{self._name}-{hashlib.sha256(content).hexdigest()[:12]}.bin"
        path.write_bytes(content)
        traceback.print_exception(error)
        print(f"BROKEN {self._name}: {error}\n  {path}", flush=True)
        self._ended(1)

    def _ended(self, status: int) -> None:
        print(f"{self._name:<14} {self._runs:>9} runs  slowest {self._slowest:6.3f} s", flush=True)
        os._exit(status)


def _random(tried: _Tried, pool: list[bytes]) -> NoReturn:
    from tests.fuzz.mutate import mutated

    rng = random.Random(time.time_ns())
    while True:
        tried(mutated(rng, rng.choice(pool)))


if __name__ == "__main__":
    main()
