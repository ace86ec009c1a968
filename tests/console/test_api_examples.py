"""The examples of docs/api.md run as they stand there, against a served console."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from gateway.store import Role
from tests.console.program import open_counter
from tests.store.mails import Clock

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
_NOT_RUN = ("sekisho ", "export ")  # a token is made, and the names are set, before


def examples() -> list[str]:
    found = _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    return [block for block in found if not block.startswith(_NOT_RUN)]


async def test_every_example_runs_as_it_stands_in_the_docs(
    tmp_path: Path, clock: Clock, require: Callable[[bool, str], None]
) -> None:
    require(all(map(shutil.which, ("curl", "jq"))), "curl and jq")
    counter = await open_counter(tmp_path, clock)
    hold = await counter.park()
    assert counter.console.server is not None
    told = {
        "SEKISHO": f"http://127.0.0.1:{counter.console.server.port}",
        "TOKEN": await counter.token(),
        "AUDITOR": await counter.token(Role.AUDITOR),
    }
    script = "set -euo pipefail\n" + "\necho ----\n".join(examples())
    child = await asyncio.create_subprocess_exec(
        "bash", "-c", script,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path, env=dict(os.environ) | told,
    )  # fmt: skip
    out, _ = await child.communicate()
    await counter.console.stop()
    await counter.store.close()
    said = out.decode().split("----\n")
    assert child.returncode == 0, out.decode()
    assert len(said) == len(examples()) >= 7
    assert '"account":"handler-account"' in said[0]
    assert hold.hold_id in said[1]
    assert said[3].strip() == "1", "the comment is the first act"
    assert said[4].strip() == "released"
    assert (tmp_path / "audit.jsonl").read_text().count("\n") > 5
