"""From a letter to a mail, and who may be told at all.

Answers: ``NotifySettings``, and ``Writing``, which every kind of notice is built on.
Trusts: the settings; the envelope sender is told only if it lies inside the organisation,
since anything else could be forged or be a mailing list far away.
Fails: never; ``None`` where nobody may be told.
Standards: RFC 3834 section 3.3: the reverse-path is null, so that a notice which cannot
be delivered bounces to nobody, and two automatons cannot answer each other without end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from gateway.model import Envelope, Outgoing
from gateway.notify.letter import Letter, Section, items, say
from gateway.notify.mail import compose

Facts = tuple[tuple[str, str], ...]  # label and value
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


class Writing:
    """Writes notices; ``clock`` gives the aware time for their Date."""

    def __init__(
        self, settings: NotifySettings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._settings = settings
        self._clock = clock

    def _letter(
        self, kind: str, lang: str, facts: Facts, sections: tuple[Section, ...], link: str = ""
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


def next_steps(lang: str, *keys: str) -> Section:
    """What happens now, by sentences of the catalogue."""
    return Section(say("next-heading", lang), items(say(key, lang) for key in keys))
