"""The zygote's side: one process with everything loaded, that forks workers.

Answers: imports the target, goes on in a child with one thread, leaves the machine's users,
network and files behind, and then forks a worker for each request; kills one with its group;
reports the end of each.
Trusts: its parent. It never sees a byte of a mail, and a worker has no way to reach it.
Fails: by ending, and all workers with it; the parent starts another.
Only who reaps may signal by process id: until then the id, and the group's, is not given anew.
"""

from __future__ import annotations

import encodings
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from gateway.sandbox import largepages, seccomp
from gateway.sandbox.hardening import die_with, isolate, mapped_bytes
from gateway.sandbox.layers import Layer
from gateway.sandbox.worker import Target, Terms, live

_COLLECT_AFTER = 50_000, 20, 100  # objects made; young collections; collections of those

MESSAGE_BYTES = 4096  # longest message between the zygote and its parent
SPAWN, KILL, READY, ENDED = "spawn", "kill", "ready", "ended"


class Forks:
    """The workers that live, by the name that the parent gave each."""

    def __init__(self, control: socket.socket, target: Target, selftest: Target, terms: Terms):
        self._control = control
        self._targets = {False: target, True: selftest}
        self._terms = terms
        self._pids: dict[int, int] = {}  # name → process id

    def serve(self) -> None:
        """Do as the parent asks until it goes."""
        woken, wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wakes)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self._inherited = (woken, wakes)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(woken, select.POLLIN)
        while True:
            ready = dict(poll.poll())
            if woken in ready:
                os.read(woken, MESSAGE_BYTES)
                self._bury()
            if self._control.fileno() in ready and not self._obey():
                return

    def _obey(self) -> bool:
        """Do one thing that the parent asks for; False when it is gone."""
        raw, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 3)
        if not raw:
            return False
        asked = json.loads(raw)
        if asked["do"] == SPAWN:
            self._spawn(asked["name"], asked["selftest"], *descriptors)
        elif asked["name"] in self._pids:
            self._sweep(self._pids[asked["name"]])
        return True

    def _spawn(self, name: int, selftest: bool, wire: int, page: int, arena: int) -> None:
        try:
            pid = os.fork()
            if pid == 0:
                self._become_worker(self._targets[selftest], wire, page, arena)
        except OSError:
            self._tell({"say": ENDED, "name": name, "status": 0})
        else:
            self._pids[name] = pid
            self._tell({"say": SPAWN, "name": name, "pid": pid})
        for descriptor in (wire, page, arena):
            os.close(descriptor)

    def _become_worker(self, target: Target, wire: int, page: int, arena: int) -> None:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        self._control.close()
        for descriptor in self._inherited:
            os.close(descriptor)
        live(target, socket.socket(fileno=wire), page, arena, self._terms)

    def _bury(self) -> None:
        """Report who has ended, and take what is left of their groups along."""
        for name, pid in tuple(self._pids.items()):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            self._sweep(pid)
            _, status = os.waitpid(pid, 0)
            del self._pids[name]
            self._tell({"say": ENDED, "name": name, "status": os.waitstatus_to_exitcode(status)})

    def _sweep(self, pid: int) -> None:
        for kill in (os.kill, os.killpg):  # the group may not be there yet
            with suppress(ProcessLookupError, PermissionError):
                kill(pid, signal.SIGKILL)

    def _tell(self, said: dict[str, Any]) -> None:
        self._control.send(json.dumps(said).encode())


def main(spec: dict[str, Any]) -> None:
    """Be a zygote as ``spec`` says, and end; a traceback could quote its surroundings."""
    status = 70
    with suppress(BaseException):
        _main(spec)
        status = 0
    os._exit(status)


def _main(spec: dict[str, Any]) -> None:
    control = socket.socket(fileno=spec["fd"])
    target, selftest = load(spec["target"]), load(spec["selftest"])
    _load_codecs()
    mapped = mapped_bytes()
    wanted = frozenset(map(Layer, spec["layers"]))
    code = _filter(wanted)
    settle_collector()
    largepages.gather()
    die_with(spec["parent"])
    _go_on_alone(control)
    loaded_by = os.getppid()
    held = isolate(wanted)
    die_with(loaded_by)  # after the change of users, which forgets it
    terms = Terms(
        layers=wanted - ({Layer.SECCOMP} if not code else set()),
        held=held,
        memory_bytes=mapped + spec["memory_bytes"],
        cpu_s=spec["cpu_s"],
        filter=code,
        parent=os.getpid(),
    )
    control.send(json.dumps({"say": READY}).encode())
    Forks(control, target, selftest, terms).serve()


def settle_collector() -> None:
    """Keep what was loaded out of collections, and have few of them.

    One in a worker would write to, and so copy, all that was loaded. And a list of a megabyte
    makes 300,000 values that stay: at the interpreter's own 700 a third of the time goes into
    looking at them again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


def _go_on_alone(control: socket.socket) -> None:
    """Return in a child with one thread, whatever a library has started while it was loaded.

    A process with threads gets no namespace of users, and must not be forked over and over:
    another thread's lock would stay locked. What has loaded waits, and ends with the child.
    """
    child = os.fork()
    if child:
        control.close()
        os.waitpid(child, 0)
        os._exit(0)


def load(name: str) -> Target:
    """Return the function that ``package.module:function`` names."""
    module, _, function = name.partition(":")
    target: Target = getattr(importlib.import_module(module), function)
    return target


def _load_codecs() -> None:
    """A charset that a mail names is not looked for on disk when it is needed."""
    for module in pkgutil.iter_modules(encodings.__path__):
        with suppress(ImportError):  # those of another operating system
            importlib.import_module(f"encodings.{module.name}")
    "".encode("idna")


def _filter(wanted: Collection[Layer]) -> bytes:
    try:
        return seccomp.program() if Layer.SECCOMP in wanted else b""
    except LookupError:
        return b""
