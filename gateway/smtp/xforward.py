"""XFORWARD: a mail server tells whom it has the mail from (Postfix, XFORWARD_README).

Answers: the attributes of one command, and the ``Client`` that they describe.
Trusts: that the caller asked whether this peer may say so. The values go into records and
policy, never into the choice of who may connect.
Fails: ``PathError`` with 501 for a name or value that is none.
XCLIENT, which would change who is let in, is not offered at all.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace

from gateway.model import Client
from gateway.smtp.grammar import PathError
from gateway.smtp.replies import SYNTAX_XFORWARD

ATTRIBUTES = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE")

_VALUE_CHARS = 255
_UNKNOWN = ("[UNAVAILABLE]", "[TEMPUNAVAIL]")
_XTEXT = re.compile(r"(?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+[0-9A-Fa-f]{2})*")
_CODED = re.compile(r"\+([0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\xff]")
_NAME = re.compile(r"[A-Za-z0-9._-]*")


def parse(argument: str) -> dict[str, str]:
    """Read ``NAME=pc1.example ADDR=192.0.2.1``; an unknown value is ""."""
    found: dict[str, str] = {}
    for word in filter(None, argument.split(" ")):
        name, equals, value = word.partition("=")
        name = name.upper()
        if not equals or name not in ATTRIBUTES or name in found:
            raise PathError(SYNTAX_XFORWARD)
        found[name] = _value(name, value)
    if not found:
        raise PathError(SYNTAX_XFORWARD)
    return found


def describe(told: dict[str, str], peer: Client) -> Client:
    """The client that a mail is really from, as far as ``peer`` told."""
    if not told:
        return peer
    return replace(
        peer,
        address=told.get("ADDR") or peer.address,
        port=int(told.get("PORT") or 0),
        helo=told.get("HELO") or peer.helo,
        identity=told.get("NAME", ""),
    )


def _value(name: str, coded: str) -> str:
    if coded.upper() in _UNKNOWN:
        return ""
    if not _XTEXT.fullmatch(coded):
        raise PathError(SYNTAX_XFORWARD)
    value = _CODED.sub(lambda pair: chr(int(pair[1], 16)), coded)
    if len(value) > _VALUE_CHARS or _CONTROL.search(value) or not _fits(name, value):
        raise PathError(SYNTAX_XFORWARD)
    return str(_address(value)) if name == "ADDR" else value


def _fits(name: str, value: str) -> bool:
    if name == "ADDR":
        return _address(value) is not None
    if name == "PORT":
        return value.isdigit() and len(value) <= 5 and int(value) <= 65535
    if name == "NAME":
        return _NAME.fullmatch(value) is not None
    if name == "SOURCE":
        return value.upper() in ("LOCAL", "REMOTE")
    return True


def _address(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An IPv4 address, or an IPv6 address behind ``IPV6:``."""
    try:
        if value[:5].upper() == "IPV6:":
            return ipaddress.IPv6Address(value[5:])
        return ipaddress.IPv4Address(value)
    except ValueError:
        return None
