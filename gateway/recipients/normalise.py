"""Reads an address: local part, and domain in one canonical form.

Answers: the local part verbatim and the domain as lower-case A-labels without the root
dot, or which of the two is malformed. An address typed with the IME left on (full-width
letters, ``。`` for the dot, ``ー`` for the hyphen) is read as its half-width twin.
Trusts: nothing. Work is bounded by the lengths below before any table is consulted.
Fails: never; a fault is part of the answer.
Standards: RFC 5321 4.1.2 and 4.5.3.1, RFC 6531 3.3, UTS 46 (non-transitional).
Leniency: dots may stand anywhere in a local part (``..a.@``), since Japanese carriers
gave out such addresses until 2009; the next hop has the last word on them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

import idna

from gateway import reasons

LOCAL_OCTETS = 64  # RFC 5321 4.5.3.1.1
ADDRESS_OCTETS = 254  # RFC 5321 4.5.3.1.3: a path of 256 with its angle brackets
REMEMBERED = 4096  # addresses that were read last
DOMAIN_OCTETS = 253  # RFC 1035 3.1 as text; RFC 5321 4.5.3.1.2 allows 255 on the wire

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\Z")
_LENIENT = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*\Z")  # kansai-.ac.jp: a letter lost
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u0080-\ud7ff\ue000-\U0010ffff-]+\Z")
_QUOTED = re.compile(
    r'"(?:[ !#-\[\]-~\u00a0-\ud7ff\ue000-\U0010ffff]|\\[ -~])*"\Z'  # RFC 5321 quoted-string
)
_LONG_DASH = re.compile("[\u30fc\uff70\u2010-\u2015\u2212]")  # what an IME writes for '-'
_NOT_HOST = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain as it was typed, read."""

    name: str = field(repr=False)  # lower-case A-labels; "" when malformed
    full_width: bool = False  # typed with the IME left on, and ASCII when folded

    @property
    def malformed(self) -> bool:
        return not self.name


@dataclass(frozen=True, slots=True)
class Address:
    """One address, read. Either part can hold a number, so ``repr`` shows neither."""

    local: str = field(repr=False)  # verbatim, quotes included; "" when malformed
    typed: str = field(repr=False)  # the domain verbatim; "" when malformed
    domain: Domain = field(repr=False)
    fault: str = ""  # ADDRESS_MALFORMED, DOMAIN_MALFORMED or ""


@lru_cache(maxsize=REMEMBERED)
def read_address(address: str) -> Address:
    """Split an address (no angle brackets) and bring its domain into canonical form.

    The last ones are remembered: on its way a mail's addresses are read a few times each.
    """
    local, at, typed = address.rpartition("@")
    if not at or not typed or not _sound_local(local) or _octets(address) > ADDRESS_OCTETS:
        return Address("", "", Domain(""), reasons.ADDRESS_MALFORMED)
    domain = read_domain(typed)
    return Address(local, typed, domain, reasons.DOMAIN_MALFORMED if domain.malformed else "")


def read_domain(typed: str) -> Domain:
    """Bring a domain into canonical form: UTS 46, case, one root dot.

    >>> read_domain("ＥＸＰ。ＣＯ。ＪＰ").name
    'exp.co.jp'
    """
    if len(typed) > DOMAIN_OCTETS + 1:  # before UTS 46: its tables cost per character
        return Domain("")
    if typed.isascii():
        return _sound(typed.lower(), full_width=False)
    dashed = _LONG_DASH.sub("-", typed)  # 'ー' is a letter of Japanese names, a slip in others
    if unicodedata.normalize("NFKC", dashed).replace("\u3002", ".").isascii():
        return _sound(_to_ascii(dashed), full_width=True)
    return _sound(_to_ascii(typed), full_width=False)


def salvage(typed: str) -> tuple[str, ...]:
    """Return the sound names that a malformed domain may have stood for, likeliest first.

    ``exp,co.jp`` and ``exp..co.jp`` are read with a dot in the gap, ``ex p.co.jp`` without.
    An address literal stands for no name.
    """
    if len(typed) > DOMAIN_OCTETS + 1 or (typed.startswith("[") and typed.endswith("]")):
        return ()
    flat = unicodedata.normalize("NFKC", typed).lower()
    dotted = _NOT_HOST.sub(".", flat).strip(".")
    closed = ".".join(_NOT_HOST.sub("", part) for part in flat.split(".") if part)
    return tuple(n for n in dict.fromkeys((dotted, closed)) if _LENIENT.match(n))


def _sound_local(local: str) -> bool:
    if not local or _octets(local) > LOCAL_OCTETS:
        return False
    return (_QUOTED if local[0] == '"' else _ATOM).match(local) is not None


def _sound(name: str, *, full_width: bool) -> Domain:
    name = name.removesuffix(".")
    if len(name) > DOMAIN_OCTETS or not _HOST.match(name):
        return Domain("")
    return Domain(name, full_width)


def _to_ascii(typed: str) -> str:
    """A-labels of a domain that is not ASCII; "" when UTS 46 or IDNA 2008 refuses it."""
    try:
        return idna.encode(typed, uts46=True, std3_rules=True).decode("ascii").lower()
    except UnicodeError:  # idna.IDNAError is one
        return ""


def _octets(text: str) -> int:
    """Length on the wire; a lone surrogate counts as three."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
