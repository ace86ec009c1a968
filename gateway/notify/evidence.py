"""What was found in a mail, where, and which recipient looks wrong, as sections.

Answers: the parts of a notice that explain an inspection and its rulings to the sender.
Trusts: counts and reasons of the model; places and addresses come from the mail and are
masked on their way in.
Fails: never.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.model import (
    Confidence,
    Finding,
    Inspection,
    RecipientClass,
    Ruling,
    Verdict,
)
from gateway.notify.letter import Item, Section, say, shown

MY_NUMBER = "my-number"
PLACES_LIMIT = 10  # places named of one kind of finding
RECIPIENTS_LIMIT = 20


def found(inspection: Inspection, lang: str) -> Section:
    """Say how many numbers were found and where, and what could not be read."""
    points = [
        *_my_numbers(inspection, lang),
        *_others(inspection, lang),
        *_unread(inspection, lang),
    ]
    return Section(say("found-heading", lang), tuple(points) or (Item(say("found-nothing", lang)),))


def doubtful_recipients(rulings: Sequence[Ruling], lang: str) -> Section:
    """Name each recipient that resembles another name, and what was probably meant."""
    return Section(
        say("recipients-heading", lang),
        tuple(_look_alike(r, lang) for r in look_alikes(rulings)[:RECIPIENTS_LIMIT]),
    )


def look_alikes(rulings: Sequence[Ruling]) -> list[Ruling]:
    """The rulings whose recipient resembles another name, allowed ones left out."""
    return [
        r
        for r in rulings
        if r.verdict is not Verdict.ALLOW
        and r.recipient.recipient_class is RecipientClass.LOOK_ALIKE
    ]


def addresses(given: Iterable[str], lang: str) -> str:
    """Return addresses in one line, masked; many are counted rather than named."""
    every = [shown(address) for address in given]
    named, more = every[:RECIPIENTS_LIMIT], len(every) - RECIPIENTS_LIMIT
    rest = [say("more-recipients", lang, count=more)] if more > 0 else []
    return ", ".join(named + rest)


def _my_numbers(inspection: Inspection, lang: str) -> Iterable[Item]:
    likely, possible = inspection.persons.likely, inspection.persons.possible
    mine = [f for f in inspection.findings if f.detector == MY_NUMBER]
    sure = [f for f in mine if f.confidence.reaches(Confidence.LIKELY)]
    if likely:
        yield Item(say("found-my-numbers", lang, count=likely), _places(sure, lang))
    if possible > likely:
        unsure = [f for f in mine if f not in sure]
        yield Item(say("found-possible", lang, count=possible - likely), _places(unsure, lang))


def _others(inspection: Inspection, lang: str) -> Iterable[Item]:
    by_detector: dict[str, list[Finding]] = {}
    for finding in inspection.findings:
        if finding.detector != MY_NUMBER:
            by_detector.setdefault(finding.detector, []).append(finding)
    for detector, findings in by_detector.items():
        count = sum(f.count for f in findings)
        yield Item(
            say("found-other", lang, detector=shown(detector), count=count),
            _places(findings, lang),
        )


def _unread(inspection: Inspection, lang: str) -> Iterable[Item]:
    if inspection.unread:
        lines = [
            say(
                "unread-place",
                lang,
                place=shown(str(u.place)),
                reason=say(f"unread-{u.reason}", lang),
            )
            for u in inspection.unread
        ]
        yield Item(say("found-unread", lang), _few(lines, lang))


def _places(findings: Sequence[Finding], lang: str) -> tuple[str, ...]:
    return _few([say("found-place", lang, place=shown(str(f.place))) for f in findings], lang)


def _few(lines: Sequence[str], lang: str) -> tuple[str, ...]:
    every = tuple(dict.fromkeys(lines))
    more = len(every) - PLACES_LIMIT
    rest = (say("more-places", lang, count=more),) if more > 0 else ()
    return every[:PLACES_LIMIT] + rest


def _look_alike(ruling: Ruling, lang: str) -> Item:
    recipient = ruling.recipient
    question = (
        (say("suggestion", lang, suggestion=shown(recipient.suggestion)),)
        if recipient.suggestion
        else ()
    )
    return Item(
        say(
            "look-alike",
            lang,
            address=shown(recipient.address),
            resembles=shown(recipient.resembles),
        ),
        question,
    )
