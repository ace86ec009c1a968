"""What is given up before hostile bytes are touched: by the zygote once, by each worker anew.

Answers: ``isolate`` (in the zygote, once: it costs milliseconds) and ``renounce`` (in a worker)
say which layers hold; ``allow_cpu`` grants one job its CPU seconds.
Trusts: the kernel (unshare(2), chroot(2), prctl(2), setrlimit(2)).
Fails: a layer that is refused is left out of the answer; whether it may be missing is for the
caller to say. ``OSError`` only when the parent is gone.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import tempfile
from collections.abc import Callable, Collection
from contextlib import suppress

from gateway.sandbox import landlock, seccomp
from gateway.sandbox.layers import Layer

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_CAPBSET_DROP = 1, 4, 38, 24
_CAPABILITY_VERSION, _LAST_CAPABILITY = 0x20080522, 40
_NEW_USER, _NEW_NET, _NEW_IPC, _NEW_UTS = 0x10000000, 0x40000000, 0x08000000, 0x04000000
_NOBODY = 65534
_OPEN_FILES = 32  # a worker has its socket, its page, the mail and three that lead nowhere


def isolate(wanted: Collection[Layer]) -> list[Layer]:
    """Leave the machine's users, network and files behind; for the zygote and all its workers."""
    if os.geteuid() == 0:  # what root owns must be out of reach also where nothing else holds
        with suppress(OSError):  # root without the right to change users, as in some containers
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    return _held(
        wanted,
        {Layer.NAMESPACES: _own_namespaces, Layer.EMPTY_ROOT: _empty_root},
    )


def renounce(wanted: Collection[Layer], memory_bytes: int, code: bytes, parent: int) -> list[Layer]:
    """Die with the parent, gain no rights, write nothing, start nothing, stay in bounds.

    Args:
        wanted: the layers to take.
        memory_bytes: address space, what is mapped already included.
        code: the filter of system calls; empty when there is none for this machine.
        parent: process id; when it is not the parent any more, ``OSError``.
    """
    die_with(parent)
    return _held(
        wanted,
        {
            Layer.LIMITS: lambda: _limits(memory_bytes),
            Layer.LANDLOCK: landlock.close_off,
            Layer.SECCOMP: lambda: seccomp.install(code),  # last: it refuses all the others
        },
    )


def die_with(parent: int) -> None:
    """Have the kernel kill this process when ``parent`` ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked to be told
        raise OSError("the parent is gone")


def allow_cpu(seconds: int) -> None:
    """Let the process use ``seconds`` more of CPU time; beyond them SIGXCPU ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def mapped_bytes() -> int:
    """The address space that this process has mapped (proc(5), statm)."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _held(wanted: Collection[Layer], steps: dict[Layer, Callable[[], None]]) -> list[Layer]:
    held = []
    for layer, step in steps.items():
        if layer in wanted:
            with suppress(OSError):
                step()
                held.append(layer)
    return held


def _own_namespaces() -> None:
    """No user is mapped into ours, so that the process is nobody there, too."""
    _checked(_libc().unshare(_NEW_USER | _NEW_NET | _NEW_IPC | _NEW_UTS))


def _empty_root() -> None:
    """Make an empty directory "/" and delete it: nothing can ever be made in it."""
    path = tempfile.mkdtemp(prefix="sekisho-empty-")
    try:
        os.chdir(path)
    finally:
        os.rmdir(path)
    os.chroot(".")


def _limits(memory_bytes: int) -> None:
    _drop_capabilities()
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),  # binds all but root, and root has become nobody
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _drop_capabilities() -> None:
    """Those over one's own namespaces, which the zygote needed for the empty root."""
    for number in range(_LAST_CAPABILITY + 1):
        _libc().prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(number), 0, 0, 0)
    head = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _checked(_libc().capset(head, (ctypes.c_uint32 * 6)()))


def _libc() -> ctypes.CDLL:
    return _LIBC


_LIBC = ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> None:
    _checked(_libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def _checked(answer: int) -> None:
    if answer != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
