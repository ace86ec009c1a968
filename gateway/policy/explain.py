"""Why a decision fell so, in plain sentences for sender, handler and log.

Answers: a list of sentences in Japanese or English: what happens and by which rule, how
many numbers were found and where, what was not read, what is odd about the recipient,
which address was probably meant, and the rule's advice.
Trusts: nothing from the mail: every place and address is masked here (law 4).
Fails: with ``KeyError`` where a message catalogue lacks a key; a test finds none missing.
The sentences are text, not HTML.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.i18n import catalogue_keys, reason, text
from gateway.masking import mask
from gateway.model import (
    DEFAULT_ALLOW,
    DEFAULT_HOLD,
    DEFAULT_INTERNAL,
    Confidence,
    Finding,
    Inspection,
    MailFacts,
    Recipient,
    Ruling,
)
from gateway.reasons import MONITOR_ONLY, NO_RULE_CLEAN, NO_RULE_FINDING, NO_RULE_UNREAD

CATALOGUE = "policy"
MOST_PLACES = 10  # sentences about places; the rest is counted
MOST_REASONS = 3  # reasons for one place, strongest first


def explain(ruling: Ruling, facts: MailFacts, lang: str) -> list[str]:
    """Say why ``ruling`` fell so, in ``lang`` (``ja`` or ``en``), most important first."""
    return [
        *_outcome(ruling, facts.inspection, lang),
        *_findings(facts.inspection, lang),
        *_unread(facts.inspection, lang),
        *explain_recipient(ruling.recipient, lang),
        *_inside(facts, lang),
        *_greeting(facts, lang),
        *_advice(ruling, lang),
    ]


def _outcome(ruling: Ruling, inspection: Inspection, lang: str) -> Iterator[str]:
    yield text(CATALOGUE, f"would-{ruling.would}", lang, address=mask(ruling.recipient.address))
    if ruling.would is not ruling.verdict:
        yield reason(MONITOR_ONLY, lang)
    yield from _by_which_rule(ruling, inspection, lang)


def _by_which_rule(ruling: Ruling, inspection: Inspection, lang: str) -> Iterator[str]:
    if ruling.rule == DEFAULT_INTERNAL:
        yield text(CATALOGUE, "no-rule-internal", lang)
    elif ruling.rule == DEFAULT_ALLOW:
        yield reason(NO_RULE_CLEAN, lang)
    elif ruling.rule == DEFAULT_HOLD:
        if not inspection.unread or _surely_found(inspection):
            yield reason(NO_RULE_FINDING, lang)
        if inspection.unread:
            yield reason(NO_RULE_UNREAD, lang)
    else:
        yield text(CATALOGUE, "by-rule", lang, rule=ruling.rule)


def _surely_found(inspection: Inspection) -> bool:
    return inspection.persons.likely > 0 or any(
        f.confidence.reaches(Confidence.LIKELY) for f in inspection.findings
    )


# ------------------------------------------------------------------ what is in the mail


def _findings(inspection: Inspection, lang: str) -> Iterator[str]:
    if inspection.persons.likely:
        yield text(CATALOGUE, "numbers-found", lang, count=inspection.persons.likely)
    elif inspection.persons.possible:
        yield text(CATALOGUE, "numbers-possible", lang, count=inspection.persons.possible)
    surest_first = sorted(inspection.findings, key=lambda f: -f.confidence.rank)
    for finding in surest_first[:MOST_PLACES]:
        yield _finding(finding, lang)
    yield from _rest(len(surest_first), "more-places", lang)


def _finding(finding: Finding, lang: str) -> str:
    where = text(
        CATALOGUE,
        "finding",
        lang,
        place=mask(str(finding.place)),
        count=finding.count,
        confidence=text(CATALOGUE, f"confidence-{finding.confidence}", lang),
    )
    return " ".join([where, *(_reason(r, lang) for r in finding.reasons[:MOST_REASONS])])


def _unread(inspection: Inspection, lang: str) -> Iterator[str]:
    for part in inspection.unread[:MOST_PLACES]:
        why = text(CATALOGUE, f"unread-{part.reason}", lang)
        yield text(CATALOGUE, "unread", lang, place=mask(str(part.place)), why=why)
    yield from _rest(len(inspection.unread), "more-unread", lang)


def _rest(total: int, key: str, lang: str) -> Iterator[str]:
    if total > MOST_PLACES:
        yield text(CATALOGUE, key, lang, count=total - MOST_PLACES)


# ------------------------------------------------------------------ whom it is for


def explain_recipient(recipient: Recipient, lang: str) -> Iterator[str]:
    """Say why a recipient is judged as it is, and which address was probably meant."""
    for code in recipient.reasons[:MOST_REASONS]:
        yield _reason(
            code,
            lang,
            address=mask(recipient.address),
            domain=mask(recipient.domain),
            resembles=mask(recipient.resembles),
            suggestion=mask(recipient.suggestion),
            until=recipient.trusted_until or "",
        )
    if recipient.suggestion:
        yield text(CATALOGUE, "suggestion", lang, suggestion=mask(recipient.suggestion))


def _inside(facts: MailFacts, lang: str) -> Iterator[str]:
    """Addresses in the mail that lead people elsewhere."""
    for other in facts.inside[:MOST_REASONS]:
        values = {"domain": mask(other.domain), "resembles": mask(other.resembles)}
        yield text(CATALOGUE, "inside" if other.resembles else "inside-bad", lang, **values)


def _greeting(facts: MailFacts, lang: str) -> Iterator[str]:
    if facts.inspection.greets_another:
        yield text(CATALOGUE, "greets-another", lang)


def _advice(ruling: Ruling, lang: str) -> Iterator[str]:
    """The administrator's own words; in the other language rather than not at all."""
    if ruling.advice:
        yield ruling.advice.get(lang) or next(iter(ruling.advice.values()))


def _reason(code: str, lang: str, **values: object) -> str:
    """The sentence of a reason; an administrator's detector may bring codes of its own."""
    known = any(code in catalogue_keys(c) for c in ("detect", "recipients", CATALOGUE))
    return reason(code, lang, **values) if known else code
