"""Administrators' own detectors: what they find, how surely, and what check says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.inspection import inspect_now, wire
from gateway.model import Confidence, Detected, Field, InspectionLimits, Place, Prose, Table
from gateway.patterns import CHECKSUMS, Pattern, PatternError, Patterns
from gateway.policy import load, loads
from tests.house import House, mail
from tests.wire.next_hop import ScriptedNextHop

HERE = Place(("1 text/plain",))
CARD = Pattern("card", r"\d{4}-?\d{4}-?\d{4}-?\d{4}", checksum="luhn")
LICENCE = Pattern("licence", r"(\d{11})\d", near=("免許",), checksum="mod11")


def found(pattern: Pattern, *texts: str) -> tuple[Detected, ...]:
    patterns = Patterns((pattern,))
    for text in texts:
        patterns.search(Prose(HERE, text))
    return patterns.concluded()[1]


@pytest.mark.parametrize(
    ("name", "fits", "fails"),
    [
        ("luhn", "4111111111111111", "4111111111111112"),
        ("mod10", "4901234567894", "4901234567895"),
        ("mod11", "30901234562", "30901234563"),
        ("mod7", "12345678905"[:10] + str(1234567890 % 7), "12345678909"),
        ("my-number", "123456789018", "123456789019"),
        ("corporate-number", "7000012050002", "8000012050002"),
    ],
)
def test_a_checksum_knows_its_own(name: str, fits: str, fails: str) -> None:
    assert CHECKSUMS[name](fits)
    assert not CHECKSUMS[name](fails)


def test_the_same_value_in_any_width_counts_once() -> None:
    assert found(CARD, "4111-1111-1111-1111", "４１１１１１１１１１１１１１１１") == (
        Detected("card", 0, 1, 1),
    )


def test_a_match_inside_a_longer_number_or_word_does_not_count() -> None:
    assert found(CARD, "94111111111111111", "41111111111111117", "x4111111111111111") == ()


def test_a_word_near_it_makes_certain_and_none_only_possible() -> None:
    assert found(LICENCE, "免許証の番号 309012345620") == (Detected("licence", 1, 1, 1),)
    assert found(LICENCE, "番号 309012345620") == (Detected("licence", 0, 0, 1),)


def test_a_heading_a_label_and_a_file_name_are_near() -> None:
    for unit, labels in (
        (Table(HERE, (("氏名", "免許証番号"), ("甲", "309012345620"))), ()),
        (Field(HERE, "免許証番号", "309012345620"), ()),
        (Prose(HERE, "309012345620"), ("免許証一覧.txt",)),
    ):
        patterns = Patterns((LICENCE,))
        patterns.search(unit, labels)
        assert patterns.concluded()[1] == (Detected("licence", 1, 1, 1),)


def test_fewer_values_than_asked_for_are_nothing_found() -> None:
    many = Pattern("account", r"\d{7}", at_least=3)
    assert found(many, "1234567 7654321 1234567") == ()
    assert found(many, "1234567 7654321 1111111")[0].likely == 3


def test_words_are_found_in_any_case_and_spacing() -> None:
    secret = Pattern("secret", words=("社外秘", "internal use only"))
    assert found(secret, "【社 外 秘】 Internal  Use Only")[0].likely == 2
    assert found(secret, "internally useful only") == ()


def test_no_repr_shows_what_was_found() -> None:
    patterns = Patterns((CARD,))
    patterns.search(Prose(HERE, "4111111111111111"))
    assert "4111" not in repr(patterns) + repr(vars(patterns))


def test_an_expression_that_re2_refuses_is_said_so() -> None:
    for expression in ("(?=a)b", r"(a)\1", "(", "a{1001}"):
        with pytest.raises(PatternError):
            Pattern("x", expression)


DETECTOR = """
[[detector]]
id = "card"
pattern = '\\d{4}-\\d{4}-\\d{4}-\\d{4}'
checksum = "luhn"
must_match = ["4111-1111-1111-1111"]
must_not_match = ["4111-1111-1111-1112"]

[[rule]]
id = "cards"
match = { detected = { detector = "card" } }
action = "block"
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loads(text)
    return [f"{p.key}: {p.message}" for p in caught.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('["4111-1111-1111-1111"]', '["4111-1111-1111-1113"]', "nothing is found"),
        ('["4111-1111-1111-1112"]', '["4111-1111-1111-1111"]', "something is found"),
        ("'\\d{4}-", "'(?=\\d)", "RE2"),
        ('detector = "card"', 'detector = "cart"', 'no detector "cart"'),
        ('id = "card"', 'id = "my-number"', "no name of a detector"),
        ("pattern =", 'words = ["x"]\npattern =', "either a pattern or words"),
    ],
)
def test_check_says_what_is_wrong_with_a_detector(old: str, new: str, told: str) -> None:
    assert old in DETECTOR
    assert any(told in problem for problem in problems(DETECTOR.replace(old, new, 1)))


def test_no_sample_is_ever_quoted_by_check() -> None:
    broken = DETECTOR.replace('["4111-1111-1111-1111"]', '["4111-1111-1111-1113"]')
    assert "4111" not in " ".join(problems(broken))


def test_the_shipped_detectors_pass_their_samples_and_are_off() -> None:
    assert load(Path("policies")).patterns == ()


def test_what_a_detector_found_crosses_the_border_of_a_worker() -> None:
    content = mail("カード 4111-1111-1111-1111")
    there = inspect_now(content, InspectionLimits(), patterns=(CARD,))
    assert there.detected == (Detected("card", 0, 1, 1),)
    assert not there.clean
    back = wire.loads(wire.dumps(there))
    assert back.detected == there.detected
    assert [f.confidence for f in back.findings] == [Confidence.LIKELY]


async def test_a_rule_blocks_what_its_detector_found(tmp_path: Path) -> None:
    next_hop = await ScriptedNextHop().start()
    house = await House(tmp_path, next_hop, policy=DETECTOR).start()
    try:
        refused = await house.send(mail("カード 4111-1111-1111-1111"), "sato@exp.co.jp")
        assert refused.startswith("550 5.7.1")
        assert "cards" in refused
        assert (await house.send(mail("カード"), "sato@exp.co.jp")).startswith("250")
    finally:
        await house.stop()
        await next_hop.stop()
