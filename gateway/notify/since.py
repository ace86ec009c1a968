"""Notices on a mail that waits, and on what people and clocks did with it.

Answers: ``Since``, one method each, to the sender, the handlers and the chain of escalation.
Trusts: a hold as the store shows it, masked; what a person wrote is masked here.
Fails: never; ``None`` where nobody may be told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.i18n import text
from gateway.model import Envelope, Hold, Outgoing, Verdict
from gateway.notify import digest
from gateway.notify.addressees import addresses
from gateway.notify.letter import SENTENCE_LIMIT, Item, Letter, Section, moment, say, shown
from gateway.notify.writing import Writing, next_steps
from gateway.store import TrustAsked


class Since(Writing):
    """What is written after a mail was parked."""

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
                sections=(next_steps(lang, "handlers-expires"),),
                link=self._hold_page(hold.hold_id),
            )

        return self._send(self._settings.handlers, hold.hold_id, letter)

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

    def trust_answered(
        self, hold: Hold, envelope: Envelope, wanted: TrustAsked, reason: str, approved: bool
    ) -> Outgoing | None:
        """Tell the sender what a handler says to the recipient that he wants trusted."""
        kind = "trust-approved" if approved else "trust-declined"

        def letter(lang: str) -> Letter:
            why = (Item(shown(reason, SENTENCE_LIMIT)),) if reason.strip() else ()
            return self._letter(
                kind,
                lang,
                facts=(
                    (say("fact-received", lang), moment(hold.received_at, lang)),
                    (say("fact-trust-domain", lang), shown(wanted.domain)),
                    (say("fact-trust-until", lang), wanted.until.isoformat()),
                    (say("fact-hold", lang), hold.hold_id),
                ),
                sections=(
                    Section(say("rejected-why", lang), why),
                    next_steps(lang, f"{kind}-next"),
                ),
            )

        return self._to_sender(envelope, hold.hold_id, letter)

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
        return self._letter(kind, lang, facts, (next_steps(lang, f"{kind}-next"),), link)

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
                    next_steps(lang, *steps),
                ),
            )

        return self._to_sender(envelope, hold.hold_id, letter)
