"""The values that asking DNS yields.

Answers: ``Route`` (how mail to a domain would travel) and ``Owner`` (whose servers hold it).
Trusts: nothing; names are lower case without the final dot.
Fails: never; it is data. It comes from addresses, so ``repr`` shows no name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Mail(StrEnum):
    """What DNS says about mail to a domain; the word in ``address --json``'s ``dns``."""

    NOT_ASKED = "not-asked"  # names and history were enough, or dns.enabled is false
    UNKNOWN = "unknown"  # no answer in time, or a server's failure: the names' judgement stands
    NONEXISTENT = "nonexistent"  # NXDOMAIN
    NO_MAIL = "no-mail"  # it exists, and has neither MX nor address (RFC 5321 5.1)
    NULL_MX = "null-mx"  # it says that it takes no mail (RFC 7505)
    ADDRESS_ONLY = "address-only"  # no MX: a web server or a parked name may take the mail
    MX = "mx"  # it names mail servers
    COLLECTOR = "collector"  # its mail servers collect mail to mistyped names
    PARKED = "parked"  # its name servers are a parking service's
    SAME_OWNER = "same-owner"  # servers of the very name that it resembles, or named by it


@dataclass(frozen=True, slots=True)
class Route:
    """How mail to one domain would travel."""

    mail: Mail
    exchanges: frozenset[str] = field(default=frozenset(), repr=False)  # MX hosts


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose name servers hold a domain; empty where that is not known."""

    servers: frozenset[str] = field(default=frozenset(), repr=False)  # NS hosts
    master: str = field(default="", repr=False)  # SOA mname
    contact: str = field(default="", repr=False)  # SOA rname


@dataclass(frozen=True, slots=True)
class Sworn:
    """What was learnt of a domain in doubt, and of the name it resembles."""

    route: Route
    owner: Owner = Owner()
    meant_route: Route | None = None  # of the name that was probably meant; None: not asked
    meant_owner: Owner = Owner()
    meant_names: frozenset[str] = field(default=frozenset(), repr=False)
    # ^ that the name meant itself names in its SPF and DMARC records
