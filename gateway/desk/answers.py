"""The reasons that people choose from, beside their own words.

Answers: ``DECISIONS`` (for release, reject, correct, cancel), ``OUTCOMES`` (for a review), and
``chosen``. Each has its sentence in ``messages/desk.toml`` as ``reason-CODE``; a test finds none
missing.
Trusts: nothing. Fails: ``UsageError`` for a code that is not in the list, or no reason at all.
"""

from __future__ import annotations

from gateway.errors import UsageError

FALSE_ALARM = "false-alarm"  # 誤検知: proposes a narrow exception
ACCEPTED = "accepted"  # found rightly, and may be sent
CORRECTED = "corrected"  # the address was wrong
TRAINING_NEEDED = "training-needed"  # 教育が必要
SEND_ANEW = "send-anew"  # the sender is asked to send it again, put right
NOT_ALLOWED = "not-allowed"  # must not leave
NOT_NEEDED = "not-needed"  # no longer wanted
OTHER = "other"  # takes words

DECISIONS = (
    FALSE_ALARM,
    ACCEPTED,
    CORRECTED,
    TRAINING_NEEDED,
    SEND_ANEW,
    NOT_ALLOWED,
    NOT_NEEDED,
    OTHER,
)

# What the sender is told as well; the others are between those who handle mail.
TOLD_TO_SENDER = frozenset({SEND_ANEW, NOT_ALLOWED, NOT_NEEDED})

FINE = "fine"
LEFT_WRONGLY = "left-wrongly"  # open the incident's steps
OUTCOMES = (FINE, TRAINING_NEEDED, LEFT_WRONGLY)


def chosen(code: str, words: str, among: tuple[str, ...] = DECISIONS) -> tuple[str, str]:
    """Return code and words, each as it is recorded.

    Raises: UsageError: neither says anything, or the code is none of ``among``.
    """
    if code and code not in among:
        raise UsageError(f"no such reason code; known here: {', '.join(among)}")
    if not words.strip() and code in ("", OTHER):
        raise UsageError("a reason is required")
    return code, words.strip() or code
