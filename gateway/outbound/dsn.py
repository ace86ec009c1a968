"""The delivery status notification for a released mail that could not be delivered.

Answers: a whole report from ``<>`` to the original sender, human part in Japanese and
English; ``None`` where the original came from ``<>`` (RFC 5321 section 6.1).
Trusts: nothing. Of the original nothing is returned, neither subject nor headers nor body
(law 4); addresses and the next hop's replies are masked in every part.
Fails: never.
Standards: RFC 3464, RFC 6522 (multipart/report; the third part is optional), RFC 6533
(addresses beyond ASCII), RFC 3834.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import SMTP
from email.utils import format_datetime

from gateway import i18n
from gateway.ids import new_id
from gateway.masking import mask
from gateway.model import Outgoing, Reply

_CATALOGUE = "notify"
_NOBODY = "undisclosed-recipients:;"
_RULE = f"\n{'-' * 64}\n\n"
_REPLY_LIMIT = 200  # characters of a reply's text
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)


def dsn(
    mail_from: str,
    failed: Sequence[tuple[str, Reply]],
    reporting_mta: str,
    arrived_at: datetime,
    queue_id: str,
) -> Outgoing | None:
    """Return the report that a mail could not be delivered, for the durable queue.

    Args:
        mail_from: the original's envelope sender; ``""`` is ``<>``.
        failed: each recipient that failed for good, with the last reply about it.
        reporting_mta: our own host name.
        arrived_at: when the original reached us; aware.
        queue_id: the original's name with us.
    """
    if not mail_from:
        return None
    # A boundary of our own: the library's is nineteen digits long, and inspectors look at it.
    report = MIMEMultipart("report", new_id(), report_type="delivery-status", policy=SMTP)
    report["From"] = f"MAILER-DAEMON@{reporting_mta}"
    report["To"] = _to_header(mail_from)
    report["Subject"] = f"{_title()} [{queue_id}]"
    report["Date"] = format_datetime(datetime.now(UTC))
    report["Message-ID"] = f"<{new_id()}@{reporting_mta}>"
    report["Auto-Submitted"] = "auto-replied"
    report.attach(_for_people(failed, queue_id))
    report.attach(_for_machines(failed, reporting_mta, arrived_at, queue_id))
    return Outgoing("dsn", "", (mail_from,), report.as_bytes())


# ------------------------------------------------------------------ for people


def _title() -> str:
    return " / ".join(i18n.text(_CATALOGUE, "dsn-title", lang) for lang in i18n.languages())


def _for_people(failed: Sequence[tuple[str, Reply]], queue_id: str) -> Message:
    part = EmailMessage(policy=SMTP)
    words = [_words(failed, queue_id, lang) for lang in i18n.languages()]
    part.set_content(_RULE.join(words), cte="base64")
    return part


def _words(failed: Sequence[tuple[str, Reply]], queue_id: str, lang: str) -> str:
    def say(key: str, **values: object) -> str:
        return i18n.text(_CATALOGUE, key, lang, **values)

    def answer(address: str, reply: Reply) -> str:
        return say("dsn-reply", address=_masked(address), reply=_masked(str(reply)))

    return "\n".join(
        [
            say("dsn-title"),
            "",
            say("dsn-lead"),
            *(f"- {answer(address, reply)}" for address, reply in failed),
            "",
            say("dsn-next"),
            f"{say('fact-queue')}: {queue_id}",
            "",
        ]
    )


# ------------------------------------------------------------------ for machines


def _for_machines(
    failed: Sequence[tuple[str, Reply]], reporting_mta: str, arrived_at: datetime, queue_id: str
) -> Message:
    """Build message/delivery-status: one group of fields for the mail, one a recipient."""
    part = MIMENonMultipart("message", "delivery-status", policy=SMTP)
    of_mail = {
        "Reporting-MTA": f"dns; {reporting_mta}",
        "X-Sekisho-Queue-ID": queue_id,
        "Arrival-Date": format_datetime(arrived_at.astimezone(UTC)),
    }
    groups = [of_mail, *(_of_recipient(address, reply) for address, reply in failed)]
    part.set_payload([_group(fields) for fields in groups])
    return part


def _of_recipient(address: str, reply: Reply) -> dict[str, str]:
    kind = "rfc822" if address.isascii() else "utf-8"
    return {
        "Final-Recipient": f"{kind}; {_ascii(address)}",
        "Action": "failed",
        "Status": _status(reply),
        "Diagnostic-Code": f"smtp; {_ascii(str(reply))}",
    }


def _group(fields: dict[str, str]) -> Message:
    group = Message(policy=SMTP)
    for name, value in fields.items():
        group[name] = value
    return group


def _status(reply: Reply) -> str:
    """The reply's enhanced code, or the undefined one of its class (RFC 3463 section 3.1)."""
    known = _ENHANCED.fullmatch(reply.enhanced)
    return known.group() if known else f"{reply.code // 100}.0.0"


# ------------------------------------------------------------------ strings from outside


def _masked(text: str) -> str:
    """One line, no digit of a number, not too long; cut last, since a cut could part one."""
    visible = "".join(c if c.isprintable() else " " for c in text[: _REPLY_LIMIT * 2])
    return mask(visible)[:_REPLY_LIMIT]


def _ascii(text: str) -> str:
    """The same in ASCII; other characters as RFC 6533 section 3 writes them: ``\\x{6771}``."""
    return "".join(c if c.isascii() else f"\\x{{{ord(c):X}}}" for c in _masked(text))


def _to_header(address: str) -> str:
    return address if address.isascii() and _masked(address) == address else _NOBODY
