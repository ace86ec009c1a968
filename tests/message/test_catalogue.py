"""No trick of the catalogue passes silently: each is found, or the mail is held."""

from __future__ import annotations

import pytest

from gateway.inspection import inspect_now, inspect_plain
from tests.corpus.mime import LIMITS, SEED, outcome
from tests.message.catalogue import TECHNIQUES, cases
from tests.message.catalogue.base import HEAD, Case, Secret, lines, mail
from tests.message.mutations import mutations

BY_TECHNIQUE: dict[int, list[Case]] = {}
for _case in cases(SEED):
    BY_TECHNIQUE.setdefault(_case.technique, []).append(_case)


def test_every_technique_has_cases_and_no_case_has_the_name_of_another() -> None:
    assert sorted(BY_TECHNIQUE) == list(range(1, TECHNIQUES + 1))
    names = [(c.technique, c.variant) for found in BY_TECHNIQUE.values() for c in found]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("technique", range(1, TECHNIQUES + 1))
def test_a_technique_is_found_or_held_in_every_variant(technique: int) -> None:
    met = {c.variant: outcome(inspect_now(c.content, LIMITS)) for c in BY_TECHNIQUE[technique]}
    assert [variant for variant, what in met.items() if what == "passed"] == []


def test_random_damage_is_found_or_held() -> None:
    met = {
        name: outcome(inspect_now(content, LIMITS)) for name, content in mutations(SEED + 1, 400)
    }
    assert len(met) > 200
    assert [name for name, what in met.items() if what == "passed"] == []


def test_the_mail_that_all_tricks_start_from_has_one_reading_and_one_person() -> None:
    found = inspect_now(mail(lines(Secret.of(SEED).coded)), LIMITS)
    assert found.unread == ()
    assert found.persons.likely == found.persons.possible == 1


def test_a_number_that_many_views_show_is_one_person() -> None:
    content = mail(lines(Secret.of(SEED).coded)).replace(b"--foo--", b"--foo-- x")
    found = inspect_now(content, LIMITS)
    assert {u.reason for u in found.unread} == {"ambiguous"}
    assert found.persons.likely == 1


def test_a_trick_is_never_read_in_process() -> None:
    read = [
        (case.technique, case.variant)
        for found in BY_TECHNIQUE.values()
        for case in found
        if (here := inspect_plain(case.content, LIMITS)) is not None and here.unread
    ]
    assert read == []


def test_plain_text_with_a_header_in_its_body_is_left_to_a_worker() -> None:
    body = b"Content-Type: text/plain\r\n\r\nx\r\nContent-Type: text/html\r\n"
    assert inspect_plain(HEAD + body, LIMITS) is None
