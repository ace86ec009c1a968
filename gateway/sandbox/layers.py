"""The layers that hold a worker, and what is known of them on this machine.

Answers: ``Layer`` names them, outermost first; ``Confinement`` says which ones hold and what
a worker could do all the same.
Trusts: nothing; imports nothing of ours.
Fails: never. A kernel or container that refuses a layer takes that one away and no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """One wall around a worker; each stands by itself."""

    LIMITS = "limits"  # no_new_privs, no core, no trace; memory, files, processes (rlimits)
    NAMESPACES = "namespaces"  # own users, network, IPC and host name: no interface, no uid
    EMPTY_ROOT = "empty-root"  # "/" is an empty directory that was deleted
    LANDLOCK = "landlock"  # no path, no TCP port, no signal to another process
    SECCOMP = "seccomp"  # system calls of an allow-list only


ALL = frozenset(Layer)


@dataclass(frozen=True, slots=True)
class Confinement:
    """What the self-test in a real worker found."""

    layers: frozenset[Layer] = frozenset()  # that the worker said it is in
    breaches: tuple[str, ...] = ()  # forbidden acts that it could do; see ``selftest``

    @property
    def missing(self) -> tuple[Layer, ...]:
        """The layers that this machine does not give."""
        return tuple(layer for layer in Layer if layer not in self.layers)

    def lacks(self, required: Iterable[str]) -> tuple[str, ...]:
        """What stands between this and the required layers: their names, then the breaches."""
        wanted = frozenset(required)
        if not wanted:
            return ()
        return (*(layer for layer in Layer if layer in wanted - self.layers), *self.breaches)
