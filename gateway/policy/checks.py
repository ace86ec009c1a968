"""What is wrong with a policy although every table in it is well written.

Answers: problems between settings of one rule, between rules, and between rules and groups;
warnings for a rule that can never match and for trust that has ended.
Trusts: ``schema.py``: what comes here is well-formed, and group names are not yet resolved.
Fails: never; everything is a ``Problem`` at its line and column.
A rule counts as covered when one single rule above matches whatever it matches; several
rules that cover it only together are not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from gateway.errors import Problem
from gateway.model import Confidence, UnreadReason, Verdict
from gateway.policy.schema import (
    CONTENT_FACTS,
    ENVELOPE_FACTS,
    GROUP,
    INTERNAL,
    LOOK_ALIKE,
    MY_NUMBER,
    Match,
    MyNumbers,
    Organ,
    Rule,
    Trusted,
)
from gateway.toml_model import did_you_mean
from gateway.toml_source import KeyPath, Source

Table = TypeVar("Table")


@dataclass(frozen=True, slots=True)
class Written(Generic[Table]):
    """A table of a policy file, and where it stands."""

    table: Table
    source: Source = field(repr=False)
    path: KeyPath

    def problem(self, key: Sequence[str | int], message: str, hint: str = "") -> Problem:
        """An error with what stands at ``key`` in this table."""
        return self.source.problem((*self.path, *key), message, hint)

    def warning(self, key: Sequence[str | int], message: str, hint: str = "") -> Problem:
        """As ``problem``, but the policy still loads."""
        return self.source.problem((*self.path, *key), message, hint, severity="warning")

    @property
    def where(self) -> str:
        at = self.source.position(self.path)
        return f"{self.source.file}:{at.line}"


# ------------------------------------------------------------------ errors


def rule_errors(
    rules: Sequence[Written[Rule]], groups: AbstractSet[str] | None
) -> Iterator[Problem]:
    """Everything that makes a rule unusable.

    ``groups`` are the names that are defined; None where a file could not be read, so that
    nobody knows.
    """
    content: Written[Rule] | None = None
    seen: dict[str, Written[Rule]] = {}
    for rule in rules:
        yield from _own_errors(rule)
        if groups is not None:
            yield from _group_errors(rule, groups)
        first = seen.setdefault(rule.table.id, rule)
        if first is not rule:
            yield rule.problem(("id",), f"the id stands twice, first at {first.where}")
        if content and rule.table.at == "rcpt":
            message = f'stands below the rule "{content.table.id}", which looks at content'
            yield rule.problem(("at",), message, f"move it above {content.where}")
        if rule.table.looks_at_content and content is None:
            content = rule


_MEANT_FOR = {
    "approvers": (Verdict.HOLD,),
    "confirm": (Verdict.WARN,),
    "expires": (Verdict.HOLD, Verdict.WARN),
    "delay": (Verdict.WARN,),
    "approved_by": (Verdict.HOLD, Verdict.WARN),
    "self_check": (Verdict.HOLD,),
    "chain": (Verdict.HOLD,),
    "on_expiry": (Verdict.HOLD,),
}


def _own_errors(rule: Written[Rule]) -> Iterator[Problem]:
    table = rule.table
    if table.id.startswith("default-"):
        yield rule.problem(("id",), 'begins with "default-", which names the built-in endings')
    for key, actions in _MEANT_FOR.items():
        if getattr(table, key) is not None and table.action not in actions:
            hint = f"it is for {' and '.join(actions)}"
            yield rule.problem((key,), f'has no meaning with action "{table.action}"', hint)
    if table.delay is not None and (table.expires is not None or table.confirm is False):
        other = "expires" if table.expires is not None else "confirm = false"
        yield rule.problem(("delay",), f"cannot stand with {other}", "a delay ends by itself")
    if table.at == "rcpt":
        yield from _rcpt_errors(rule)


def _rcpt_errors(rule: Written[Rule]) -> Iterator[Problem]:
    if rule.table.action is not Verdict.BLOCK:
        hint = 'leave at = "rcpt" out; only block can be answered before the mail is there'
        yield rule.problem(("at",), f'is not possible with action "{rule.table.action}"', hint)
    for name in CONTENT_FACTS:
        if getattr(rule.table.match, name) is not None:
            hint = f'at = "rcpt" can ask for {", ".join(ENVELOPE_FACTS)}'
            yield rule.problem(("match", name), 'is not known yet at = "rcpt"', hint)


def _group_errors(rule: Written[Rule], groups: AbstractSet[str]) -> Iterator[Problem]:
    for key in ("recipient", "sender"):
        for entry in sorted(getattr(rule.table.match, key) or ()):
            name = entry.removeprefix(GROUP)
            if entry.startswith(GROUP) and name not in groups:
                path = ("match", key)
                written = rule.source.data["rule"][rule.path[1]]["match"][key]
                hint = did_you_mean(name, groups) if groups else "write it below [groups]"
                yield rule.problem((*path, written.index(entry)), f'no group "{name}"', hint)


def detector_references(
    rules: Sequence[Written[Rule]],
    trusted: Sequence[Written[Trusted]],
    detectors: AbstractSet[str],
) -> Iterator[Problem]:
    """Rules and trusted domains that name a detector which is not there."""
    for rule in rules:
        wanted = rule.table.match.detected
        if wanted is not None and wanted.detector not in detectors:
            hint = did_you_mean(wanted.detector, detectors) if detectors else "write [[detector]]"
            key = ("match", "detected", "detector")
            yield rule.problem(key, f'no detector "{wanted.detector}"', hint)
    for entry in trusted:
        for name in sorted(entry.table.may_receive - detectors - {MY_NUMBER}):
            hint = did_you_mean(name, {*detectors, MY_NUMBER})
            yield entry.problem(("may_receive",), f'no detector "{name}"', hint)


def organ_errors(
    organs: Sequence[Written[Organ]], groups: Mapping[str, Sequence[str]] | None
) -> Iterator[Problem]:
    """Members that nobody defines, or that belong to two organs: which one would count?

    ``groups`` as in ``rule_errors``, with their members.
    """
    seen: dict[str, str] = {}
    for organ in organs:
        for entry in sorted(organ.table.members):
            name = entry.removeprefix(GROUP)
            known = not entry.startswith(GROUP) or groups is None or name in groups
            if not known:
                hint = did_you_mean(name, groups or ())
                yield organ.problem(("members",), f'no group "{name}"', hint)
            members = (groups or {}).get(name, ()) if entry.startswith(GROUP) else (entry,)
            for member in members:
                first = seen.setdefault(member, organ.table.name)
                if first != organ.table.name:
                    message = f'"{member}" belongs to "{first}", too'
                    yield organ.problem(("members",), message, "name each member in one organ")


def trust_errors(trusted: Sequence[Written[Trusted]]) -> Iterator[Problem]:
    """Domains that are trusted twice: which entry would count?"""
    seen: dict[str, Written[Trusted]] = {}
    for entry in trusted:
        first = seen.setdefault(entry.table.domain, entry)
        if first is not entry:
            yield entry.problem(("domain",), f"stands twice, first at {first.where}")


# ------------------------------------------------------------------ warnings


def trust_warnings(trusted: Sequence[Written[Trusted]], today: date) -> Iterator[Problem]:
    """Trust that has ended."""
    for entry in trusted:
        if entry.table.until and entry.table.until < today:
            message = "the last day is over; the domain is no longer trusted"
            yield entry.warning(("until",), message, "renew or remove the entry")


def rule_warnings(rules: Sequence[Written[Rule]], today: date) -> Iterator[Problem]:
    """Rules that can never match. Groups are resolved by now."""
    for number, rule in enumerate(rules):
        if rule.table.until and rule.table.until < today:
            message = "the last day is over; the rule matches nothing any more"
            yield rule.warning(("until",), message, "renew or remove the rule")
            continue
        if contradicts_itself(rule.table.match):
            yield rule.warning(("match",), "can never match: its conditions exclude each other")
            continue
        above = next((r for r in rules[:number] if _hides(r.table, rule.table)), None)
        if above:
            message = f'can never match: "{above.table.id}" above matches whatever it does'
            yield rule.warning((), message, f"move it above {above.where}, or remove it")


def _hides(above: Rule, below: Rule) -> bool:
    """Whether ``below`` is never asked. A rule with a last day hides nothing for good."""
    return above.until is None and covers(above.match, below.match)


def contradicts_itself(match: Match) -> bool:
    """Whether no mail and recipient can be as ``match`` asks."""
    if match.sender_null and match.sender is not None:
        return True
    if frozenset() in (match.recipient, match.sender):
        return False  # a group without members: waits to be filled
    classes = {e for e in match.recipient or () if "@" not in e}
    only_classes = match.recipient is not None and classes == match.recipient
    return match.look_alike is not None and only_classes and LOOK_ALIKE not in classes


def covers(above: Match, below: Match) -> bool:
    """Whether ``above`` matches every recipient of every mail that ``below`` matches."""
    if INTERNAL in (below.recipient or ()) and INTERNAL not in (above.recipient or ()):
        return False
    return all(
        getattr(above, name) is None or implied(above, below) for name, implied in _IMPLIED.items()
    )


def _recipient_implied(above: Match, below: Match) -> bool:
    entries = above.recipient or frozenset()
    if LOOK_ALIKE in entries and below.look_alike and below.look_alike.reaches(Confidence.LIKELY):
        return True
    return _within(below.recipient, entries)


def _look_alike_implied(above: Match, below: Match) -> bool:
    floor = above.look_alike or Confidence.CERTAIN
    if below.look_alike is not None:
        return below.look_alike.reaches(floor)
    return below.recipient == frozenset({LOOK_ALIKE}) and Confidence.LIKELY.reaches(floor)


def _sender_implied(above: Match, below: Match) -> bool:
    return _within(below.sender, above.sender or frozenset())


def _within(narrow: frozenset[str] | None, wide: frozenset[str]) -> bool:
    """Whether whoever is among ``narrow`` is among ``wide``."""
    if not narrow:
        return False
    return all(e in wide or (not e.startswith("@") and _domain(e) in wide) for e in narrow)


def _domain(entry: str) -> str:
    return f"@{entry.rpartition('@')[2]}"


def _my_numbers_implied(above: Match, below: Match) -> bool:
    a, b = above.my_numbers, below.my_numbers
    return (
        a is not None
        and b is not None
        and b.at_least >= a.at_least
        and b.confidence.reaches(a.confidence)
        and (a.at_most is None or _never_more(b, a.at_most, a.confidence))
    )


def _detected_implied(above: Match, below: Match) -> bool:
    a, b = above.detected, below.detected
    return (
        a is not None
        and b is not None
        and a.detector == b.detector
        and b.at_least >= a.at_least
        and b.confidence.reaches(a.confidence)
    )


def _never_more(below: MyNumbers, most: int, sureness: Confidence) -> bool:
    """Whether ``below`` asks for no more than so many, counted alike."""
    alike = below.confidence is sureness
    return alike and below.at_most is not None and below.at_most <= most


def _uninspected_implied(above: Match, below: Match) -> bool:
    a, b = above.uninspected, below.uninspected
    if a == frozenset(UnreadReason):
        return bool(b)
    return b is not None and (a == b or (bool(b) and b <= (a or frozenset())))


def _inside_implied(above: Match, below: Match) -> bool:
    a, b = above.address_inside, below.address_inside
    return a is not None and b is not None and b.reaches(a)


def _at_least(name: str) -> Callable[[Match, Match], bool]:
    """For conditions that ask for so many or more."""

    def implied(above: Match, below: Match) -> bool:
        a, b = getattr(above, name), getattr(below, name)
        return a is not None and b is not None and bool(b.at_least >= a.at_least)

    return implied


def _same(name: str) -> Callable[[Match, Match], bool]:
    return lambda above, below: getattr(above, name) == getattr(below, name)


_IMPLIED: Mapping[str, Callable[[Match, Match], bool]] = {
    "recipient": _recipient_implied,
    "look_alike": _look_alike_implied,
    "resembles_own": _same("resembles_own"),
    "new_address": _same("new_address"),
    "new_to_sender": _same("new_to_sender"),
    "crosses_organ": _same("crosses_organ"),
    "outside_domains": _at_least("outside_domains"),
    "visible_recipients": _at_least("visible_recipients"),
    "address_inside": _inside_implied,
    "greets_another": _same("greets_another"),
    "sender": _sender_implied,
    "sender_null": _same("sender_null"),
    "sender_differs": _same("sender_differs"),
    "my_numbers": _my_numbers_implied,
    "detected": _detected_implied,
    "permitted": _same("permitted"),
    "uninspected": _uninspected_implied,
    "attachments": _same("attachments"),
    "reason": lambda above, below: _within(below.reason, above.reason or frozenset()),
    "size": _at_least("size"),
}
