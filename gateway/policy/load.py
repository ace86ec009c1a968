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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from gateway.errors import ConfigError, Problem
from gateway.model import OnExpiry, Verdict
from gateway.patterns import Pattern
from gateway.policy.approval import Approval
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
from gateway.policy.schema import GROUP, Journal, Organ, PolicyFile, Rule, Trusted
from gateway.policy.terms_checks import approver_errors, journal_errors
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
    approval: Approval = field(default=Approval(), repr=False)  # groups resolved
    journals: tuple[Journal, ...] = field(default=(), repr=False)  # groups resolved
    # Rule → its table as it was read: groups by name, sizes and times with their units.
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    wanted: Wanted = field(init=False)  # facts of history that the rules ask for
    # The rules that answer at RCPT already; they stand above all others.
    rcpt_rules: tuple[Rule, ...] = field(init=False, repr=False)
    patterns: tuple[Pattern, ...] = field(init=False, repr=False)  # looked for besides My Numbers

    def __post_init__(self) -> None:
        set_once = object.__setattr__
        set_once(self, "wanted", Wanted.by(self.rules))
        set_once(self, "rcpt_rules", tuple(r for r in self.rules if r.at == "rcpt"))
        set_once(self, "patterns", tuple(d.pattern_value() for d in self.detectors))

    def on_expiry(self, verdict: Verdict, rule_id: str) -> OnExpiry:
        """What the clock does with a mail that this rule parks; never: send, but for a delay."""
        rule = self.rule(rule_id)
        if verdict is Verdict.WARN:
            return OnExpiry.SEND if rule and rule.delay else OnExpiry.CANCEL
        return OnExpiry((rule and rule.on_expiry) or self.approval.on_expiry)

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


def loads_all(texts: Mapping[str, str], today: date | None = None) -> Policy:
    """Read a policy of several files, given as name → text, in the order of their names."""
    sources: list[Source] = []
    problems: list[Problem] = []
    for name in sorted(texts):
        try:
            sources.append(parse(texts[name], name))
        except ConfigError as error:
            problems += error.problems
    return _assemble(sources, problems, today)


def texts(path: Path) -> dict[str, str]:
    """Return the files of a policy as they are on the disk: name → text.

    Raises: ConfigError: one is not there, or is no UTF-8.
    """
    found: dict[str, str] = {}
    for file in _files(path):
        try:
            found[file.name] = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problem = Problem(str(file), 0, 0, "", "cannot be read as UTF-8")
            raise ConfigError([problem]) from error
    return found


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
    journals = [
        Written(f.journal[0], source, path)
        for source in sources
        for f, path in _tables(source, "journal")
    ]
    groups, twice = _groups(sources)
    approval, more = _approval(sources)
    monitor, contradiction = _monitor(sources)
    known = None if unreadable else set(groups)
    problems += [*twice, *contradiction, *trust_errors(trusted), *rule_errors(rules, known), *more]
    problems += detector_errors(detectors)
    problems += [*approver_errors(rules, approval, known), *journal_errors(journals, rules, known)]
    if not unreadable:
        problems += detector_references(rules, trusted, {d.table.id for d in detectors})
    problems += organ_errors(organs, None if unreadable else groups)
    if problems:
        raise ConfigError(in_file_order(problems))
    resolved = [Written(_resolve(r.table, groups), r.source, r.path) for r in rules]
    day = today or datetime.now(UTC).astimezone(JAPAN).date()
    warned = tuple(in_file_order([*trust_warnings(trusted, day), *rule_warnings(resolved, day)]))
    in_force = tuple(r.table for r in resolved)
    trust = tuple(t.table for t in trusted)
    looked_for = tuple(d.table for d in detectors if d.table.enabled)
    body = _organs(organs, groups)
    asked = _resolve_approval(approval.table if approval else Approval(), groups)
    kept = tuple(_resolve_match(j.table, groups) for j in journals)
    version = _digest(monitor, trust, in_force, looked_for, body, asked, kept)
    read_as = {r.table.id: _at(r.source.data, r.path) for r in rules}
    return Policy(in_force, trust, looked_for, monitor, version, warned, body, asked, kept, read_as)


def _at(data: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        data = data[step]
    return data


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


def _approval(sources: Iterable[Source]) -> tuple[Written[Approval] | None, list[Problem]]:
    """The one [approval]; a second one is a problem, since nobody could say which counts."""
    found: Written[Approval] | None = None
    problems = []
    for source in sources:
        if not isinstance(source.data.get("approval"), dict):
            continue
        if found is not None:
            message = f"stands twice, first in {found.source.file}"
            problems.append(source.problem(("approval",), message, of_key=True))
            continue
        try:
            read = PolicyFile.model_validate({"approval": source.data["approval"]}).approval
        except ValidationError:
            continue  # reported with the shape of its file
        found = Written(read or Approval(), source, ("approval",))
    return found, problems


_ResolvedTable = TypeVar("_ResolvedTable", Rule, Journal)


def _resolve_match(table: _ResolvedTable, groups: Groups) -> _ResolvedTable:
    """The table with the members of groups in place of their names, in its match."""
    match = table.match.model_copy(
        update={
            key: frozenset(_expand(entries, groups))
            for key in ("recipient", "sender")
            if (entries := getattr(table.match, key)) is not None
        }
    )
    return table.model_copy(update={"match": match})


def _resolve(rule: Rule, groups: Groups) -> Rule:
    """The rule with the members of groups in place of their names."""
    named = rule.approved_by and tuple(_expand(rule.approved_by, groups))
    return _resolve_match(rule, groups).model_copy(update={"approved_by": named})


def _resolve_approval(approval: Approval, groups: Groups) -> Approval:
    named = tuple(_expand(approval.approved_by, groups))
    return approval.model_copy(update={"approved_by": named})


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
    approval: Approval,
    journals: Iterable[Journal],
) -> str:
    """Letters only, like every name of ours: masking must never eat a policy's version."""
    says = {
        "monitor": monitor,
        "trusted": [t.model_dump(mode="json") for t in trusted],
        "rule": [r.model_dump(mode="json") for r in rules],
        "detector": [d.model_dump(mode="json") for d in detectors],
        "organ": dict(organs),
        "approval": approval.model_dump(mode="json"),
        "journal": [j.model_dump(mode="json") for j in journals],
    }
    text = json.dumps(says, sort_keys=True, ensure_ascii=False).encode()
    digest = hashlib.sha256(text).hexdigest()[:12].encode()
    return digest.translate(_LETTERS).decode()
