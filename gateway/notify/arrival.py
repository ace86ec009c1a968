"""Notices on a mail that has just come: parked, blocked, warned about.

Answers: ``Arrival``, one method each, to the sender and to the handlers.
Trusts: the values of the model; strings of the mail are masked here.
Fails: never; ``None`` where nobody may be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.model import (
    Envelope,
    Inspection,
    OnExpiry,
    Outgoing,
    Park,
    Ruling,
    Submission,
    Verdict,
)
from gateway.notify.addressees import addresses, doubtful, look_alikes
from gateway.notify.letter import SENTENCE_LIMIT, Item, Letter, Section, items, moment, say, shown
from gateway.notify.writing import Facts, Writing, next_steps

# Language → why: what was found and where, what was not read, what is odd about whom.
Lines = Mapping[str, Sequence[str]]


class Arrival(Writing):
    """What is written while a mail is decided on."""

    def offers_page(self, envelope: Envelope) -> bool:
        """Whether the sender of a warned mail is told, and can answer on the sender's page."""
        told = self._settings
        return bool(told.sender_url) and told.enabled and self._is_inside(envelope.mail_from)

    def to_sender_parked(
        self,
        submission: Submission,
        inspection: Inspection,
        rulings: Sequence[Ruling],
        park: Park,
        lines: Lines,
        token: str = "",
    ) -> Outgoing | None:
        """Tell the sender that a mail waits, for a handler (hold) or for them (warn).

        Args:
            rulings: those of the park's recipients.
            lines: why, by language; from ``gateway.policy.explain``.
            token: opens the sender's page of this mail; "" where there is none.
        """
        delayed = park.on_expiry is OnExpiry.SEND
        usual = "warn" if park.verdict is Verdict.WARN else "hold"
        kind = "delay" if delayed else usual
        page = self._sender_page(token)

        def letter(lang: str) -> Letter:
            return self._letter(
                kind,
                lang,
                facts=_mail_facts(submission, park.rcpt_tos, inspection, lang)
                + _park_facts(park, lang),
                sections=(
                    *_explanation(kind, inspection, rulings, lines, lang),
                    _warn_steps(inspection, park, lang, bool(page))
                    if park.verdict is Verdict.WARN
                    else _hold_steps(inspection, rulings, park, lang),
                ),
                link=page,
            )

        return self._to_sender(submission.envelope, park.hold_id, letter)

    def to_sender_blocked(
        self,
        submission: Submission,
        inspection: Inspection,
        rulings: Sequence[Ruling],
        incident_id: str,
        lines: Lines,
    ) -> Outgoing | None:
        """Tell the sender that a mail was refused, since a 550 becomes an English DSN."""

        def letter(lang: str) -> Letter:
            recipients = submission.envelope.rcpt_tos
            return self._letter(
                "block",
                lang,
                facts=(
                    *_mail_facts(submission, recipients, inspection, lang),
                    (say("fact-incident", lang), incident_id),
                ),
                sections=(
                    *_explanation("block", inspection, rulings, lines, lang),
                    _block_steps(inspection, rulings, lang),
                ),
            )

        return self._to_sender(submission.envelope, incident_id, letter)

    def to_sender_warned(
        self,
        submission: Submission,
        inspection: Inspection,
        rulings: Sequence[Ruling],
        lines: Lines,
    ) -> Outgoing | None:
        """Warn the sender of a mail that was relayed at once (``confirm = false``)."""

        def letter(lang: str) -> Letter:
            recipients = tuple(r.recipient.address for r in rulings)
            return self._letter(
                "warned",
                lang,
                facts=(
                    *_mail_facts(submission, recipients, inspection, lang),
                    (say("fact-queue", lang), submission.queue_id),
                ),
                sections=(
                    *_explanation("warned", inspection, rulings, lines, lang),
                    _to_do(lang, "warned-fine", "warned-wrong"),
                ),
            )

        return self._to_sender(submission.envelope, submission.queue_id, letter)

    def to_handlers(
        self,
        submission: Submission,
        inspection: Inspection,
        rulings: Sequence[Ruling],
        park: Park,
    ) -> Outgoing | None:
        """Tell the handlers that a mail waits: counts and a link, nothing of the mail itself."""

        def letter(lang: str) -> Letter:
            return self._letter(
                "handlers",
                lang,
                facts=(
                    (say("fact-received", lang), moment(submission.received_at, lang)),
                    (say("fact-rule", lang), park.rule),
                    (say("fact-my-numbers", lang), str(inspection.persons.likely)),
                    (say("fact-unread", lang), str(len(inspection.unread))),
                    (say("fact-look-alikes", lang), str(len(look_alikes(rulings)))),
                    (say("fact-approvers", lang), str(park.approvers)),
                    *_park_facts(park, lang),
                ),
                sections=(next_steps(lang, "handlers-expires"),) if park.expires_at else (),
                link=self._hold_page(park.hold_id),
            )

        return self._send(self._settings.handlers, park.hold_id, letter)


