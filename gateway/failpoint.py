"""Places where a test can kill the process, to prove what a crash there leaves behind.

Answers: ``reached(name)`` returns at once, unless ``SEKISHO_FAILPOINT`` names this place:
then the process dies as by ``kill -9``. With ``name:3`` it dies at the third time.
Trusts: the environment of the process, which only its administrator sets.
Fails: on purpose. Costs one comparison when nobody asks.
"""

from __future__ import annotations

import os
import signal

_WANTED, _, _times = os.environ.get("SEKISHO_FAILPOINT", "").partition(":")
_left = int(_times or 1)


def reached(name: str) -> None:
    """Die here, if that is asked for."""
    global _left
    if name != _WANTED:
        return
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
