"""Says whether one suffix can have been meant by another.

Answers: how strongly ``com`` behind a known label speaks for ``co.jp``, with its reason;
None for suffixes that honest siblings use (``yahoo.de``, ``exp.com.tw``).
Trusts: nothing.
Fails: never.
Why apart from label slips: 28 % of Japanese .co.jp labels exist under .com too, so a swap
of suffixes is a question to the sender, where a slip in a suffix is an error.
"""

from __future__ import annotations

from rapidfuzz.distance import OSA

from gateway import reasons
from gateway.model import Confidence
from gateway.recipients.names import ATTRIBUTE_SUFFIXES

# Suffixes that people in Japan take for each other.
FAMILY = ATTRIBUTE_SUFFIXES | {"jp", "com"}
_GENERIC = frozenset({"net", "org"})

Judged = tuple[Confidence, str]  # strength and reason


def judge_suffix(known: str, typed: str) -> Judged | None:
    """Judge what stands behind a known label: ``typed`` where ``known`` belongs."""
    if known == typed:
        return None
    if _doubled(known, typed):
        return Confidence.CERTAIN, reasons.SUFFIX_DOUBLED
    if known in FAMILY and typed in FAMILY:
        return Confidence.LIKELY, reasons.SUFFIX_SWAP
    if _slipped(known, typed):
        return Confidence.LIKELY, reasons.SUFFIX_SWAP
    if known in FAMILY | _GENERIC and typed in FAMILY | _GENERIC:
        return Confidence.POSSIBLE, reasons.SUFFIX_SWAP
    return None


def _doubled(known: str, typed: str) -> bool:
    """``co.jp.jp``, ``co.co.jp``, ``com.com``, ``co.jp.co.jp``: a part said twice."""
    labels = known.split(".")
    twice = {
        ".".join([*labels[: i + 1], label, *labels[i + 1 :]]) for i, label in enumerate(labels)
    }
    return typed in twice or typed == f"{known}.{known}"


def _slipped(known: str, typed: str) -> bool:
    """One slip, or the end left off (``co`` for ``co.jp``); two-letter suffixes are too short."""
    if known.startswith(typed + "."):
        return True
    return len(known) > 2 and OSA.distance(known, typed, score_cutoff=1) <= 1
