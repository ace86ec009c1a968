"""How much like a real name a label reads: a trigram model of the names that are shipped.

Answers: ``log_likelihood(label)``, the natural logarithm of the chance that somebody's own
label is this one; a label that reads like a name is more probably one than a slip.
Trusts: the shipped lists (``lists``) and the place names of the Public Suffix List, from
which it is counted at its first use; it holds no data of its own that could go stale.
Fails: never. A letter outside [a-z0-9-] counts as rare as the rarest.
Method: interpolated trigrams, Jelinek and Mercer 1980; the end of a label is a letter, so
that the chances of all labels add up to one. Beside them initials (``jfc``, ``smtg``), whose
letters follow from no others: all labels of 3 letters, a good third of those of 4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from math import exp, log

from gateway.recipients import lists
from gateway.recipients.names import place_names, split

_START, _END = "^^", "$"
_LETTERS = 38  # a-z, 0-9, '-' and the end
_TRIGRAM, _BIGRAM, _UNIGRAM, _FLAT = 0.62, 0.27, 0.09, 0.02
_INITIALS = {2: 0.005, 3: 0.03, 4: 0.03, 5: 0.006}  # share of all labels, by length
REMEMBERED_TRIGRAMS = 65_536


class CharacterModel:
    """Trigram counts of labels, with the chance of one more label."""

    def __init__(self, labels: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()  # of one, two and three letters
        self._before: Counter[str] = Counter()  # of what stands before a letter
        for label in labels:
            self._count(f"{_START}{label}{_END}")
        self._logs = _Logs(self._log_letter)

    def log_likelihood(self, label: str) -> float:
        """Natural logarithm of the chance of exactly this label; below 0."""
        text = f"{_START}{label}{_END}"
        read = sum(map(self._logs.__getitem__, [text[i : i + 3] for i in range(len(text) - 2)]))
        if len(label) in _INITIALS and label.isalpha():
            return log(exp(read) + _INITIALS[len(label)] / 26 ** len(label))
        return read

    def _count(self, text: str) -> None:
        for i in range(2, len(text)):
            for back in range(3):
                self._counts[text[i - back : i + 1]] += 1
                self._before[text[i - back : i]] += 1

    def _log_letter(self, trigram: str) -> float:
        chance = _FLAT / _LETTERS
        for weight, gram in (
            (_TRIGRAM, trigram),
            (_BIGRAM, trigram[1:]),
            (_UNIGRAM, trigram[2:]),
        ):
            seen = self._before[gram[:-1]]
            chance += weight * self._counts[gram] / seen if seen else 0.0
        return log(chance)


class _Logs(dict[str, float]):
    """Logarithms by trigram, worked out as they are asked for."""

    def __init__(self, work_out: Callable[[str], float]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, trigram: str) -> float:
        found = self._work_out(trigram)
        if len(self) < REMEMBERED_TRIGRAMS:
            self[trigram] = found
        return found


@lru_cache(1)
def shipped() -> CharacterModel:
    """The model of the shipped names, counted once a process."""
    names = (split(name) for name in lists.real())
    labels = {name.label for name in names if name and not name.label.startswith("xn--")}
    return CharacterModel(sorted(labels | place_names() | lists.words()))
