"""Whether the walls around the workers are those that the configuration requires.

Answers: ``insist`` says once, at start, which walls hold (log, metric) and what the workers
cannot read for want of an optional package, and lets nothing start without the walls in
``sandbox.require``; ``describe`` says it to people; ``tried`` asks this machine without starting
anything else.
Trusts: the self-test of the pool, which ran in a real worker.
Fails: ``insist`` with ``ConfigError`` (exit status 78), in Japanese and English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import structlog

from gateway import metrics
from gateway.errors import ConfigError, Problem
from gateway.extract import optional
from gateway.i18n import languages, text
from gateway.sandbox import Confinement, Layer, WorkerLimits, WorkerPool

_log = structlog.get_logger(__name__)
_KEY = "sandbox.require"
_SELFTEST = "gateway.sandbox.selftest:attempt"


def insist(found: Confinement, required: Sequence[str]) -> None:
    """Tell what holds; ``ConfigError`` when something that is required does not."""
    for layer in Layer:
        metrics.wall(layer, layer in found.layers)
    tell = _log.error if found.breaches else _log.warning if found.missing else _log.info
    tell(
        "worker-walls",
        hold=[str(layer) for layer in Layer if layer in found.layers],
        missing=[str(layer) for layer in found.missing],
        possible=list(found.breaches),
    )
    _log.info("optional-readers", lacking=[one.name for one in optional.lacking()])
    problem = lacking(found, required)
    if problem is not None:
        raise ConfigError([problem])


def lacking(found: Confinement, required: Sequence[str]) -> Problem | None:
    """What is wrong with the walls, as ``check`` prints it; None when they will do."""
    lacks = found.lacks(required)
    if not lacks:
        return None
    message = _both("walls-missing", lacking=", ".join(lacks))
    return Problem("config.toml", 0, 0, _KEY, message, _both("walls-hint"))


def describe(found: Confinement, lang: str) -> Iterator[str]:
    """Yield the lines that say which walls hold and which do not, and what is not read."""
    holding = ", ".join(layer for layer in Layer if layer in found.layers) or "-"
    yield text("sandbox", "walls-hold", lang, holding=holding)
    if found.missing:
        yield text("sandbox", "walls-absent", lang, missing=", ".join(found.missing))
    for one in optional.lacking():
        yield text("sandbox", "reader-absent", lang, reads=one.reads, install=one.install)


async def tried() -> Confinement:
    """Put up the walls around one worker that reads nothing, and have it try them."""
    pool = WorkerPool(_SELFTEST, 0, WorkerLimits())
    await pool.start()
    await pool.stop()
    return pool.confinement


def _both(key: str, **values: object) -> str:
    return " / ".join(text("sandbox", key, lang, **values) for lang in languages())
