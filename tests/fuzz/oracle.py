"""Holds a target to its promises on one input.

Answers: ``hold`` returns nothing, or raises ``Broken``: an exception escaped, the planted
number can be seen in what came back, or the time taken is out of proportion.
Times are processor time of this process, so that a busy machine breaks no promise.
"""

from __future__ import annotations

import time

from tests.fuzz.seeds import PLANTED
from tests.fuzz.targets import Broken, Target

FLOOR_S, PER_BYTE_S = 0.5, 100e-6  # of one input; traced by a fuzzer, which costs three times
_SLOW_S = 0.05  # from here on, it is worth asking whether it is linear
_TIMES, _SLACK = 8, 2.5


def hold(target: Target, content: bytes, *, scaled: bool = False) -> float:
    """Run the target once, return the seconds; with ``scaled``, eightfold input as well."""
    content = content[: target.most_bytes]
    took = _timed(target, content)
    allowed = FLOOR_S + PER_BYTE_S * len(content)
    if took > allowed and (took := min(took, _timed(target, content))) > allowed:
        raise Broken(f"{took:.1f} s for {len(content)} bytes")
    if scaled and target.linear and took > _SLOW_S:
        _linear(target, content, took)
    return took


def _linear(target: Target, content: bytes, took: float) -> None:
    more = _timed(target, content * _TIMES)
    if more > _TIMES * _SLACK * took:
        raise Broken(f"{more:.2f} s for {_TIMES} times what takes {took:.2f} s")


def _timed(target: Target, content: bytes) -> float:
    started = time.process_time()
    try:
        found = target.run(content)
    except Broken:
        raise
    except Exception as error:
        raise Broken(f"{type(error).__name__} escapes") from error
    took = time.process_time() - started
    if PLANTED in repr(found):
        raise Broken("the planted number can be seen in a repr or a message")
    return took
