"""One log line an event, and no digit of a number in it.

Answers: structlog set up as JSON lines or as a console for people, with stdlib logging,
uncaught exceptions and threads led through the same pipeline; ``bind(queue_id=…)`` puts a
mail's name on every line of its task.
Trusts: no value. Every string is masked and stripped of control characters, numbers that
could be a My Number are masked, bytes and foreign objects appear as a type only. Of an
exception the types and our own frames are told, never its text; of a library's record
the first words of its template, never the arguments.
Fails: never into the mail's way: a line that cannot be written is given up.
Source: OWASP Logging Cheat Sheet; 番号法 guideline, 取扱状況を確認するための記録.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import math
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path, PurePath
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from gateway.masking import FEWEST_DIGITS, mask

Style = Literal["json", "console"]

TEXT_LIMIT = 500  # characters of one value; longer ones are cut
ITEM_LIMIT = 50  # items of one list or table
DEPTH_LIMIT = 5  # values within values
CHAIN_LIMIT = 8  # exceptions told of one chain of causes

# Set by the pipeline itself, over whatever a caller gave: not masked, since a timestamp
# with its microseconds looks like a number.
_OURS = frozenset({"timestamp", "level"})
# An IPv4 address can hold twelve digits. Left in clear under these names, and only where
# the value is an address.
_ADDRESSES = frozenset({"client", "peer", "next_hop", "listen"})

_PACKAGE = Path(__file__).parent
# Line ends and escape sequences forge lines and colour terminals; bidi marks reorder them.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# The SMTP library logs commands and mail lines: only that it spoke is told.
_SMTP_LIBRARY = ("mail.log", "mail.debug")
# Libraries whose everyday words tell an operator nothing: heard from a warning on.
_CHATTY = ("alembic", "uvicorn")
_PLAIN = re.compile(r"[A-Za-z_. -]*")
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
_LEAST_MASKED = 10 ** (FEWEST_DIGITS - 1)  # a smaller number has too few digits to be masked
# A library's words up to its first argument: asyncio, for one, writes values behind these.
_WORDS = re.compile(r"[^\n%<(\[{'\"=:]*")


def configure(level: str = "info", style: Style = "json", stream: TextIO | None = None) -> None:
    """Lead every log line of this process through the masking pipeline.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
        style: ``json`` for machines, ``console`` for a terminal.
        stream: where lines go; standard error when absent.

    Raises:
        KeyError: no such level.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    out = stream or sys.stderr
    structlog.configure(
        processors=_pipeline(style, colors=out.isatty()),
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,  # so that a reload can change the level
    )
    _take_over_stdlib(threshold)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def bind(**values: object) -> None:
    """Put these values on every later line of this task: ``bind(queue_id=…)``."""
    structlog.contextvars.bind_contextvars(**values)


def clear() -> None:
    """Forget what ``bind`` put on the lines of this task."""
    structlog.contextvars.clear_contextvars()


def _pipeline(style: Style, *, colors: bool) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        tell_exception,
        mask_values,
        _as_json if style == "json" else structlog.dev.ConsoleRenderer(colors=colors),
    ]


# ------------------------------------------------------------------ exceptions


def tell_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace ``exc_info`` by ``error`` (types, the cause last) and ``at`` (our frames)."""
    error = _exception_of(event.pop("exc_info", None))
    event.pop("stack_info", None)
    if error is not None:
        chain = _chain(error)
        event["error"] = " from ".join(_type_name(e) for e in chain)
        event["at"] = [frame for e in chain for frame in _own_frames(e.__traceback__)]
    return event


def _exception_of(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain and len(chain) < CHAIN_LIMIT:
        chain.append(following)
        hidden = following.__suppress_context__
        following = following.__cause__ or (None if hidden else following.__context__)
    return chain


def _type_name(error: BaseException) -> str:
    kind = type(error)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    if isinstance(error, BaseExceptionGroup):
        members = {_type_name(e) for e in error.exceptions[:CHAIN_LIMIT]}
        return f"{name}[{', '.join(sorted(members))}]"
    return name


def _own_frames(trace: TracebackType | None) -> list[str]:
    frames = []
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.is_relative_to(_PACKAGE):
            frames.append(f"{path.relative_to(_PACKAGE.parent)}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames


# ------------------------------------------------------------------ masking


def mask_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask every value; the last step before a line is rendered (law 4)."""
    return {_key(key): _safe(key, value) for key, value in event.items()}


