"""The recipients of a mail as a notice shows them.

Answers: addresses in one line, and the question whether another address was meant.
Trusts: the judgement of each recipient; addresses come from the mail and are masked here.
Fails: never.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.model import RecipientClass, Ruling, Verdict
from gateway.notify.letter import Item, Section, say, shown

NAMED_LIMIT = 20  # addresses named; the rest is counted


def addresses(given: Iterable[str], lang: str) -> str:
    """Return addresses in one line, masked; many are counted rather than named."""
    every = [shown(address) for address in given]
    more = len(every) - NAMED_LIMIT
    rest = [say("more-recipients", lang, count=more)] if more > 0 else []
    return ", ".join(every[:NAMED_LIMIT] + rest)


def look_alikes(rulings: Sequence[Ruling]) -> list[Ruling]:
    """The rulings whose recipient resembles another name, allowed ones left out."""
    return [
        r
        for r in rulings
        if r.verdict is not Verdict.ALLOW
        and r.recipient.recipient_class is RecipientClass.LOOK_ALIKE
    ]


def doubtful(rulings: Sequence[Ruling], lang: str) -> Section:
    """Ask for each recipient that resembles another name whether that one was meant."""
    return Section(
        say("recipients-heading", lang),
        tuple(_question(r, lang) for r in look_alikes(rulings)[:NAMED_LIMIT]),
    )


def _question(ruling: Ruling, lang: str) -> Item:
    recipient = ruling.recipient
    address, resembles = shown(recipient.address), shown(recipient.resembles)
    resembling = say("look-alike", lang, address=address, resembles=resembles)
    if not recipient.suggestion:
        return Item(resembling)
    return Item(resembling, (say("suggestion", lang, suggestion=shown(recipient.suggestion)),))
