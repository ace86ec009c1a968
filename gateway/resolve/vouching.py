"""Which other names a domain itself names as its own in its mail policies.

Answers: ``spf_names`` and ``dmarc_names``: the domains that one TXT record hands its sending,
or the reports about it, to.
Trusts: nothing in the text; it is cut at a length before it is read, and what is no host name
falls out. Only the record of the name that was *meant* is worth reading: whoever holds a
mistyped name writes ``include:`` of any victim into his own.
Fails: never; another record, or nonsense, names nobody.
Standards: RFC 7208 4.6 and 5 (SPF: include, redirect, a, mx, exists), RFC 7489 6.2 (DMARC:
rua, ruf).
"""

from __future__ import annotations

import re

LONGEST_RECORD = 4096  # characters of one TXT record; longer ones are cut
MOST_NAMES = 50  # taken of one record; SPF allows ten lookups
_SPF_TERM = re.compile(r"\s[+?]?(?:include:|redirect=|a:|mx:)([a-z0-9_.-]+)(?=[\s/]|\Z)")
_REPORTS = re.compile(r"\bru[af]\s*=\s*([^;]*)")
_MAILBOX = re.compile(r"mailto:[^@,;\s]+@([a-z0-9.-]+)")


def spf_names(record: str) -> frozenset[str]:
    """Domains that an SPF record lets send for it; those with macros name nobody.

    >>> sorted(spf_names("v=spf1 include:_spf.exp.com a:mail.exp.net -all"))
    ['_spf.exp.com', 'mail.exp.net']
    """
    text = record[:LONGEST_RECORD].lower()
    if not re.match(r"v=spf1(\s|\Z)", text):
        return frozenset()
    return _first(_SPF_TERM.findall(text))


def dmarc_names(record: str) -> frozenset[str]:
    """Domains at which the reports of a DMARC record are read.

    >>> sorted(dmarc_names("v=DMARC1; p=none; rua=mailto:dmarc@exp.com"))
    ['exp.com']
    """
    text = record[:LONGEST_RECORD].lower()
    if not text.startswith("v=dmarc1"):
        return frozenset()
    return _first([host for uris in _REPORTS.findall(text) for host in _MAILBOX.findall(uris)])


def _first(names: list[str]) -> frozenset[str]:
    return frozenset(name.rstrip(".") for name in names[:MOST_NAMES])
