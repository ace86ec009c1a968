"""Conditions about who else is addressed, what is new, and what stands inside the mail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.errors import ConfigError
from gateway.model import Inspection, MailFacts, Recipient
from gateway.policy import decide, load, loads
from tests.policy.mails import NOW, SENDER, mail, numbers, rule, to

ORGANS = """
[groups]
school = ["kyoiku@city.example.lg.jp", "@edu.city.example.lg.jp"]

[[organ]]
name = "市長部局"
members = ["@city.example.lg.jp"]

[[organ]]
name = "教育委員会"
members = ["group:school"]
"""


def matches(match: str, facts: MailFacts, recipient: Recipient, before: str = "") -> bool:
    policy = loads(before + rule(match, "block"))
    (ruling,) = decide(facts, [recipient], policy, NOW).rulings
    return ruling.rule == "tried"


@pytest.mark.parametrize("name", ["new_address", "new_to_sender", "resembles_own"])
def test_a_fact_about_the_recipient_is_asked_for_by_its_name(name: str) -> None:
    marked = to(**{name: True})
    assert matches(f"{{ {name} = true }}", mail(), marked)
    assert not matches(f"{{ {name} = true }}", mail(), to())
    assert matches(f"{{ {name} = false }}", mail(), to())
    assert not matches(f"{{ {name} = false }}", mail(), marked)


@pytest.mark.parametrize(
    ("key", "fact"),
    [("outside_domains", "outside_domains"), ("visible_recipients", "visible_outside")],
)
def test_so_many_or_more(key: str, fact: str) -> None:
    asked = f"{{ {key} = {{ at_least = 5 }} }}"
    assert matches(asked, mail(**{fact: 5}), to())
    assert not matches(asked, mail(**{fact: 4}), to())


@pytest.mark.parametrize(
    ("asked", "strength", "expected"),
    [("true", "likely", True), ("true", "possible", False), ('"possible"', "possible", True)],
)
def test_a_look_alike_inside_the_mail(asked: str, strength: str, expected: bool) -> None:
    """The second real leak began with a wrong address in the text of an instruction."""
    inside = (to("*@exp.com", "look-alike", strength=strength, resembles="exp.co.jp"),)
    assert matches(f"{{ address_inside = {asked} }}", mail(inside=inside), to()) is expected
    assert not matches(f"{{ address_inside = {asked} }}", mail(), to())


def test_a_greeting_of_somebody_else() -> None:
    assert matches("{ greets_another = true }", mail(Inspection(greets_another=True)), to())
    assert not matches("{ greets_another = true }", mail(), to())


@pytest.mark.parametrize(
    ("sender", "recipient", "expected"),
    [
        ("zeimu@city.example.lg.jp", "kyoiku@city.example.lg.jp", True),
        ("zeimu@city.example.lg.jp", "a@edu.city.example.lg.jp", True),
        ("Kyoiku@city.example.lg.jp", "zeimu@city.example.lg.jp", True),
        ("zeimu@city.example.lg.jp", "Soumu@city.example.lg.jp", False),
        ("kyoiku@city.example.lg.jp", "a@edu.city.example.lg.jp", False),
        ("zeimu@city.example.lg.jp", "a@water.city.example.lg.jp", False),  # in no organ
        ("", "zeimu@city.example.lg.jp", False),
    ],
)
def test_numbers_that_cross_organs_of_one_body(sender: str, recipient: str, expected: bool) -> None:
    asked = '{ recipient = ["internal"], my_numbers = { at_least = 1 }, crosses_organ = true }'
    inside = to(recipient, "internal")
    assert matches(asked, mail(numbers(1), sender), inside, ORGANS) is expected


def test_no_organs_are_never_crossed() -> None:
    asked = '{ recipient = ["internal"], crosses_organ = true }'
    assert not matches(asked, mail(), to(SENDER, "internal"))


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loads(text)
    return [p.message for p in caught.value.problems]


def test_a_member_of_two_organs_is_an_error() -> None:
    twice = ORGANS + '[[organ]]\nname = "議会"\nmembers = ["kyoiku@city.example.lg.jp"]\n'
    assert problems(twice) == ['"kyoiku@city.example.lg.jp" belongs to "教育委員会", too']


def test_an_organ_of_an_unknown_group_is_an_error() -> None:
    assert problems('[[organ]]\nname = "x"\nmembers = ["group:scool"]\n[groups]\nschool = []') == [
        'no group "scool"'
    ]


def test_organs_are_part_of_what_the_policy_says() -> None:
    assert loads(ORGANS).version != loads(ORGANS.replace("市長部局", "本庁")).version


@pytest.mark.parametrize(
    "match",
    [
        "{ new_address = true }",
        "{ outside_domains = { at_least = 2 } }",
        "{ address_inside = true }",
    ],
)
def test_what_only_the_whole_mail_tells_cannot_be_asked_at_rcpt(match: str) -> None:
    (message,) = problems(rule(match, "block", 'at = "rcpt"'))
    assert message == 'is not known yet at = "rcpt"'


@pytest.mark.parametrize(
    ("above", "below", "covered"),
    [
        ("outside_domains = { at_least = 2 }", "outside_domains = { at_least = 5 }", True),
        ("outside_domains = { at_least = 5 }", "outside_domains = { at_least = 2 }", False),
        ('address_inside = "possible"', "address_inside = true", True),
        ("address_inside = true", 'address_inside = "possible"', False),
        ("new_address = true", "new_address = true, attachments = true", True),
        ("new_address = true", "new_address = false", False),
    ],
)
def test_check_tells_of_a_rule_that_can_never_match(above: str, below: str, covered: bool) -> None:
    text = rule(f"{{ {above} }}", name="a") + rule(f"{{ {below} }}", name="b")
    assert bool(loads(text).warnings) is covered


# ------------------------------------------------------------------ groups from files


def policy_with(directory: Path, list_bytes: bytes | None) -> Any:
    (directory / "rules.toml").write_text(
        '[groups]\nhandlers = ["file:lists/handlers.csv", "boss@exp.co.jp"]\n'
        + rule('{ sender = ["group:handlers"] }')
    )
    if list_bytes is not None:
        (directory / "lists").mkdir()
        (directory / "lists" / "handlers.csv").write_bytes(list_bytes)
    return load(directory)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_group_takes_its_members_from_a_list(tmp_path: Path, encoding: str) -> None:
    written = (
        '氏名,アドレス\r\n山田,"Yamada@Exp.co.jp"\r\n# 退職,old@exp.co.jp\r\n課,@jinji.example\r\n'
    )
    policy = policy_with(tmp_path, written.encode(encoding))
    assert policy.rules[0].match.sender == {"yamada@exp.co.jp", "@jinji.example", "boss@exp.co.jp"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read"),
        (b"", "holds no address"),
        (b"name,address\r\n", "holds no address"),
    ],
)
def test_a_list_that_gives_nobody_is_an_error(
    tmp_path: Path, content: bytes | None, why: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        policy_with(tmp_path, content)
    (problem,) = caught.value.problems
    assert why in problem.message
    assert (problem.line, problem.key) == (2, "groups.handlers[1]")


def test_a_changed_list_is_another_policy(tmp_path: Path) -> None:
    first = policy_with(tmp_path, b"a@exp.co.jp\n").version
    (tmp_path / "lists" / "handlers.csv").write_text("b@exp.co.jp\n")
    assert load(tmp_path).version != first
