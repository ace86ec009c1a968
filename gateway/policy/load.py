"""Reads the policy: all files of a directory, in name order, as one list of rules.

Answers: ``load(path)`` gives a ``Policy`` with resolved groups, its warnings, and a version
that stands in every record: a digest of what the files say, comments and layout apart.
Trusts: the administrator, and only after checking what was written.
Fails: with ``ConfigError`` holding every problem of every file (exit status 78). A table
that is wrong is reported and left out, so that the rest is checked all the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gateway.errors import ConfigError, Problem
from gateway.patterns import Pattern
from gateway.policy.checks import (
    Written,
    detector_references,
    organ_errors,
    rule_errors,
    rule_warnings,
    trust_errors,
    trust_warnings,
)
from gateway.policy.detectors import Detector, detector_errors
from gateway.policy.lists import expanded
from gateway.policy.schema import GROUP, Organ, PolicyFile, Rule, Trusted
from gateway.policy.wanted import Wanted
from gateway.toml_model import in_file_order, validate
from gateway.toml_source import Source, parse, read

JAPAN = timezone(timedelta(hours=9))  # dates in a policy are days in Japan
Groups = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force. ``repr`` shows the version only: groups hold addresses."""

    rules: tuple[Rule, ...] = field(repr=False)  # in order; groups resolved to their members
    trusted: tuple[Trusted, ...] = field(repr=False)  # for the recipients' judgement
    detectors: tuple[Detector, ...] = field(default=(), repr=False)  # those that are enabled
    monitor: bool = False  # record what would be done, and relay everything
    version: str = ""  # twelve letters; equal for policies that say the same
    warnings: tuple[Problem, ...] = field(default=(), repr=False)  # for `check` and the log
    organs: Mapping[str, str] = field(default_factory=dict, repr=False)  # member → its organ
    wanted: Wanted = field(init=False)  # facts of history that the rules ask for

    def __post_init__(self) -> None:
        object.__setattr__(self, "wanted", Wanted.by(self.rules))

    @property
    def rcpt_rules(self) -> tuple[Rule, ...]:
        """The rules that answer at RCPT already; they stand above all others."""
        return tuple(r for r in self.rules if r.at == "rcpt")

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """What inspection looks for besides My Numbers."""
        return tuple(d.pattern_value() for d in self.detectors)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id; None for the built-in endings and rules of old."""
        return next((r for r in self.rules if r.id == rule_id), None)


def load(path: Path, today: date | None = None) -> Policy:
    """Read every ``*.toml`` in the directory ``path``, or the one file ``path``.

    Args:
        path: directory or file.
        today: for warnings about trust that has ended; default: today in Japan.

    Raises:
        ConfigError: with every problem found in all files.
    """
    sources: list[Source] = []
    problems: list[Problem] = []
    for file in _files(path):
        try:
            sources.append(read(file))
        except ConfigError as error:
            problems += error.problems
    return _assemble(sources, problems, today)


def loads(text: str, file: str = "<policy>", today: date | None = None) -> Policy:
    """Read a policy from ``text``; otherwise as ``load``."""
    return _assemble([parse(text, file)], [], today)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = sorted(p for p in path.glob("*.toml") if not p.name.startswith("."))
    if files:
        return files
    message = "has no *.toml in it" if path.is_dir() else "no such directory"
    raise ConfigError([Problem(str(path), 0, 0, "", message, "policy.path in config.toml")])


def _assemble(sources: list[Source], problems: list[Problem], today: date | None) -> Policy:
    unreadable = bool(problems)
    for source in sources:
        problems += _shape_problems(source)
    rules: list[Written[Rule]] = []
    trusted: list[Written[Trusted]] = []
    detectors: list[Written[Detector]] = []
    organs: list[Written[Organ]] = []
    for source in sources:
        rules += [Written(f.rule[0], source, path) for f, path in _tables(source, "rule")]
        trusted += [Written(f.trusted[0], source, path) for f, path in _tables(source, "trusted")]
        tables = _tables(source, "detector")
        detectors += [Written(f.detector[0], source, path) for f, path in tables]
        organs += [Written(f.organ[0], source, path) for f, path in _tables(source, "organ")]
    groups, twice = _groups(sources)
    monitor, contradiction = _monitor(sources)
    known = None if unreadable else set(groups)
    problems += [*twice, *contradiction, *trust_errors(trusted), *rule_errors(rules, known)]
    problems += detector_errors(detectors)
    if not unreadable:
        problems += detector_references(rules, trusted, {d.table.id for d in detectors})
    problems += organ_errors(organs, None if unreadable else groups)
    if problems:
        raise ConfigError(in_file_order(problems))
    resolved = [Written(_resolve(r.table, groups), r.source, r.path) for r in rules]
    warnings = [
        *trust_warnings(trusted, today or datetime.now(UTC).astimezone(JAPAN).date()),
        *rule_warnings(resolved),
    ]
    in_force = tuple(r.table for r in resolved)
    trust = tuple(t.table for t in trusted)
    looked_for = tuple(d.table for d in detectors if d.table.enabled)
    body = _organs(organs, groups)
    version = _digest(monitor, trust, in_force, looked_for, body)
    told = tuple(in_file_order(warnings))
    return Policy(in_force, trust, looked_for, monitor, version, told, body)


def _shape_problems(source: Source) -> list[Problem]:
    try:
        validate(PolicyFile, source)
    except ConfigError as error:
        return error.problems
    return []


def _tables(source: Source, key: str) -> Iterable[tuple[PolicyFile, tuple[str, int]]]:
    """The well-formed members of ``[[key]]``, each in a file of its own, with its path."""
    members = source.data.get(key)
    for number, member in enumerate(members if isinstance(members, list) else ()):
        try:
            yield PolicyFile.model_validate({key: [member]}), (key, number)
        except ValidationError:
            continue  # reported with the shape of its file


def _groups(sources: Iterable[Source]) -> tuple[Groups, list[Problem]]:
    """All groups by name. One that is wrong is empty here: its name is known all the same."""
    groups: dict[str, tuple[str, ...]] = {}
    problems = []
    for source in sources:
        written = source.data.get("groups")
        for name, members in written.items() if isinstance(written, dict) else ():
            if name in groups:
                path = ("groups", name)
                problems.append(source.problem(path, "the group stands twice", of_key=True))
            listed = _members(name, members)
            groups[name], unread = expanded(source, name, listed)
            problems += unread
    return groups, problems


def _members(name: str, written: Any) -> tuple[str, ...]:
    try:
        return PolicyFile.model_validate({"groups": {name: written}}).groups[name]
    except ValidationError:
        return ()


def _monitor(sources: Iterable[Source]) -> tuple[bool, list[Problem]]:
    """Whether the whole policy only records; files may not contradict each other."""
    said = [(s, s.data["monitor"]) for s in sources if isinstance(s.data.get("monitor"), bool)]
    problems = [
        source.problem(("monitor",), f"contradicts {said[0][0].file}", of_key=True)
        for source, value in said[1:]
        if value != said[0][1]
    ]
    return bool(said and said[0][1]), problems


def _resolve(rule: Rule, groups: Groups) -> Rule:
    """The rule with the members of groups in place of their names."""
    match = rule.match.model_copy(
        update={
            key: frozenset(_expand(entries, groups))
            for key in ("recipient", "sender")
            if (entries := getattr(rule.match, key)) is not None
        }
    )
    return rule.model_copy(update={"match": match})


def _expand(entries: Iterable[str], groups: Groups) -> Iterable[str]:
    for entry in entries:
        if entry.startswith(GROUP):
            yield from groups[entry.removeprefix(GROUP)]
        else:
            yield entry


_LETTERS = bytes.maketrans(b"0123456789abcdef", b"bcdfghjkmnpqrstv")


def _organs(organs: Iterable[Written[Organ]], groups: Groups) -> Mapping[str, str]:
    """Each member with the name of its organ, groups resolved."""
    return {
        member: organ.table.name
        for organ in organs
        for member in _expand(sorted(organ.table.members), groups)
    }


def _digest(
    monitor: bool,
    trusted: Iterable[Trusted],
    rules: Iterable[Rule],
    detectors: Iterable[Detector],
    organs: Mapping[str, str],
) -> str:
    """Letters only, like every name of ours: masking must never eat a policy's version."""
    says = {
        "monitor": monitor,
        "trusted": [t.model_dump(mode="json") for t in trusted],
        "rule": [r.model_dump(mode="json") for r in rules],
        "detector": [d.model_dump(mode="json") for d in detectors],
        "organ": dict(organs),
    }
    text = json.dumps(says, sort_keys=True, ensure_ascii=False).encode()
    digest = hashlib.sha256(text).hexdigest()[:12].encode()
    return digest.translate(_LETTERS).decode()
