"""What the pages ask of the gateway that they belong to, from its configuration.

Answers: ``office_of``: rules in force, trying a mail out, settings to show, the checkpoints.
Trusts: a ``Config`` that was loaded without a problem.
Fails: each answer when it is asked for: ``ConfigError`` where the policy cannot be read now.
A setting that could hold a secret, such as a password in an address, is not shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from gateway.config import Config
from gateway.console.settings import Office
from gateway.errors import ConfigError, SekishoError
from gateway.inspection import Inspector
from gateway.model import Inspection
from gateway.pipeline import Rules
from gateway.policy import loads_all, texts
from gateway.rules import rules_of
from gateway.store import Checkpoint, public_half, read_checkpoints

RULES_S = 30.0  # how long rules that were read for a page are kept
_HIDDEN = frozenset({"store.url", "accounts.oidc"})  # may hold a password


def office_of(config: Config, build: Callable[[], Rules], inspector: Inspector) -> Office:
    """Return what pages may ask for.

    Args:
        build: reads policy and names anew.
        inspector: for mails that are tried out; its workers are its caller's to start.
    """
    kept: list[tuple[float, Rules]] = []

    def rules() -> Rules:
        if not kept or time.monotonic() - kept[0][0] > RULES_S:
            kept[:] = [(time.monotonic(), build())]
        return kept[0][1]

    def problems() -> list[str]:
        try:
            return [str(problem) for problem in build().policy.warnings]
        except ConfigError as error:
            return [str(problem) for problem in error.problems]
        except SekishoError as error:
            return [str(error)]

    async def inspect(content: bytes, given: Rules) -> Inspection:
        return await inspector.inspect(content, given.patterns)

    return Office(
        rules=rules,
        texts=lambda: texts(config.policy.path),
        edited=lambda given: rules_of(config, loads_all(given)),
        inspect=inspect,
        problems=problems,
        settings=lambda: list(_told("", config.model_dump(mode="json"))),
        checkpoints=lambda: _checkpoints(config),
    )


def _told(before: str, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        key = f"{before}{name}"
        if key in _HIDDEN:
            continue
        if isinstance(value, Mapping):
            yield from _told(f"{key}.", value)
        elif isinstance(value, list | tuple):
            yield key, ", ".join(map(str, value))
        elif value is not None:
            yield key, str(value)


def _checkpoints(config: Config) -> list[Checkpoint]:
    """The genuine checkpoints that lie in files here."""
    found: list[Checkpoint] = []
    for place in config.audit.checkpoints:
        kind, _, name = place.partition(":")
        if kind == "file" and Path(name).exists():
            lines = Path(name).read_text(encoding="utf-8").splitlines()
            found += read_checkpoints(lines, public_half(config.audit.key_file))[0]
    return found
