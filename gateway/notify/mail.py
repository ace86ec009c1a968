"""Letters become one mail: text and HTML side by side, all languages in one.

Answers: the bytes of a whole mail with CRLF line ends, 7-bit throughout.
Trusts: the letters to be masked; HTML is escaped here all the same. An address that is
no plain ASCII address, or that could hold a number, stays out of the header.
Fails: never.
Standards: RFC 5322, RFC 2046 section 5.1.4, RFC 3834 section 5 (Auto-Submitted).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.ids import new_id
from gateway.masking import mask
from gateway.notify.letter import Letter

_PLAIN = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}", re.ASCII)
_NOBODY = "undisclosed-recipients:;"

_html = Environment(
    loader=PackageLoader("gateway.notify"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# Plain text must not be escaped: "&amp;" in a sheet's name would be wrong there.
_text = _html.overlay(autoescape=False)


def compose(
    letters: Sequence[Letter],
    *,
    sender: str,
    sender_name: str,
    to: Sequence[str],
    reference: str,
    now: datetime,
) -> bytes:
    """Return a whole mail that says the same in each letter's language.

    Args:
        letters: one a language, in the order they are read.
        sender: our own address, for From and the Message-ID's domain.
        sender_name: display name of From.
        to: recipients for the header.
        reference: our name of the hold, incident or mail, for the subject.
        now: aware time for Date.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(display_name=sender_name, addr_spec=sender)
    mail["To"] = _to_header(to)
    mail["Subject"] = f"{' / '.join(letter.title for letter in letters)} [{reference}]"
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{new_id()}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    mail.set_content(render_text(letters), cte="base64")
    mail.add_alternative(render_html(letters), subtype="html", cte="base64")
    mail["Content-Language"] = ", ".join(letter.lang for letter in letters)
    # The library's boundary is nineteen digits long: an inspector would stop at it.
    mail.set_boundary(new_id())
    return mail.as_bytes()


def render_text(letters: Sequence[Letter]) -> str:
    """Return the letters as plain text."""
    return _text.get_template("notice.txt").render(letters=letters)


def render_html(letters: Sequence[Letter]) -> str:
    """Return the letters as one page of HTML with no outside reference but the link."""
    return _html.get_template("notice.html").render(letters=letters)


def _to_header(addresses: Sequence[str]) -> str:
    showable = [a for a in addresses if _PLAIN.fullmatch(a) and mask(a) == a]
    return ", ".join(showable) if len(showable) == len(addresses) else _NOBODY
