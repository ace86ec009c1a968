"""What is fuzzed keeps its promises on the inputs to begin with, and on all that once broke one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz import oracle
from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS, Broken, Target

REGRESSIONS = Path(__file__).parent / "regressions"
FILES = sorted(REGRESSIONS.glob("*.bin"))
SEED = 20261130
CHANGED = 12  # inputs a target; the rest is for ``make fuzz``


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_keeps_its_promises_on_its_seeds_and_near_them(name: str) -> None:
    target, rng = TARGETS[name], random.Random(f"{SEED} {name}")
    seeds = list(target.seeds())
    assert seeds
    for content in (rng.choice(seeds) for _ in range(CHANGED)):
        oracle.hold(target, content)
        oracle.hold(target, mutated(rng, content))


def test_what_once_broke_a_promise_breaks_none() -> None:
    for path in FILES:
        content = path.read_bytes().replace(b"{planted}", oracle.PLANTED.encode())
        oracle.hold(TARGETS[path.stem.partition("--")[0]], content)


def _escapes(content: bytes) -> object:
    raise KeyError(content)


@pytest.mark.parametrize(
    ("run", "says"),
    [
        (_escapes, "KeyError escapes"),
        (lambda content: content.decode(), "planted number"),
    ],
)
def test_the_oracle_notices_a_broken_promise(run: object, says: str) -> None:
    target = Target(run, list)  # type: ignore[arg-type]
    with pytest.raises(Broken, match=says):
        oracle.hold(target, oracle.PLANTED.encode() * 80)


def test_the_oracle_notices_what_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "FLOOR_S", 0.0)
    monkeypatch.setattr(oracle, "PER_BYTE_S", 0.0)
    with pytest.raises(Broken, match=" s for "):
        oracle.hold(Target(lambda content: sum(range(100_000)), list), b"x")