def _mail_facts(
    submission: Submission, recipients: Sequence[str], inspection: Inspection, lang: str
) -> Facts:
    subject = shown(inspection.headers.subject)
    return (
        (say("fact-received", lang), moment(submission.received_at, lang)),
        (say("fact-to", lang), addresses(recipients, lang)),
        *(((say("fact-subject", lang), subject),) if subject else ()),
    )


def _park_facts(park: Park, lang: str) -> Facts:
    due = ((say("fact-expires", lang), moment(park.expires_at, lang)),) if park.expires_at else ()
    return ((say("fact-hold", lang), park.hold_id), *due)


def _explanation(
    kind: str, inspection: Inspection, rulings: Sequence[Ruling], lines: Lines, lang: str
) -> tuple[Section, ...]:
    # The law last: it is why a number is a matter at all, not what happened here.
    law = [say("law", lang)] if inspection.persons.likely else []
    why = [shown(line, SENTENCE_LIMIT) for line in lines.get(lang, ())] + law
    return (doubtful(rulings, lang), Section(say(f"{kind}-why", lang), items(why)))


def _to_do(lang: str, *keys: str) -> Section:
    return Section(say("do-heading", lang), items(say(key, lang) for key in keys))


def _hold_steps(
    inspection: Inspection, rulings: Sequence[Ruling], park: Park, lang: str
) -> Section:
    steps = [say("hold-wait", lang)]
    if look_alikes(rulings):
        steps.append(say("hold-address", lang))
    if inspection.persons.possible:
        steps.append(say("hold-number", lang))
    steps.append(say("hold-not-needed", lang))
    if park.expires_at:
        steps.append(say("hold-expires", lang, expires=moment(park.expires_at, lang)))
    return Section(say("next-heading", lang), items(steps))


def _warn_steps(inspection: Inspection, park: Park, lang: str, page: bool) -> Section:
    """What the sender can choose; on a page of their own, or by telling a handler.

    Where something was found or not read, a link proves too little to send: they may ask.
    """
    found = bool(inspection.findings or inspection.unread)
    choices = ("send", "correct", "cancel")
    if page:
        choices = ("ask", "cancel", "anew") if found else ("send", "cancel", "anew")
    opening = say("warn-page" if page else "warn-open", lang)
    steps = [Item(opening, tuple(say(f"warn-choice-{c}", lang) for c in choices))]
    if found:
        steps.append(Item(say("warn-sign-in", lang)))
    if inspection.persons.possible:
        steps.append(Item(say("hold-number", lang)))
    if page:
        steps.append(Item(say("warn-page-once", lang)))
    if park.expires_at:
        due = moment(park.expires_at, lang)
        end = "delay-expires" if park.on_expiry is OnExpiry.SEND else "warn-expires"
        steps.append(Item(say(end, lang, expires=due)))
    return Section(say("do-heading", lang), tuple(steps))


def _block_steps(inspection: Inspection, rulings: Sequence[Ruling], lang: str) -> Section:
    asked = {
        "block-address": bool(look_alikes(rulings)),
        "block-number": inspection.persons.possible > 0,
        "block-unread": bool(inspection.unread),
        "block-ask": True,
    }
    return _to_do(lang, *(key for key, applies in asked.items() if applies))
