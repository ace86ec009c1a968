"""Landlock (landlock(7)): no path, no TCP port, no signal to a process outside.

Answers: ``abi`` says what the kernel has (0: nothing), ``close_off`` takes all of it away.
Trusts: the kernel. Files that are open already stay usable: that is how a mail comes in.
Fails: ``OSError`` when the kernel refuses.
"""

from __future__ import annotations

import ctypes
import os
import struct

_CREATE, _RESTRICT = 444, 446  # the same on every architecture; 445 adds rules, we have none
_VERSION = 1
_FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}  # by ABI, 5 and later alike
_TCP_BIND_CONNECT = 0b11  # since ABI 4
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11  # since ABI 6


def abi() -> int:
    """Return the kernel's Landlock ABI; 0 when it has none or it is switched off."""
    return max(0, int(_libc().syscall(_CREATE, None, ctypes.c_size_t(0), _VERSION)))


def close_off() -> None:
    """Refuse this process every right that Landlock knows of; needs no_new_privs."""
    version = abi()
    if version == 0:
        raise OSError("the kernel has no Landlock")
    handled = [_FILE_RIGHTS[min(version, 5)]]
    handled += [_TCP_BIND_CONNECT] if version >= 4 else []
    handled += [_ABSTRACT_SOCKETS_AND_SIGNALS] if version >= 6 else []
    told = struct.pack(f"={len(handled)}Q", *handled)
    rules = _asked(_CREATE, told, ctypes.c_size_t(len(told)), 0)
    try:
        _asked(_RESTRICT, rules, 0)
    finally:
        os.close(rules)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _asked(*call: object) -> int:
    answer = int(_libc().syscall(*call))
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer
