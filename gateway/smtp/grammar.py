"""Strict paths and parameters of MAIL and RCPT (RFC 5321 4.1.2, RFC 6531, RFC 1870).

Answers: the address of a path, verbatim and without its angle brackets, and the
parameters behind it.
Trusts: nothing. aiosmtpd's own parser repairs what it reads (drops comments and routes,
accepts control characters); here what cannot be sent on unchanged is refused.
Fails: ``PathError`` with the reply to give. Source routes are refused: RFC 5321 lets a
server do that, and nobody sends them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.model import Reply

LOCAL_OCTETS, DOMAIN_OCTETS, PATH_OCTETS = 64, 255, 254  # RFC 5321 4.5.3.1

# Dots anywhere in the local part are wrong by the grammar, but Japanese carriers gave out
# addresses such as a..b.@docomo.ne.jp for years; they pass through unchanged.
_DOT_STRING = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u0080-\U0010ffff-]+"
_QUOTED = r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e\u0080-\U0010ffff]|\\[\x20-\x7e])*"'
_LETDIG = r"[A-Za-z0-9_\u0080-\U0010ffff]"
_LABEL = rf"{_LETDIG}(?:[A-Za-z0-9_\u0080-\U0010ffff-]*{_LETDIG})?"
_DOMAIN = rf"(?:{_LABEL}(?:[.\u3002\uff0e]{_LABEL})*\.?|\[[A-Za-z0-9:.]+\])"
_PATH = re.compile(rf"<(?:({_DOT_STRING}|{_QUOTED})@({_DOMAIN})|(postmaster))?>", re.IGNORECASE)
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([\x21-\x3c\x3e-\x7e\u0080-\U0010ffff]+))?")

SYNTAX_MAIL = Reply(501, "5.5.4", "Syntax: MAIL FROM:<address> [parameters]")
SYNTAX_RCPT = Reply(501, "5.5.4", "Syntax: RCPT TO:<address> [parameters]")
BAD_SENDER = Reply(553, "5.1.7", "The sender's address is malformed")
BAD_RECIPIENT = Reply(553, "5.1.3", "The recipient's address is malformed")


class PathError(Exception):
    """A path or its parameters cannot be taken; ``reply`` says so to the client."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply.code))
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Path:
    """One parsed path. ``address`` is "" for the null reverse-path."""

    address: str
    parameters: dict[str, str]  # upper-case keyword → value, "" when it has none

    def __repr__(self) -> str:
        return "<Path>"


def parse_mail(argument: str) -> Path:
    """Parse what follows ``MAIL``, such as ``FROM:<a@example.jp> SIZE=100``."""
    return _parse(argument, "FROM:", SYNTAX_MAIL, BAD_SENDER, null=True)


def parse_rcpt(argument: str) -> Path:
    """Parse what follows ``RCPT``, such as ``TO:<b@example.com>``."""
    return _parse(argument, "TO:", SYNTAX_RCPT, BAD_RECIPIENT, null=False)


def _parse(argument: str, keyword: str, syntax: Reply, bad: Reply, *, null: bool) -> Path:
    if argument[: len(keyword)].upper() != keyword:
        raise PathError(syntax)
    rest = argument[len(keyword) :].lstrip(" ")  # RFC 5321 forbids the blank; many send it
    found = _PATH.match(rest)
    if found is None:
        raise PathError(bad if rest.startswith("<") else syntax)
    address = _address(found, bad)
    if not address and not null:
        raise PathError(bad)
    return Path(address, _parameters(rest[found.end() :], syntax))


def _address(found: re.Match[str], bad: Reply) -> str:
    local, domain, postmaster = found.groups()
    if local is None:
        return postmaster or ""
    if (
        len(local.encode()) > LOCAL_OCTETS
        or len(domain.encode()) > DOMAIN_OCTETS
        or len(local.encode()) + len(domain.encode()) + 1 > PATH_OCTETS
    ):
        raise PathError(bad)
    return f"{local}@{domain}"


def _parameters(rest: str, syntax: Reply) -> dict[str, str]:
    parameters: dict[str, str] = {}
    if rest and not rest.startswith(" "):
        raise PathError(syntax)
    for word in filter(None, rest.split(" ")):  # other blanks are no separators here
        found = _PARAMETER.fullmatch(word)
        if found is None or found[1].upper() in parameters:
            raise PathError(syntax)
        parameters[found[1].upper()] = found[2] or ""
    return parameters
