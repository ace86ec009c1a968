"""Reading the policy: all files as one, all problems at once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.policy import Policy, load, loads
from tests.policy.mails import rule

TODAY = date(2026, 11, 21)


def _write(directory: Path, **files: str) -> Path:
    for name, text in files.items():
        (directory / f"{name}.toml").write_text(text)
    return directory


def _errors(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loads(text, "p.toml")
    return [str(p) for p in caught.value.problems]


def _warnings(text: str) -> list[str]:
    return [str(w) for w in loads(text, "p.toml", TODAY).warnings]


def test_all_files_are_one_policy_in_the_order_of_their_names(tmp_path: Path) -> None:
    _write(
        tmp_path,
        b=rule('{ sender = ["group:people"] }', name="second"),
        a=rule("{ attachments = true }", name="first"),
        c='[groups]\npeople = ["a@example.jp"]\n[[trusted]]\ndomain = "Exp.co.jp"\n',
    )
    (tmp_path / ".hidden.toml").write_text("broken")
    (tmp_path / "notes.txt").write_text("broken")
    policy = load(tmp_path)
    assert [r.id for r in policy.rules] == ["first", "second"]
    assert [t.domain for t in policy.trusted] == ["exp.co.jp"]
    assert policy.rules[1].match.sender == {"a@example.jp"}


def test_a_rule_can_be_asked_for_by_its_name() -> None:
    policy = loads(rule("{}", "hold", 'expires = "3d"'))
    found = policy.rule("tried")
    assert found is not None
    assert found.expires == timedelta(days=3)
    assert policy.rule("default-hold") is None


@pytest.mark.parametrize("name", ["empty", "missing"])
def test_a_directory_without_rules_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"no \*.toml|no such directory"):
        load(tmp_path / name)


def test_every_problem_of_every_file_is_told_at_its_place(tmp_path: Path) -> None:
    _write(
        tmp_path,
        a='moniter = true\n[[trusted]]\ndomain = "exp"\nuntil = "2027-03-31"\n'
        '[groups]\nhandlers = ["kyuyo", "jinji.city.example.lg.jp"]\n',
        b=rule('{ sender = ["group:handler"], my_numbers = {} }', "block", "approvers = 2")
        + rule('{ recipient = ["invalid", "first-tme"], my_number = 3 }', "blok", name="Second"),
        c="",
        d=rule('{ recipient = ["invalid"] }', "block", 'at = "rcpt"'),
    )
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert [str(p).removeprefix(f"{tmp_path}/") for p in caught.value.problems] == [
        'a.toml:1:1: moniter: unknown key (did you mean "monitor"?)',
        'a.toml:3:10: trusted[1].domain: is not a full domain name (like "city.example.lg.jp")',
        "a.toml:4:9: trusted[1].until: must be a date (without quotes, like 2027-03-31)",
        "a.toml:6:13: groups.handlers[1]: must be an address or @domain",
        "a.toml:6:22: groups.handlers[2]: must be an address or @domain"
        ' (write "@jinji.city.example.lg.jp")',
        'b.toml:3:21: rule[1].match.sender[1]: no group "handler" (did you mean "handlers"?)',
        'b.toml:5:13: rule[1].approvers: has no meaning with action "block" (it is for hold)',
        "b.toml:7:6: rule[2].id: is no name of a rule"
        ' (small letters, digits and hyphens, like "my-number")',
        "b.toml:8:35: rule[2].match.recipient[2]: is no class, domain, address or group:name"
        ' (did you mean "first-time"?)',
        'b.toml:8:49: rule[2].match.my_number: unknown key (did you mean "my_numbers"?)',
        "b.toml:9:10: rule[2].action: must be one of 'allow', 'warn', 'hold' or 'block'",
        f"d.toml:2:6: rule[1].id: the id stands twice, first at {tmp_path}/b.toml:1",
        'd.toml:5:6: rule[1].at: stands below the rule "tried", which looks at content'
        f" (move it above {tmp_path}/b.toml:1)",
    ]


def test_a_file_that_cannot_be_read_does_not_make_its_groups_unknown(tmp_path: Path) -> None:
    _write(tmp_path, a="broken", b=rule('{ sender = ["group:there"] }', "block", "approvers = 1"))
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert [(Path(p.file).name, p.line) for p in caught.value.problems] == [
        ("a.toml", 1),
        ("b.toml", 5),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rule("{}", "allow", "approvers = 1"), "approvers: has no meaning"),
        (rule("{}", "hold", "approvers = 0"), "approvers: must be at least 1"),
        (rule("{}", "hold", "confirm = false"), "confirm: has no meaning"),
        (rule("{}", "block", 'expires = "1d"'), "expires: has no meaning"),
        (rule("{}", "hold", "expires = 3"), "expires: must be a duration"),
        (rule("{}", "hold", 'at = "rcpt"'), "at: is not possible with action"),
        (rule("{ attachments = true }", "block", 'at = "rcpt"'), "attachments: is not known yet"),
        (rule("{}", name="default-allow"), "id: begins with"),
        (rule("{ look_alike = false }"), "look_alike: cannot be false"),
        (rule("{ uninspected = [] }"), "uninspected: must name at least one reason"),
        (rule("{ recipient = [] }"), "recipient: must have at least 1 member"),
        (rule('{ recipient = ["group:x"] }'), "write it below [groups]"),
        (rule("{ my_numbers = 1 }"), "my_numbers: must be a table"),
        (rule('{ size = { at_least = "1" } }'), "size.at_least: must be a size"),
        ('[[rule]]\nid = "a"\naction = "hold"\n', "rule[1].match: is missing"),
        ('[[trusted]]\ndomain = "a@exp.co.jp"\n', 'write "exp.co.jp"'),
        ('[[trusted]]\ndomain = "a.jp"\n[[trusted]]\ndomain = "A.jp"\n', "stands twice"),
        ('[[trusted]]\ndomain = "a.jp"\nmay_receive = ["numbers"]\n', "no detector"),
        ('[rule]\nid = "a"\n', "rule: must be a list"),
        ("monitor = 1\n", "monitor: must be true or false"),
        ("groups = 1\n", "groups: must be a table"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(text: str, expected: str) -> None:
    (problem,) = _errors(text)
    assert expected in problem


def test_files_may_not_contradict_each_other(tmp_path: Path) -> None:
    _write(
        tmp_path, a="monitor = true\n[groups]\nx = []\n", b="monitor = false\n[groups]\nx = []\n"
    )
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert [p.key for p in caught.value.problems] == ["monitor", "groups.x"]


# ------------------------------------------------------------------ warnings


def _pair(above: str, below: str) -> Policy:
    groups = '[groups]\nall = ["@b.jp", "x@c.jp"]\nnobody = []\n'
    return loads(groups + rule(above, "allow", name="above") + rule(below, name="below"))


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("{}", "{}"),
        ("{}", "{ my_numbers = {}, attachments = true }"),
        ("{ my_numbers = {} }", "{ my_numbers = { at_least = 101 } }"),
        ('{ my_numbers = { confidence = "possible" } }', "{ my_numbers = {} }"),
        ('{ look_alike = "possible" }', '{ look_alike = "certain" }'),
        ('{ look_alike = "possible" }', '{ recipient = ["look-alike"] }'),
        ('{ recipient = ["look-alike", "known"] }', "{ look_alike = true }"),
        ('{ recipient = ["b.jp"] }', '{ recipient = ["x@b.jp"] }'),
        ('{ recipient = ["group:all"] }', '{ recipient = ["x@b.jp", "x@c.jp"] }'),
        ('{ recipient = ["internal"] }', '{ recipient = ["internal"], attachments = true }'),
        ('{ sender = ["@b.jp"] }', '{ sender = ["x@b.jp"], sender_null = false }'),
        ("{ uninspected = true }", '{ uninspected = ["limit"] }'),
        ('{ uninspected = ["limit", "damaged"] }', '{ uninspected = ["limit"] }'),
        ('{ size = { at_least = "1MB" } }', '{ size = { at_least = "2MB" } }'),
    ],
)
def test_a_rule_covered_by_one_above_is_reported(above: str, below: str) -> None:
    (warning,) = _pair(above, below).warnings
    assert warning.severity == "warning"
    assert '"above" above matches whatever it does' in warning.message


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("{ my_numbers = { at_least = 101 } }", "{ my_numbers = {} }"),
        ("{ my_numbers = {} }", '{ my_numbers = { at_least = 5, confidence = "possible" } }'),
        ("{ look_alike = true }", '{ look_alike = "possible" }'),
        ("{ look_alike = true }", '{ recipient = ["look-alike", "known"] }'),
        ('{ recipient = ["look-alike"] }', '{ look_alike = "possible" }'),
        ("{}", '{ recipient = ["internal"] }'),
        ("{ attachments = true }", "{}"),
        ("{ attachments = true }", "{ attachments = false }"),
        ('{ recipient = ["x@b.jp"] }', '{ recipient = ["b.jp"] }'),
        ('{ recipient = ["group:nobody"] }', '{ recipient = ["b.jp"] }'),
        ("{ uninspected = false }", '{ uninspected = ["limit"] }'),
        ("{ uninspected = true }", "{ uninspected = false }"),
        ('{ uninspected = ["limit"] }', "{ uninspected = true }"),
    ],
)
def test_a_rule_that_can_match_is_not_reported(above: str, below: str) -> None:
    assert _pair(above, below).warnings == ()


@pytest.mark.parametrize(
    "match",
    ['{ look_alike = true, recipient = ["known"] }', '{ sender_null = true, sender = ["@a.jp"] }'],
)
def test_a_rule_whose_conditions_exclude_each_other_is_reported(match: str) -> None:
    assert _warnings(rule(match)) == [
        "p.toml:3:9: warning: rule[1].match: can never match: its conditions exclude each other"
    ]


def test_trust_that_has_ended_is_reported_and_still_loads() -> None:
    text = '[[trusted]]\ndomain = "a.jp"\nuntil = 2026-11-20\n'
    assert _warnings(text)[0].startswith("p.toml:3:9: warning: trusted[1].until: the last day")
    assert _warnings(text.replace("11-20", "11-21")) == []


# ------------------------------------------------------------------ the version


def test_the_version_changes_with_what_the_policy_says_and_not_with_its_layout() -> None:
    text = rule('{ recipient = ["a.jp", "b.jp", "known"] }')
    same = "# comment\n" + rule('{ recipient = ["known", "@B.jp", "a.jp"] }')
    other = rule('{ recipient = ["a.jp", "b.jp"] }')
    assert loads(text).version == loads(same).version
    assert len({loads(t).version for t in (text, other, "monitor = true\n" + text)}) == 3
    assert loads(text).version.isalpha()


def test_a_policy_shows_no_address_by_repr() -> None:
    assert "@" not in repr(loads("[groups]\ng = ['a@b.jp']\n" + rule("{ sender = ['group:g'] }")))
