"""Every notice we write, one method each.

Answers: the mail to the sender (parked, blocked, warned, and what came of a hold) and to
the handlers, from values of the model.
Trusts: the settings; the envelope sender is told only if it lies inside the organisation,
since anything else could be forged or be a mailing list far away.
Fails: never; ``None`` where nobody may be told.
Standards: RFC 3834 section 3.3: the reverse-path is null, so that a notice which cannot
be delivered bounces to nobody, and two automatons cannot answer each other without end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import quote

from gateway.i18n import text
from gateway.model import (
    Envelope,
    Hold,
    Inspection,
    OnExpiry,
    Outgoing,
    Park,
    Ruling,
    Submission,
    Verdict,
)
from gateway.notify import digest
from gateway.notify.addressees import addresses, doubtful, look_alikes
from gateway.notify.letter import (
    SENTENCE_LIMIT,
    Item,
    Letter,
    Section,
    items,
    moment,
    say,
    shown,
)
from gateway.notify.mail import compose

# Language → why: what was found and where, what was not read, what is odd about whom.
Lines = Mapping[str, Sequence[str]]
_Facts = tuple[tuple[str, str], ...]
_TO_HANDLERS = ("handlers", "asked", "asked-trust", "expiring-handlers", "escalated", "digest")


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Who writes to whom, and in which languages. Set by configuration."""

    sender: str  # our own address for the header From
    handlers: tuple[str, ...] = ()  # who is told of a hold; empty: nobody
    languages: tuple[str, ...] = ("ja", "en")  # in the order they are read
    console_url: str = ""  # without a slash at its end; "": notices carry no link
    sender_url: str = ""  # of the sender's page, likewise; "": senders tell a handler
    internal_domains: Collection[str] = ()  # lower case; subdomains count as inside
    organisation: Mapping[str, str] = field(default_factory=dict)  # language → name
    enabled: bool = True  # False: nobody is told anything; the console alone shows it