_key = lru_cache(maxsize=1024)(lambda key: _text(key))  # the same few in every line


def _safe(key: str, value: object) -> object:
    if key in _OURS:
        return value
    if key in _ADDRESSES and _is_network_address(value):
        return str(value)
    return _masked(value, DEPTH_LIMIT)


def _masked(value: object, depth: int) -> object:
    if type(value) is int:  # these two are most of what is told
        return _number(value)
    if type(value) is str:
        return _text(value)
    match value:
        case None | bool():
            return value
        case str() | PurePath():
            return _text(str(value))
        case int():
            return _number(value)
        case float():
            return _number(round(value, 3))
        case datetime() if value.tzinfo is not None:
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case date():
            return f"{value:%Y-%m-%d}"
        case bytes() | bytearray() | memoryview():
            return f"<{len(value)} bytes>"
    if depth > 0 and isinstance(value, Mapping):
        return {_text(str(k)): _masked(v, depth - 1) for k, v in list(value.items())[:ITEM_LIMIT]}
    if depth > 0 and isinstance(value, Sequence | set | frozenset):
        return _list([_masked(v, depth - 1) for v in list(value)[:ITEM_LIMIT]])
    return f"<{type(value).__name__}>"


def _text(text: str) -> str:
    if len(text) <= TEXT_LIMIT and _PLAIN.fullmatch(text):
        return text  # words of our own, nearly always
    # A control character between digits must not hide them from the mask, so it goes first.
    # Cut generously before: any run that reaches the limit still shows enough digits.
    return mask(_CONTROL.sub(" ", text[: TEXT_LIMIT * 2]))[:TEXT_LIMIT]


def _number(value: float) -> object:
    if -_LEAST_MASKED < value < _LEAST_MASKED and isinstance(value, int):
        return value
    shown = str(value)
    masked = mask(shown)
    return value if masked == shown and math.isfinite(value) else masked


def _list(items: list[object]) -> object:
    """One digit an item is a number, too."""
    if not items:
        return items
    joined = "".join(map(str, items))
    return items if mask(joined) == joined else f"<{len(items)} items>"


def _is_network_address(value: object) -> bool:
    host = str(value).strip("[]")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        host, _, port = host.rpartition(":")
        return port.isascii() and port.isdigit() and len(port) <= 5 and _is_network_address(host)
    return True


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return _ENCODE(event)


# ------------------------------------------------------------------ stdlib and hooks


class _Foreign(logging.Handler):
    """Leads records of libraries through our pipeline."""

    def emit(self, record: logging.LogRecord) -> None:
        level = min(max(record.levelno // 10 * 10, logging.DEBUG), logging.CRITICAL)
        try:
            structlog.get_logger().log(
                level, _foreign_event(record), library=record.name, exc_info=record.exc_info
            )
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - stdlib's name
        """Give the line up: the stdlib would print the record with its arguments."""


def _foreign_event(record: logging.LogRecord) -> str:
    if record.name in _SMTP_LIBRARY or not isinstance(record.msg, str):
        return "library-event"
    words = _WORDS.match(record.msg)
    # Masked whole, then cut (masking keeps every position): a cut first could part a number.
    return _text(record.msg)[: words.end() if words else 0].strip() or "library-event"


def _take_over_stdlib(threshold: int) -> None:
    root = logging.getLogger()
    root.handlers[:] = [_Foreign()]
    root.setLevel(threshold)
    for name in (*_SMTP_LIBRARY, *_CHATTY):
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))


def _uncaught(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    structlog.get_logger(__name__).critical("uncaught-exception", exc_info=error)


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    structlog.get_logger(__name__).critical("uncaught-in-thread", exc_info=args.exc_value)


def _unraisable(args: Any) -> None:  # sys.UnraisableHookArgs exists for type checkers only
    structlog.get_logger(__name__).error("unraisable-exception", exc_info=args.exc_value)
