"""What the parameters behind a path mean, and which were offered (RFC 5321 4.1.1.11).

Answers: ``MailOptions`` of a MAIL; the DSN parameters of a RCPT. Those of DSN are checked
and then passed through verbatim: their meaning is the next hop's business.
Trusts: nothing; a value that another server could read otherwise is refused.
Fails: ``PathError`` with the reply to give: 555 for a parameter that was not offered, 501
for a value that is none.
Standards: RFC 1870 (SIZE), 6152 (8BITMIME), 6531 and 6533 (SMTPUTF8), 3461 (DSN).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from gateway.smtp import replies
from gateway.smtp.grammar import Path, PathError

EIGHT_BIT, UTF8, DSN = "8BITMIME", "SMTPUTF8", "DSN"
PASSED_ON = (EIGHT_BIT, UTF8, DSN)  # offered only when the next hop offers them, in this order

_ENVID_CHARS, _ORCPT_CHARS = 100, 500  # RFC 3461 4.4 and 4.2

# xtext stands for printable ASCII only; a coded control character is a smuggled one.
_XTEXT = re.compile(r"(?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+(?:[2-6][0-9A-F]|7[0-9A-E]))+")
_UTF8_XTEXT = re.compile(
    r"(?:[\x21-\x2a\x2c-\x3c\x3e-\x7e\u00a0-\U0010ffff]|\+(?:[2-6][0-9A-F]|7[0-9A-E]))+"
)
_ADDRESS_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_WHEN = frozenset({"SUCCESS", "FAILURE", "DELAY"})
_SIZE = re.compile(r"[0-9]{1,20}")
_Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class MailOptions:
    """What the parameters of one MAIL ask for."""

    size_bytes: int = 0  # as declared; 0 when it was not
    body: str = ""  # "", "7BIT" or "8BITMIME"
    smtputf8: bool = False
    dsn: tuple[str, ...] = ()  # verbatim, such as "RET=HDRS"


_NONE = MailOptions()


def mail_options(path: Path, offered: Collection[str], limit_bytes: int) -> MailOptions:
    """Read the parameters of a MAIL.

    Args:
        offered: of ``PASSED_ON``, what this client was told in EHLO; SIZE always is.
        limit_bytes: the largest mail that is taken.
    """
    given = path.parameters
    if not given:
        if not path.address.isascii():
            raise PathError(replies.NEED_UTF8)
        return _NONE
    options = MailOptions(
        _size(given.get("SIZE"), limit_bytes),
        _body(given.get("BODY"), offered),
        _utf8(given.get("SMTPUTF8"), path, offered),
        tuple(_dsn(given, offered, {"RET": _is_ret, "ENVID": _is_envid})),
    )
    if given.keys() - {"SIZE", "BODY", "SMTPUTF8", "RET", "ENVID"}:
        raise PathError(replies.BAD_PARAMETER)
    return options


def rcpt_options(path: Path, offered: Collection[str], *, smtputf8: bool) -> tuple[str, ...]:
    """Read the parameters of a RCPT; DSN's, verbatim."""
    if not smtputf8 and not path.address.isascii():
        raise PathError(replies.NEED_UTF8)
    given = path.parameters
    if not given:
        return ()
    if given.keys() - {"NOTIFY", "ORCPT"}:
        raise PathError(replies.BAD_PARAMETER)
    is_orcpt = _is_utf8_orcpt if smtputf8 else _is_orcpt
    return tuple(_dsn(given, offered, {"NOTIFY": _is_notify, "ORCPT": is_orcpt}))


def _size(value: str | None, limit_bytes: int) -> int:
    if value is None:
        return 0
    if not _SIZE.fullmatch(value):
        raise PathError(replies.BAD_VALUE)
    if int(value) > limit_bytes:
        raise PathError(replies.TOO_BIG)
    return int(value)


def _body(value: str | None, offered: Collection[str]) -> str:
    if value is None:
        return ""
    body = value.upper()
    if EIGHT_BIT not in offered or body not in ("7BIT", "8BITMIME"):
        raise PathError(replies.BAD_PARAMETER)
    return body


def _utf8(value: str | None, path: Path, offered: Collection[str]) -> bool:
    if value is None:
        if not path.address.isascii():
            raise PathError(replies.NEED_UTF8)
        return False
    if UTF8 not in offered:
        raise PathError(replies.NO_UTF8)
    if value:
        raise PathError(replies.BAD_VALUE)
    return True


def _dsn(given: dict[str, str], offered: Collection[str], known: dict[str, _Check]) -> list[str]:
    found = [keyword for keyword in given if keyword in known]
    if found and DSN not in offered:
        raise PathError(replies.BAD_PARAMETER)
    if not all(known[keyword](given[keyword]) for keyword in found):
        raise PathError(replies.BAD_VALUE)
    return [f"{keyword}={given[keyword]}" for keyword in found]


def _is_ret(value: str) -> bool:
    return value.upper() in ("FULL", "HDRS")


def _is_envid(value: str) -> bool:
    return len(value) <= _ENVID_CHARS and _XTEXT.fullmatch(value) is not None


def _is_notify(value: str) -> bool:
    """NEVER alone, or any of the others once (RFC 3461 4.1)."""
    words = value.upper().split(",")
    return words == ["NEVER"] or (len(set(words)) == len(words) and _WHEN.issuperset(words))


def _is_orcpt(value: str, xtext: re.Pattern[str] = _XTEXT) -> bool:
    kind, _, address = value.partition(";")
    return (
        len(value) <= _ORCPT_CHARS
        and _ADDRESS_TYPE.fullmatch(kind) is not None
        and xtext.fullmatch(address) is not None
    )


def _is_utf8_orcpt(value: str) -> bool:
    return _is_orcpt(value, _UTF8_XTEXT)