class Notices:
    """Writes notices; ``clock`` gives the aware time for their Date."""

    def __init__(
        self, settings: NotifySettings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._settings = settings
        self._clock = clock

    def offers_page(self, envelope: Envelope) -> bool:
        """Whether the sender of a warned mail is told, and can answer on the sender's page."""
        told = self._settings
        return bool(told.sender_url) and told.enabled and self._is_inside(envelope.mail_from)

    # -------------------------------------------------- on arrival

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
                sections=(_next(lang, "handlers-expires"),) if park.expires_at else (),
                link=self._hold_page(park.hold_id),
            )

        return self._send(self._settings.handlers, park.hold_id, letter)

    def asked(self, hold: Hold, what: str = "asked") -> Outgoing | None:
        """Tell the handlers that a sender asks for release: a link, nothing of the mail.

        Args:
            what: ``asked``, or ``asked-trust`` for a new trusted recipient.
        """

        def letter(lang: str) -> Letter:
            return self._letter(
                what,
                lang,
                facts=(
                    (say("fact-received", lang), moment(hold.received_at, lang)),
                    (say("fact-rule", lang), hold.rule),
                    (say("fact-hold", lang), hold.hold_id),
                    (say("fact-expires", lang), moment(hold.expires_at, lang)),
                ),
                sections=(_next(lang, "handlers-expires"),),
                link=self._hold_page(hold.hold_id),
            )

        return self._send(self._settings.handlers, hold.hold_id, letter)

    # -------------------------------------------------- after the fact

    def released(self, hold: Hold, envelope: Envelope) -> Outgoing | None:
        """Tell the sender that a handler approved (hold) or the sender confirmed (warn)."""
        kind = "confirmed" if hold.verdict is Verdict.WARN else "released"
        return self._settled(kind, hold, envelope, "released-next")

    def rejected(
        self, hold: Hold, envelope: Envelope, reason: str, code: str = ""
    ) -> Outgoing | None:
        """Tell the sender that a handler said no: the reason from the desk's list, and words."""
        steps = ("rejected-next", "ask-hold")
        return self._settled("rejected", hold, envelope, *steps, reason=reason, code=code)

    def expired(self, hold: Hold, envelope: Envelope) -> Outgoing | None:
        """Tell the sender that nobody approved (hold) or confirmed (warn) in time."""
        kind = "cancelled" if hold.verdict is Verdict.WARN else "expired"
        return self._settled(kind, hold, envelope, f"{kind}-next")

    def expiring(self, hold: Hold, envelope: Envelope) -> tuple[Outgoing, ...]:
        """Announce the end of an unattended mail: to its sender, and a hold to the handlers."""

        def letter(kind: str) -> Callable[[str], Letter]:
            return lambda lang: self._due(kind, hold, lang)

        wanted = [self._to_sender(envelope, hold.hold_id, letter("expiring"))]
        if hold.verdict is Verdict.HOLD:
            handlers = self._settings.handlers
            wanted.append(self._send(handlers, hold.hold_id, letter("expiring-handlers")))
        return tuple(mail for mail in wanted if mail is not None)

    def escalated(self, hold: Hold, to: tuple[str, ...]) -> Outgoing | None:
        """Tell the next in the chain that nobody acknowledged a hold; only inside."""
        inside = tuple(address for address in to if self._is_inside(address))
        return self._send(inside, hold.hold_id, lambda lang: self._due("escalated", hold, lang))

    def digest(self, found: digest.Digest) -> Outgoing | None:
        """Tell the handlers once a day how much waits: counts and a link, nothing of a mail."""
        url = self._settings.console_url.rstrip("/")

        def letter(lang: str) -> Letter:
            said = digest.facts(found, lang), digest.sections(found, lang)
            made = self._letter("digest", lang, *said, f"{url}/holds" if url else "")
            return replace(made, link_label=say("digest-link", lang))

        return self._send(self._settings.handlers, found.day.isoformat(), letter)

    def _due(self, kind: str, hold: Hold, lang: str) -> Letter:
        """Counts and a link, nothing of the mail itself."""
        facts = (
            (say("fact-received", lang), moment(hold.received_at, lang)),
            (say("fact-rule", lang), hold.rule),
            (say("fact-hold", lang), hold.hold_id),
            (say("fact-expires", lang), moment(hold.expires_at, lang)),
        )
        link = "" if kind == "expiring" else self._hold_page(hold.hold_id)
        return self._letter(kind, lang, facts, (_next(lang, f"{kind}-next"),), link)

    def _settled(
        self,
        kind: str,
        hold: Hold,
        envelope: Envelope,
        *steps: str,
        reason: str = "",
        code: str = "",
    ) -> Outgoing | None:
        def letter(lang: str) -> Letter:
            word = text("desk", f"reason-{code}", lang) if code else ""
            told = tuple(Item(shown(w, SENTENCE_LIMIT)) for w in (word, reason) if w.strip())
            return self._letter(
                kind,
                lang,
                facts=(
                    (say("fact-received", lang), moment(hold.received_at, lang)),
                    # A corrected hold goes elsewhere: these are not who it is sent to.
                    (say("fact-to-first", lang), addresses(hold.recipients, lang)),
                    (say("fact-hold", lang), hold.hold_id),
                ),
                sections=(
                    Section(say("rejected-why", lang), told),
                    _next(lang, *steps),
                ),
            )

        return self._to_sender(envelope, hold.hold_id, letter)

    # -------------------------------------------------- from letter to mail

    def _letter(
        self, kind: str, lang: str, facts: _Facts, sections: tuple[Section, ...], link: str = ""
    ) -> Letter:
        return Letter(
            lang=lang,
            title=say(f"{kind}-title", lang),
            lead=say(f"{kind}-lead", lang),
            facts=facts,
            sections=sections,
            link_label=say("link", lang),
            link=link,
            closing=say("closing-handlers" if kind in _TO_HANDLERS else "closing", lang),
        )

    def _hold_page(self, hold_id: str) -> str:
        url = self._settings.console_url.rstrip("/")
        return f"{url}/holds/{quote(hold_id, safe='')}" if url else ""

    def _sender_page(self, token: str) -> str:
        url = self._settings.sender_url.rstrip("/")
        return f"{url}/m/{quote(token, safe='')}" if url and token else ""

    def _to_sender(
        self, envelope: Envelope, reference: str, letter: Callable[[str], Letter]
    ) -> Outgoing | None:
        inside = self._is_inside(envelope.mail_from)
        return self._send((envelope.mail_from,), reference, letter) if inside else None

    def _send(
        self, to: tuple[str, ...], reference: str, letter: Callable[[str], Letter]
    ) -> Outgoing | None:
        if not to or not self._settings.enabled:
            return None
        content = compose(
            [letter(lang) for lang in self._settings.languages],
            sender=self._settings.sender,
            sender_name=self._sender_name(),
            to=to,
            reference=reference,
            now=self._clock(),
        )
        return Outgoing(kind="notice", mail_from="", rcpt_tos=to, content=content)

    def _sender_name(self) -> str:
        lang = self._settings.languages[0]
        organisation = self._settings.organisation.get(lang, "")
        key = "from-name" if organisation else "from-name-plain"
        return say(key, lang, organisation=organisation)

    def _is_inside(self, address: str) -> bool:
        local, _, domain = address.rpartition("@")
        labels = domain.lower().split(".")
        suffixes = (".".join(labels[n:]) for n in range(len(labels)))
        return bool(local) and any(s in self._settings.internal_domains for s in suffixes)


# ------------------------------------------------------------------ parts of a letter


def _mail_facts(
    submission: Submission, recipients: Sequence[str], inspection: Inspection, lang: str
) -> _Facts:
    subject = shown(inspection.headers.subject)
    return (
        (say("fact-received", lang), moment(submission.received_at, lang)),
        (say("fact-to", lang), addresses(recipients, lang)),
        *(((say("fact-subject", lang), subject),) if subject else ()),
    )


def _park_facts(park: Park, lang: str) -> _Facts:
    due = ((say("fact-expires", lang), moment(park.expires_at, lang)),) if park.expires_at else ()
    return ((say("fact-hold", lang), park.hold_id), *due)


def _explanation(
    kind: str, inspection: Inspection, rulings: Sequence[Ruling], lines: Lines, lang: str
) -> tuple[Section, ...]:
    # The law last: it is why a number is a matter at all, not what happened here.
    law = [say("law", lang)] if inspection.persons.likely else []
    why = [shown(line, SENTENCE_LIMIT) for line in lines.get(lang, ())] + law
    return (doubtful(rulings, lang), Section(say(f"{kind}-why", lang), items(why)))


def _next(lang: str, *keys: str) -> Section:
    return Section(say("next-heading", lang), items(say(key, lang) for key in keys))


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
