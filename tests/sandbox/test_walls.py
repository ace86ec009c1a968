"""What a worker cannot do, each act tried in a real one, behind all walls and behind one."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config import Config
from gateway.config_limits import Sandbox, WorkerLayer
from gateway.sandbox import (
    ALL,
    Confinement,
    Layer,
    WorkerOutOfMemory,
    WorkerPool,
    landlock,
    seccomp,
)
from gateway.sandbox.selftest import ACTS
from tests.sandbox import targets
from tests.sandbox.test_pool import LIMITS, OBEY, a_pool

REFUSED = {
    b"Operation not permitted",
    b"Permission denied",
    b"No such file or directory",
    b"Resource temporarily unavailable",
}


async def said(pool: WorkerPool, word: str) -> bytes:
    return await pool.run(word.encode(), b"")


async def test_every_forbidden_act_is_refused_behind_all_walls(needs_walls: None) -> None:
    async with a_pool() as pool:
        answers = {word: await said(pool, word) for word in targets._FORBIDDEN}
    assert set(answers.values()) <= REFUSED, answers


@pytest.mark.parametrize(
    ("layers", "acts"),
    [
        ({Layer.LIMITS, Layer.SECCOMP}, tuple(targets._FORBIDDEN)),
        (
            {Layer.LIMITS, Layer.LANDLOCK},
            ("read", "write", "list", "make-directory", "delete", "kill-parent", "trace", "fork"),
        ),
        (
            {Layer.NAMESPACES, Layer.EMPTY_ROOT},
            ("read", "write", "exec", "delete", "make-directory"),
        ),
        ({Layer.LIMITS}, ("fork", "more-memory")),
    ],
    ids=["seccomp", "landlock", "empty-root", "limits"],
)
async def test_a_wall_holds_by_itself(
    layers: set[Layer], acts: tuple[str, ...], needs_walls: None
) -> None:
    pool = WorkerPool(OBEY, 1, LIMITS, layers)
    await pool.start()
    try:
        answers = {word: await said(pool, word) for word in acts}
    finally:
        await pool.stop()
    assert set(answers.values()) <= REFUSED, answers


async def test_memory_over_the_limit_is_refused_and_below_it_is_not() -> None:
    limits = replace(LIMITS, memory_bytes=400 << 20, result_bytes=1 << 30)
    async with a_pool(limits) as pool:
        assert len(await said(pool, "eat-within-reach")) == 300 << 20
    async with a_pool(replace(limits, memory_bytes=200 << 20)) as pool:
        with pytest.raises(WorkerOutOfMemory):
            await said(pool, "eat-within-reach")


async def test_a_worker_inherits_nothing_that_is_open_here(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, (tmp_path / "a").open("wb") as file:
        os.set_inheritable(listener.fileno(), True)
        os.set_inheritable(file.fileno(), True)
        async with a_pool() as pool:
            told = json.loads(await said(pool, "status"))
    # Standard streams that lead nowhere, the socket to the pool, the page and the jobs.
    assert len(told["files"]) == 6
    assert told["files"][:3] == [0, 1, 2]
    assert told["core"] == [0, 0]


async def test_a_worker_has_no_environment_but_one_thread_for_numbers() -> None:
    async with a_pool() as pool:
        told = json.loads(await said(pool, "environment"))
    assert set(told) <= {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GLIBC_TUNABLES", "LC_CTYPE"}


async def test_a_charset_that_nobody_has_used_yet_is_known() -> None:
    async with a_pool() as pool:
        assert await said(pool, "charset") == "個人番号".encode("iso2022_jp_2004")


async def test_the_selftest_finds_nothing_behind_all_walls(needs_walls: None) -> None:
    async with a_pool() as pool:
        assert pool.confinement == Confinement(ALL, ())


async def test_the_selftest_names_what_a_worker_without_walls_can_do() -> None:
    pool = WorkerPool(OBEY, 1, LIMITS, layers=())
    await pool.start()
    await pool.stop()
    assert pool.confinement.layers == frozenset()
    assert {"read-file", "fork", "exec"} <= set(pool.confinement.breaches) or os.geteuid() == 0
    assert "exec" in pool.confinement.breaches


def test_what_is_required_and_missing_is_named_and_every_breach() -> None:
    found = Confinement(frozenset({Layer.LIMITS}), ("connect",))
    assert found.lacks(["limits", "seccomp"]) == ("seccomp", "connect")
    assert found.lacks([]) == ()
    assert Confinement(ALL).lacks(Layer) == ()
    assert found.missing == (Layer.NAMESPACES, Layer.EMPTY_ROOT, Layer.LANDLOCK, Layer.SECCOMP)


def test_the_configuration_knows_the_same_walls() -> None:
    assert tuple(Layer) == WorkerLayer.__args__
    assert set(Sandbox().require) <= set(Layer)
    assert Config.model_fields["sandbox"].annotation is Sandbox


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_whole_instructions_and_short_enough_for_the_kernel(machine: str) -> None:
    code = seccomp.program(machine)
    assert len(code) % 8 == 0
    assert len(code) // 8 <= 4096


def test_a_machine_whose_call_numbers_are_not_known_has_no_filter() -> None:
    with pytest.raises(LookupError):
        seccomp.program("vax")


def test_the_acts_of_the_selftest_are_named_like_words() -> None:
    assert all(name.replace("-", "").isalpha() for name in ACTS)
    assert landlock.abi() >= 0
