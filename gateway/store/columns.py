"""Column types that keep the laws: what comes from a mail is masked by the column itself.

Answers: ``Masked`` (text), ``MaskedJson`` (lists and objects of text) and ``Utc`` (aware
instants), the same on SQLite and PostgreSQL.
Trusts: nothing. Characters that nobody sees are taken out before masking, since digits on
both sides of one would escape the mask; and PostgreSQL stores neither NUL nor surrogates.
Fails: never for text; ``ValueError`` for an instant without a zone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

from gateway.masking import FEWEST_DIGITS, mask

TEXT_CHARS = 2000  # longest text kept of anything that comes from a mail
_INSTANT_CHARS = len("2026-11-21 03:00:00.000000")
_UNSEEN = re.compile(
    "["
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls; tab and line feed stay
    r"\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # format, direction
    r"\ud800-\udfff"  # lone surrogates
    r"\U000e0000-\U000e0fff"  # tags, variation selectors
    "]"
)


_ASCII_NO_DIGIT = bytes(c for c in range(128) if not chr(c).isdigit())


def masked(text: str) -> str:
    """Return what may be written of a text from a mail."""
    if text.isascii() and text.isprintable() and _few_digits(text):
        return text[:TEXT_CHARS]  # nothing unseen in it, and nothing to mask
    return mask(_UNSEEN.sub("", text))[:TEXT_CHARS]


def _few_digits(text: str) -> bool:
    """Whether an ASCII text has too few digits for a run that masking would find."""
    return (
        len(text) < FEWEST_DIGITS
        or len(text.encode().translate(None, _ASCII_NO_DIGIT)) < FEWEST_DIGITS
    )


def _masked_tree(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {masked(str(k)): _masked_tree(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_masked_tree(v) for v in value]
    return value


class Masked(TypeDecorator[str]):
    """Text from a mail or a person; masked when it is bound."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        return _masked_or_empty


class MaskedJson(TypeDecorator[Any]):
    """JSON whose every string is masked when it is bound."""

    impl = JSON
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        written = self.impl_instance.bind_processor(dialect)
        if written is None:
            return _masked_tree
        nothing = written([])  # most mails have no finding and no unread part

        def process(value: Any) -> Any:
            return nothing if value == [] else written(_masked_tree(value))

        return process


class Utc(TypeDecorator[datetime]):
    """An aware instant, in UTC with microseconds."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _utc_text if dialect.name == "sqlite" else _utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _masked_or_empty(text: str | None) -> str | None:
    return None if text is None else masked(text)


def _utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return value.astimezone(UTC)


def _utc_text(value: datetime | None) -> str | None:
    """The text that SQLAlchemy reads from SQLite: UTC, without the zone."""
    instant = _utc(value)
    return None if instant is None else instant.isoformat(" ", "microseconds")[:_INSTANT_CHARS]
