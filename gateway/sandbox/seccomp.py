"""A filter of system calls (seccomp(2), mode 2) that lets through what reading needs.

Answers: ``program`` gives the filter for this machine, ``install`` puts the process into it
for good.
Trusts: the kernel. An allow-list: a worker has its code and files loaded before, so that
memory, its one socket, clocks and its own end are all it asks for. A call that is not on
the list, today's or a future kernel's, fails with EPERM; so do memory that can be executed
and limits of other processes. The wrong architecture ends the process.
Fails: ``OSError`` when the kernel refuses, ``LookupError`` on an architecture without numbers.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

# name: number on x86_64, on aarch64 (None: there is none), the ones in a hot loop first
_ALLOWED: dict[str, tuple[int | None, int | None]] = {
    "futex": (202, 98),
    "munmap": (11, 215),
    "brk": (12, 214),
    "madvise": (28, 233),
    "mremap": (25, 216),
    "read": (0, 63),
    "write": (1, 64),
    "recvfrom": (45, 207),
    "sendto": (44, 206),
    "recvmsg": (47, 212),
    "sendmsg": (46, 211),
    "pread64": (17, 67),
    "lseek": (8, 62),
    "fstat": (5, 80),
    "close": (3, 57),
    "clock_gettime": (228, 113),
    "gettimeofday": (96, 169),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "restart_syscall": (219, 128),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "getrusage": (98, 165),
    "getrandom": (318, 278),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "sysinfo": (99, 179),
    "uname": (63, 160),
    "membarrier": (324, 283),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
_MMAP, _MPROTECT = (9, 222), (10, 226)  # without PROT_EXEC
_PRLIMIT = (302, 261)  # of itself
_FSTATAT = (262, 79)  # of an open file: how glibc says fstat
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column, AUDIT_ARCH

_LOAD, _IS, _HAS, _RETURN = 0x20, 0x15, 0x45, 0x06  # BPF_LD|W|ABS, JMP|JEQ|K, JMP|JSET|K, RET|K
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_PROT_EXEC, _AT_EMPTY_PATH = 4, 0x1000
_PR_SET_SECCOMP, _FILTER = 22, 2


class _Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def program(machine: str = "") -> bytes:
    """Return the filter as BPF instructions for ``machine`` (default: this one)."""
    column, architecture = _MACHINES[machine or platform.machine()]
    code = [_step(_LOAD, _ARCHITECTURE), _step(_IS, architecture, 1, 0), _step(_RETURN, _KILL)]
    code.append(_step(_LOAD, _NUMBER))
    for mapping in (_MMAP, _MPROTECT):
        code += _when(mapping[column], argument=2, test=(_HAS, _PROT_EXEC), allowed=False)
    for numbers in _ALLOWED.values():
        number = numbers[column]
        if number is not None:
            code += [_step(_IS, number, 0, 1), _step(_RETURN, _ALLOW)]
    code += _when(_PRLIMIT[column], argument=0, test=(_IS, 0), allowed=True)
    code += _when(_FSTATAT[column], argument=3, test=(_HAS, _AT_EMPTY_PATH), allowed=True)
    return b"".join((*code, _step(_RETURN, _REFUSE)))


def install(code: bytes) -> None:
    """Put this process, and all it may ever start, under ``code``; needs no_new_privs."""
    libc = ctypes.CDLL(None, use_errno=True)
    told = _Program(len(code) // 8, code)
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_FILTER), ctypes.byref(told), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)


def _when(number: int, *, argument: int, test: tuple[int, int], allowed: bool) -> list[bytes]:
    """For this call: allowed, or refused, when the low half of an argument passes the test."""
    then, otherwise = (_ALLOW, _REFUSE) if allowed else (_REFUSE, _ALLOW)
    return [
        _step(_IS, number, 0, 4),
        _step(_LOAD, _ARGUMENTS + 8 * argument),
        _step(*test, 0, 1),
        _step(_RETURN, then),
        _step(_RETURN, otherwise),
    ]
