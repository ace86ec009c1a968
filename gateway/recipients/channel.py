"""Weighs a slip in a label against the chance that the label is somebody's own.

Answers: ``weigh``, the logarithm of how much likelier it is that a known name was meant than
that a name of its own was; ``strength_of``, what that is worth. Longer labels, commoner
slips and labels that read like no name weigh more; long lists of known names weigh less,
since each name on them is meant less often. So there is nothing to set by length or list.
Trusts: the shipped character model and the constants below.
Fails: never.
Method: noisy channel (Kernighan, Church and Gale 1990). Thresholds: ``docs/lookalikes.md``
has the curve that they are chosen from, ``python -m tests.corpus address`` draws it anew.
"""

from __future__ import annotations

from math import log

from gateway.model import Confidence
from gateway.recipients.characters import shipped
from gateway.recipients.names import CLOSED_SUFFIXES, ONE_A_COMPANY
from gateway.recipients.slips import Slip

POSSIBLE_FROM = 1.5
LIKELY_FROM = 5.0
FEWEST_NAMES = 100  # a short list is weighed as this many: the sender has others, too
CLOSED_MARGIN = 1.5  # nobody squats inside lg.jp, ac.jp …; a slip there meets an office
_SLIPS_A_NAME = log(1e-3)  # how often a name that is typed is mistyped
_NEW_NAMES = log(0.05)  # how often a recipient's name is a stranger's
_SHARE = {  # of strangers' names, by suffix
    "co.jp": 0.25, "com": 0.25, "jp": 0.2, "ne.jp": 0.03, "or.jp": 0.05, "net": 0.03,
    "ac.jp": 0.03, "lg.jp": 0.03, "go.jp": 0.01, "org": 0.02,
}  # fmt: skip
_OTHER_SHARE = 0.005


def weigh(slip: Slip, typed: str, suffix: str, names: int) -> float:
    """Return the log likelihood ratio of "meant a known name" against "meant this one".

    Args:
        slip: what turns the known label into the typed one.
        typed: the label as typed.
        suffix: what stands behind it.
        names: how many names are known.
    """
    meant = _SLIPS_A_NAME + log(slip.chance) - log(max(names, FEWEST_NAMES))
    stranger = _NEW_NAMES + shipped().log_likelihood(typed) + log(_SHARE.get(suffix, _OTHER_SHARE))
    return meant - stranger


def strength_of(weight: float, suffix: str = "") -> Confidence | None:
    """What a weight is worth under a suffix, or under any; None: a stranger's own name."""
    closed = suffix in CLOSED_SUFFIXES or suffix in ONE_A_COMPANY
    if weight >= LIKELY_FROM + (CLOSED_MARGIN if closed else 0.0):
        return Confidence.LIKELY
    return Confidence.POSSIBLE if weight >= POSSIBLE_FROM else None
