"""What an answer of DNS means for a judgement by names.

Answers: ``weigh``: the recipient with ``dns``, perhaps another strength or class, and the
reason. A pure function.
Trusts: no answer enough for a pass. Servers in common with the name meant, or that name's own
word (its MX, SPF or DMARC record names the one in doubt), lower a look-alike to ``possible``,
which asks the sender, and no further: whoever holds a domain also chooses what its DNS says,
to us and later to the next hop. What a doubtful name says of itself in SPF or DMARC is no
evidence, and is not asked.
Fails: never; without an answer the judgement stays as it was.
"""

from __future__ import annotations

from dataclasses import replace

from gateway import reasons
from gateway.model import Confidence, Recipient, RecipientClass
from gateway.recipients.names import split
from gateway.resolve.answers import Mail, Owner, Route, Sworn
from gateway.resolve.providers import collects, parks, shared_mail, shared_names

_NO_MAIL = {
    Mail.NONEXISTENT: reasons.DNS_NONEXISTENT,
    Mail.NO_MAIL: reasons.DNS_NO_MAIL,
    Mail.NULL_MX: reasons.DNS_NO_MAIL,
}
_RAISED = {  # what it is, and how sure a resemblance is with it, at least
    Mail.COLLECTOR: (reasons.DNS_COLLECTOR, Confidence.CERTAIN),
    Mail.PARKED: (reasons.DNS_PARKED, Confidence.LIKELY),
    Mail.ADDRESS_ONLY: (reasons.DNS_ADDRESS_ONLY, Confidence.LIKELY),
    Mail.NONEXISTENT: (reasons.DNS_NONEXISTENT, Confidence.LIKELY),
    Mail.NO_MAIL: (reasons.DNS_NO_MAIL, Confidence.LIKELY),
    Mail.NULL_MX: (reasons.DNS_NO_MAIL, Confidence.LIKELY),
}
_SUSPECT = {Mail.COLLECTOR: Confidence.LIKELY, Mail.PARKED: Confidence.POSSIBLE}


def weigh(recipient: Recipient, told: Sworn) -> Recipient:
    """Return the recipient as names and DNS together judge it."""
    meaning = _meaning(recipient, told)
    seen = replace(recipient, dns=meaning.value)
    if recipient.recipient_class is RecipientClass.LOOK_ALIKE:
        return _look_alike(seen, meaning, vouched=_vouched_for(seen.domain, told))
    return _stranger(seen, meaning)


def _meaning(recipient: Recipient, told: Sworn) -> Mail:
    """The one word for all that was learnt, the most telling first."""
    mail, exchanges = told.route.mail, told.route.exchanges
    if exchanges and any(map(collects, exchanges)):
        return Mail.COLLECTOR
    if mail in _NO_MAIL or mail is Mail.UNKNOWN:
        return mail
    if any(map(parks, told.owner.servers)):
        return Mail.PARKED
    if told.meant_route is not None and (
        _one_owner(recipient.resembles, told) or _vouched_for(recipient.domain, told)
    ):
        return Mail.SAME_OWNER
    return mail


def _one_owner(meant: str, told: Sworn) -> bool:
    """Whether mail or names lie with servers that only the owner of the name meant has."""
    return _same_exchange(meant, told.route, told.meant_route or Route(Mail.UNKNOWN)) or (
        _same_servers(told.owner, told.meant_owner)
    )


def _vouched_for(domain: str, told: Sworn) -> bool:
    """Whether the name meant itself sends its mail, or reports on it, to the one in doubt."""
    name = split(domain)
    whole = name.organisation if name else domain
    named = told.meant_names | (told.meant_route.exchanges if told.meant_route else frozenset())
    return any(host == whole or host.endswith(f".{whole}") for host in named)


def _same_exchange(meant: str, one: Route, other: Route) -> bool:
    """All its MX hosts are the other's, or within the other's own name, and none is shared."""
    private = [h for h in one.exchanges if not shared_mail(h)]
    if not private or len(private) < len(one.exchanges):
        return False
    within = all(h == meant or h.endswith(f".{meant}") for h in private)
    return within or one.exchanges == other.exchanges


def _same_servers(one: Owner, other: Owner) -> bool:
    """The very same name servers, none of them a registrar's, and the same hand behind them."""
    if not one.servers or one.servers != other.servers or any(map(shared_names, one.servers)):
        return False
    return (one.master, one.contact) == (other.master, other.contact)


def _look_alike(recipient: Recipient, meaning: Mail, *, vouched: bool) -> Recipient:
    if meaning is Mail.SAME_OWNER:
        why = reasons.DNS_VOUCHED if vouched else reasons.DNS_SAME_OWNER
        return replace(recipient, strength=Confidence.POSSIBLE, reasons=(*recipient.reasons, why))
    if meaning not in _RAISED:
        return recipient
    reason, least = _RAISED[meaning]
    now = recipient.strength or least
    return replace(
        recipient,
        strength=now if now.reaches(least) else least,
        reasons=(*recipient.reasons, reason),
    )


def _stranger(recipient: Recipient, meaning: Mail) -> Recipient:
    """A first-time name: perhaps it takes no mail at all, or takes everybody's."""
    if meaning in _NO_MAIL:
        return replace(
            recipient, recipient_class=RecipientClass.NONEXISTENT, reasons=(_NO_MAIL[meaning],)
        )
    if meaning in _SUSPECT:
        strength = _SUSPECT[meaning]
        return replace(
            recipient,
            recipient_class=RecipientClass.LOOK_ALIKE,
            strength=strength,
            score=float(strength.rank),
            reasons=(_RAISED[meaning][0], *recipient.reasons),
        )
    return recipient
