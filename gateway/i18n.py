"""Sentences for people, in Japanese and English side by side.

Answers: the sentence for a key of a message catalogue, with its placeholders filled.
A catalogue is ``gateway/messages/<catalogue>.toml``, one table a key with ``ja`` and
``en``; it is read when first asked for and kept.
Trusts: the catalogues, which ship with the program and are held to their form by a test.
Values are set in as they are, never read as a template: mask what comes from a mail
first, and escape it where the sentence becomes HTML.
Fails: with ``KeyError`` for a catalogue, key, language or placeholder that is missing.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

_LANGUAGES = ("ja", "en")
_REASON_CATALOGUES = ("detect", "recipients", "policy")

_Catalogue = dict[str, dict[str, str]]


def languages() -> tuple[str, ...]:
    """The languages every sentence exists in, the first one first."""
    return _LANGUAGES


def text(catalogue: str, key: str, lang: str, **values: object) -> str:
    """Return the sentence ``key`` of ``catalogue`` in ``lang``, placeholders filled.

    Raises:
        KeyError: no such catalogue, key or language, or a placeholder without a value.
    """
    return _read(catalogue)[key][lang].format_map(values)


def reason(code: str, lang: str, **values: object) -> str:
    """Return the sentence of a constant of ``gateway.reasons``.

    Raises:
        KeyError: none of the catalogues that hold reasons knows it.
    """
    for catalogue in _REASON_CATALOGUES:
        if code in catalogue_keys(catalogue):
            return text(catalogue, code, lang, **values)
    raise KeyError(code)


def catalogue_keys(catalogue: str) -> frozenset[str]:
    """The keys of one catalogue; empty where the catalogue does not exist."""
    try:
        return frozenset(_read(catalogue))
    except KeyError:
        return frozenset()


@cache
def _read(catalogue: str) -> _Catalogue:
    path = files("gateway") / "messages" / f"{catalogue}.toml"
    try:
        source = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise KeyError(catalogue) from None
    return tomllib.loads(source)
