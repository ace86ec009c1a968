"""The catalogues hold every sentence in both languages, and reading them is strict."""

from __future__ import annotations

import string
import tomllib
from importlib.resources import files

import pytest

from gateway import i18n, reasons

MESSAGES = files("gateway") / "messages"
CATALOGUES = sorted(
    p.name.removesuffix(".toml") for p in MESSAGES.iterdir() if p.name.endswith(".toml")
)
REASONS = sorted(v for k, v in vars(reasons).items() if k.isupper() and isinstance(v, str))


def entries(catalogue: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((MESSAGES / f"{catalogue}.toml").read_text(encoding="utf-8"))


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_there_are_catalogues_to_check():
    assert "notify" in CATALOGUES


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_sentence_stands_in_both_languages_and_no_other(catalogue):
    incomplete = [k for k, v in entries(catalogue).items() if set(v) != set(i18n.languages())]
    assert incomplete == []


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_no_sentence_is_empty_or_marked_unfinished(catalogue):
    doubtful = [
        (key, lang)
        for key, by_lang in entries(catalogue).items()
        for lang, sentence in by_lang.items()
        if not sentence.strip() or "TODO" in sentence or "FIXME" in sentence
    ]
    assert doubtful == []


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_both_languages_have_the_same_placeholders(catalogue):
    differing = [
        key
        for key, by_lang in entries(catalogue).items()
        if len({frozenset(placeholders(s)) for s in by_lang.values()}) != 1
    ]
    assert differing == []


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_placeholders_are_plain_names(catalogue):
    """A placeholder that reaches into a value (``{x.y}``) could print what its repr hides."""
    names = {
        name
        for by_lang in entries(catalogue).values()
        for s in by_lang.values()
        for name in placeholders(s)
    }
    assert [n for n in names if not n.isidentifier()] == []


def test_every_reason_has_a_sentence():
    known = {k for c in ("detect", "recipients", "policy") for k in i18n.catalogue_keys(c)}
    assert [code for code in REASONS if code not in known] == []


def test_no_reason_has_two_sentences():
    found = [
        k
        for c in ("detect", "recipients", "policy")
        for k in i18n.catalogue_keys(c)
        if k in REASONS
    ]
    assert sorted(found) == sorted(set(found))


@pytest.fixture
def shelf(monkeypatch):
    """Catalogues of the test's own, in place of the shipped ones."""
    shelves = {
        "detect": {"near": {"ja": "近く", "en": "near"}},
        "recipients": {"swap": {"ja": "{name}に似ています", "en": "resembles {name}"}},
    }

    def read(catalogue):
        return shelves[catalogue]

    monkeypatch.setattr(i18n, "_read", read)


def test_a_sentence_is_filled_with_its_values(shelf):
    assert i18n.text("recipients", "swap", "ja", name="exp.co.jp") == "exp.co.jpに似ています"


def test_a_value_is_never_read_as_a_template(shelf):
    assert i18n.text("recipients", "swap", "en", name="{name}") == "resembles {name}"


def test_a_reason_is_found_in_whichever_catalogue_holds_it(shelf):
    assert i18n.reason("near", "en") == "near"
    assert i18n.reason("swap", "en", name="x") == "resembles x"


@pytest.mark.parametrize(
    ("catalogue", "key", "lang"),
    [("nowhere", "swap", "ja"), ("detect", "far", "ja"), ("detect", "near", "fr")],
)
def test_a_missing_sentence_is_a_key_error(shelf, catalogue, key, lang):
    with pytest.raises(KeyError):
        i18n.text(catalogue, key, lang)


def test_a_missing_value_or_reason_is_a_key_error(shelf):
    with pytest.raises(KeyError):
        i18n.text("recipients", "swap", "ja")
    with pytest.raises(KeyError):
        i18n.reason("far", "ja")


def test_a_catalogue_that_does_not_exist_has_no_keys_and_is_a_key_error():
    assert i18n.catalogue_keys("no-such-catalogue") == frozenset()
    with pytest.raises(KeyError):
        i18n.text("no-such-catalogue", "x", "ja")
