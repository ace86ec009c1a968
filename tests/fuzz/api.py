"""``python -m tests.fuzz.api [--examples N] [--seed N]``: Schemathesis against the served API.

Serves a console with parked mail and real tokens on loopback, and lets Schemathesis, a program
of its own, read the OpenAPI document and ask whatever that allows and does not allow. Ends with
1 for a server error, an answer that the document does not promise, wrong data that is taken,
right data that is refused, or an address that opens without a token.
tests/console/test_api_contract.py runs the same with few examples.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from gateway.console.settings import ApiSettings
from gateway.store import Role
from tests.console.program import Counter, open_counter
from tests.store.mails import Clock

HOLDS = 12  # parked mails that can be asked about
_OF_AUDITORS = ("events", "audit")
# What is right by its shape and still refused, for what it means: a cursor of another list, a
# person nobody knows, a reason that neither words nor a code give; a revision that is past.
_CONFIG = """
suppress-health-check = ["all"]
[generation]
allow-x00 = true
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422"]
[dictionaries.holds]
values = {holds}
[dictionaries.incidents]
values = {incidents}
[dictionaries.reasons]
values = ["checked"]
[dictionaries.persons]
values = ["me"]
[dictionaries.ends]
values = ["2026-11-29T00:00:00Z"]
[parameters]
"body.reason" = {{ dictionary = "reasons", probability = 0.7 }}
"body.to" = {{ dictionary = "persons", probability = 0.7 }}
"body.until" = {{ dictionary = "ends", probability = 0.7 }}
"path.hold_id" = {{ dictionary = "holds", probability = 0.8 }}
"path.incident_id" = {{ dictionary = "incidents", probability = 0.8 }}
"""


async def checked(directory: Path, examples: int, seed: int) -> list[tuple[int, str]]:
    """Ask as an approver, then as an auditor; return status and words of each run."""
    counter = await open_counter(
        directory,
        Clock(),
        attempts_per_address=1_000_000,  # it tries without a token and with wrong ones
        api=ApiSettings(requests=1_000_000),
    )
    try:
        holds = [await counter.park(f"a{n}@x.example", persons=n % 3) for n in range(HOLDS)]
        config = directory / "schemathesis.toml"
        config.write_text(
            _CONFIG.format(
                holds=[h.hold_id for h in holds], incidents=[h.incident_id for h in holds]
            )
        )
        return [
            await _run(counter, config, await counter.token(role), examples, seed, *which)
            for role, which in (
                (Role.APPROVER, _named("--exclude-operation-id")),
                (Role.AUDITOR, _named("--include-operation-id")),
            )
        ]
    finally:
        await counter.console.stop()
        await counter.store.close()


def _named(option: str) -> list[str]:
    return [word for name in _OF_AUDITORS for word in (option, name)]


async def _run(
    counter: Counter, config: Path, token: str, examples: int, seed: int, *which: str
) -> tuple[int, str]:
    assert counter.console.server is not None
    child = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        "--config-file", str(config), "run",
        f"http://127.0.0.1:{counter.console.server.port}/api/v1/openapi.json",
        "-H", f"Authorization: Bearer {token}",
        "--max-examples", str(examples), "--seed", str(seed),
        "--phases", "coverage,fuzzing", "--mode", "all", "--no-shrink", *which,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=config.parent,
        env=dict(os.environ) | {"NO_COLOR": "1", "COLUMNS": "100"},
    )  # fmt: skip
    out, _ = await child.communicate()
    return child.returncode or 0, out.decode()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.api")
    parser.add_argument("--examples", type=int, default=500, help="of each operation")
    parser.add_argument("--seed", type=int, default=20261130)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sekisho-api-") as made:
        runs = asyncio.run(checked(Path(made), asked.examples, asked.seed))
    for _, said in runs:
        print(said)
    return max(status for status, _ in runs)


if __name__ == "__main__":
    sys.exit(main())
