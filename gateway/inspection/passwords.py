"""Passwords that a mail gives away for its own locked files (パスワードは「…」です).

Answers: what the texts of a mail may mean as a password, the likeliest first: what stands
behind a word for it on its line, then alone on one of the lines below, then any token of
such a line.
Trusts: nothing; the texts are bounded, and so is the number of candidates.
Fails: never. A candidate is secret and lives as long as the inspection of its mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MOST = 20  # candidates of one mail; each costs up to a second on a locked file
_MOST_CHARS = 200_000  # of one text; a password stands in a letter, not in a book
_LINES_BELOW = 4

_WORD = re.compile(
    r"パスワード|ﾊﾟｽﾜｰﾄﾞ|パスコード|パスフレーズ|暗証|解凍|開封|復号"
    r"|pass(?:word|wd|code|phrase)?(?![a-z])|(?<![a-z])pw(?![a-z])|ＰＷ|ＰＡＳＳ",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[!-~！-～]{4,64}")
_SAID = re.compile(r"[\s:：=＝はがをの、,]*[「『\"'“‘【\[(（<＜]?\s*([!-~！-～]{4,64})")
_AROUND = "「」『』\"'“”‘’【】[]()（）<>＜＞。、,.，．:：;；"
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def candidates(texts: Iterable[str]) -> tuple[str, ...]:
    """Return what may be a password in ``texts``, each once, the likeliest first."""
    ranked: list[tuple[int, int, str]] = []
    for text in texts:
        for rank, word in _told(text[:_MOST_CHARS]):
            for spelled in _spellings(word):
                ranked.append((rank, len(ranked), spelled))
    ordered = dict.fromkeys(word for _, _, word in sorted(ranked))
    return tuple(ordered)[:MOST]


def _told(text: str) -> Iterator[tuple[int, str]]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = list(_WORD.finditer(line))
        if not found:
            continue
        for word in found:
            if said := _SAID.match(line, word.end()):
                yield 0, said[1]
        for below in lines[number + 1 : number + 1 + _LINES_BELOW]:
            words = _TOKEN.findall(below)
            if len(words) == 1:
                yield 1, words[0]
                break
        for token in _TOKEN.findall(line[found[-1].end() :]):
            yield 2, token


def _spellings(word: str) -> Iterator[str]:
    """As it stands, without the marks around it, and in half width."""
    bare = word.strip(_AROUND)
    for spelled in (bare, word, bare.translate(_WIDE)):
        if len(spelled) >= 4:
            yield spelled
