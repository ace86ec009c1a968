"""A rule as a file of the policy writes it.

Answers: ``written``: one ``[[rule]]`` as TOML, which reads back as the same table. Layout and
comments of the file are gone.
Trusts: the table, as ``tomllib`` read it. Fails: never.
Standard: TOML 1.0.0 (basic strings escape as JSON does; an inline table stands on one line).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def written(table: Mapping[str, Any]) -> str:
    """Return a rule's table as TOML."""
    return "\n".join(["[[rule]]", *(f"{_key(k)} = {_value(v)}" for k, v in table.items())])


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, date | time):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)
