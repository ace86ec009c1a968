"""What pydantic says about a TOML file, in the words and at the places an administrator knows.

Answers: every problem that a model finds in a ``Source``, each with line, column, key and,
where there is one, a hint (``did you mean …``).
Trusts: the model; nothing in the file.
Fails: with ``ConfigError`` holding all problems of the file at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from gateway.errors import ConfigError, Problem
from gateway.toml_source import Source


class TomlModel(BaseModel):
    """Base of every table: nothing unknown, nothing converted, nothing changed later."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", strict=True, frozen=True, validate_default=True, hide_input_in_errors=True
    )


def setting(default: Any, description: str, **more: Any) -> Any:
    """A setting whose default is written as in the file and checked like it."""
    return Field(default, description=description, validate_default=True, **more)


def worked_out(default: Any, description: str, **more: Any) -> Any:
    """A setting whose default depends on the machine or on another setting."""
    return Field(default_factory=default, description=description, **more)


Model = TypeVar("Model", bound=TomlModel)


def validate(model: type[Model], source: Source, context: Mapping[str, Any] | None = None) -> Model:
    """Read ``source`` as ``model``.

    Raises:
        ConfigError: with every problem found, in the order of the file.
    """
    try:
        return model.model_validate(source.data, context=dict(context or {}))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        problems = [_problem(model, source, d) for d in details if not _is_echo(d, details)]
        raise ConfigError(in_file_order(problems)) from None  # its text could hold a value


def in_file_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort problems as a person would work through them."""
    return sorted(problems, key=lambda p: (p.file, p.line, p.column))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Name the known word that was probably meant, else the known words if they are few."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"known here: {', '.join(words)}" if len(words) <= 12 else ""


# ------------------------------------------------------------------ one problem

_WORDS = {
    "missing": "is missing",
    "string_type": "must be text in quotes",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "list_type": "must be a list in [ ]",
    "tuple_type": "must be a list in [ ]",
    "frozen_set_type": "must be a list in [ ]",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "date_type": "must be a date",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length} member",
    "string_pattern_mismatch": "is not written as expected",
    "string_too_short": "must not be empty",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
}
_HINTS = {
    "date_type": "without quotes, like 2027-03-31",
    "bool_type": "without quotes",
    "int_type": "without quotes",
}


def _is_echo(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Whether it only follows from another problem, which is named."""
    if detail["type"] == "default_factory_not_called":
        return True
    loc = detail["loc"]
    return detail["type"] == "too_short" and any(
        other["loc"][: len(loc)] == loc and len(other["loc"]) > len(loc) for other in details
    )


def _problem(model: type[BaseModel], source: Source, detail: ErrorDetails) -> Problem:
    kind, loc, context = detail["type"], detail["loc"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        known = _known_keys(model, loc[:-1])
        hint = did_you_mean(str(loc[-1]), known)
        return source.problem(loc, "unknown key", hint, of_key=True)
    message = _WORDS.get(kind, detail["msg"]).format(**context)
    hint = str(context.get("hint") or _HINTS.get(kind, ""))
    path = source.nearest(loc)
    return source.problem((*path, loc[-1]) if kind == "missing" else path, message, hint)


def _known_keys(model: type[BaseModel], loc: tuple[str | int, ...]) -> set[str]:
    """The keys of the table at ``loc``, counted down from ``model``."""
    at: type[BaseModel] = model
    for step in loc:
        known = at.model_fields.get(str(step))
        if known is not None:
            at = next(_models_in(known.annotation), at)
    return set(at.model_fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation such as ``tuple[Rule, ...] | None`` mentions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
