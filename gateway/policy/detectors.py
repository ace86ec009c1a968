"""``[[detector]]``: what a policy looks for besides My Numbers.

Answers: the model of the table (the descriptions are the documentation of its keys), what is
wrong with one although it is well written, and the ``Pattern`` that workers are given.
Trusts: nothing; the expression is compiled and every sample is tried while the policy is read.
Fails: with problems at their line and column; a sample's text is never part of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, Protocol

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from gateway.config import Words
from gateway.errors import Problem
from gateway.model import MY_NUMBER as MY_NUMBER
from gateway.model import Confidence, Place, Prose
from gateway.patterns import Pattern, PatternError, Patterns
from gateway.toml_model import TomlModel

Checksum = Literal["", "luhn", "mod11", "mod10", "mod7", "my-number", "corporate-number"]
_DETECTOR_ID = r"[a-z][a-z0-9-]{0,63}"


def _parse_detector_id(value: Any) -> Any:
    if isinstance(value, str) and (not re.fullmatch(_DETECTOR_ID, value) or value == MY_NUMBER):
        hint = 'small letters, digits and hyphens, like "credit-card"; "my-number" is built in'
        message = {"message": "is no name of a detector", "hint": hint}
        raise PydanticCustomError("policy", "{message}", message)
    return value


DetectorId = Annotated[
    str,
    BeforeValidator(_parse_detector_id),
    WithJsonSchema({"type": "string", "pattern": f"^{_DETECTOR_ID}$"}),
]
Texts = Annotated[tuple[str, ...], Field(strict=False)]


class Detector(TomlModel):
    """[[detector]]: something else to look for, as an expression or as a list of words."""

    id: DetectorId = Field(description="Its name in rules, findings and records.")
    enabled: bool = Field(True, description="false: checked, but not looked for.")
    name: Words | None = Field(None, description="What people read in notices and on pages.")
    pattern: str = Field(
        "",
        description="A regular expression (RE2: linear time, no look-around or back-references), "
        "for text in half width. Its first group, if there is one, is the part that the checksum "
        "is computed on. A match inside a longer number or word does not count.",
    )
    words: Texts = Field(
        (), description="Instead of a pattern: any of these words, in any case and spacing."
    )
    near: Texts = Field(
        (),
        description="Words of which one must stand near: then it is certain, without one only "
        "possible. Absent: likely wherever it stands. A column's heading, a field's label, "
        "the sheet's and the file's name and the subject are near.",
    )
    reach: int = Field(60, ge=1, le=1000, description="Characters to both sides that are near.")
    checksum: Checksum = Field(
        "",
        description="The check digit must fit: luhn, mod11 (weights 2 to 7), mod10 (weights "
        "3 and 1), mod7, my-number, corporate-number.",
    )
    at_least: int = Field(
        1, ge=1, description="Different values in one mail; fewer count as nothing found."
    )
    must_match: Texts = Field(
        (), description="Texts in which it must find something at likely or better; tried by check."
    )
    must_not_match: Texts = Field((), description="Texts in which it must not; tried by check.")

    def pattern_value(self) -> Pattern:
        """As workers are given it.

        Raises: PatternError: RE2 does not take the expression.
        """
        return Pattern(
            self.id, self.pattern, self.words, self.near, self.reach, self.checksum, self.at_least
        )


class WrittenDetector(Protocol):
    """A table where it stands in its file (see ``checks.Written``)."""

    @property
    def table(self) -> Detector: ...

    @property
    def where(self) -> str: ...

    def problem(self, key: Sequence[str | int], message: str, hint: str = "") -> Problem: ...


def detector_errors(detectors: Sequence[WrittenDetector]) -> Iterator[Problem]:
    """Names that stand twice, expressions that are none, samples that fail."""
    seen: dict[str, WrittenDetector] = {}
    for written in detectors:
        table = written.table
        first = seen.setdefault(table.id, written)
        if first is not written:
            yield written.problem(("id",), f"the id stands twice, first at {first.where}")
        if bool(table.pattern) == bool(table.words):
            yield written.problem((), "needs either a pattern or words")
        elif table.words and table.checksum:
            yield written.problem(("checksum",), "has no meaning with words")
        else:
            yield from _tried(written)


def _tried(written: WrittenDetector) -> Iterator[Problem]:
    table = written.table
    key = "words" if table.words else "pattern"
    try:
        pattern = table.pattern_value()
    except PatternError as error:
        yield written.problem((key,), f"is no expression that RE2 takes: {error}")
        return
    if _finds(pattern, ""):
        yield written.problem((key,), "matches the empty text")
    for number, sample in enumerate(table.must_match):
        if not _finds(pattern, sample):
            yield written.problem(("must_match", number), "nothing is found in this sample")
    for number, sample in enumerate(table.must_not_match):
        if _finds(pattern, sample):
            yield written.problem(("must_not_match", number), "something is found in this sample")


def _finds(pattern: Pattern, sample: str) -> bool:
    """Whether it finds something at ``likely`` or better, however many it asks for."""
    patterns = Patterns((replace(pattern, at_least=1),))
    patterns.search(Prose(Place(("sample",)), sample))
    _, detected = patterns.concluded()
    return any(d.at(Confidence.LIKELY) for d in detected)
