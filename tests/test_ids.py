"""Identifiers are short, speakable, and never look like a number or a word."""

from __future__ import annotations

import re

from gateway.ids import new_id
from gateway.masking import mask


def test_an_identifier_is_three_groups_of_four_consonants() -> None:
    for _ in range(1000):
        found = new_id()
        assert re.fullmatch(r"[b-df-hjkmnp-tv-z]{4}(-[b-df-hjkmnp-tv-z]{4}){2}", found)
        assert mask(found) == found


def test_identifiers_do_not_repeat() -> None:
    assert len({new_id() for _ in range(50_000)}) == 50_000
