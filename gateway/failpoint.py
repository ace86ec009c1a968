"""Places where a test can kill the process, to prove what a crash there leaves behind.

Answers: ``reached(name)`` returns at once, unless ``SEKISHO_FAILPOINT`` names this place and
``SEKISHO_MAY_BE_KILLED`` says that the product was started for that: then the process dies
as by ``kill -9``. With ``name:3`` it dies at the third time.
Trusts: the environment of the process, which only its administrator sets; one variable
alone does nothing, and ``armed`` lets the start say in the log that both are there.
Fails: on purpose. Costs one comparison when nobody asks.
"""

from __future__ import annotations

import os
import signal

SAID = "this is a test"  # what SEKISHO_MAY_BE_KILLED must say, letter by letter


def _asked() -> str:
    if os.environ.get("SEKISHO_MAY_BE_KILLED") != SAID:
        return ""
    return os.environ.get("SEKISHO_FAILPOINT", "")


_WANTED, _, _times = _asked().partition(":")
_left = int(_times) if _times.isdecimal() else 1


def armed() -> str:
    """Return the place where this process will die; "" in every honest service."""
    return _WANTED


def reached(name: str) -> None:
    """Die here, if that is asked for."""
    global _left
    if name != _WANTED:
        return
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
