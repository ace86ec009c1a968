"""What the header says to people: facts for the decision, texts for detection.

Answers: subject and addresses; and as fields every header in which a person writes.
Message-ID, Received, References and X- headers are made by programs and full of digits
that mean nothing, so they are no fields.
Trusts: nothing.
Fails: never.
Standards: RFC 5322 3.6.
"""

from __future__ import annotations

import re

from gateway.message.addresses import addresses
from gateway.message.header import Block
from gateway.message.words import decode_header
from gateway.model import Field, HeaderFacts, Place

_TEXTS = {
    b"subject": "Subject",
    b"comments": "Comments",
    b"keywords": "Keywords",
    b"thread-topic": "Thread-Topic",
    b"content-description": "Content-Description",
}
_PEOPLE = {b"from": "From", b"to": "To", b"cc": "Cc", b"reply-to": "Reply-To", b"sender": "Sender"}
_RECIPIENTS = (b"to", b"cc", b"bcc")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_ANGLE = re.compile(r"<[^<>]*>")
_APART = re.compile(r"[\s,;:\"]+")


def facts(block: Block, told: list[Field]) -> HeaderFacts:
    """Return what the decision may know of a mail's header; ``told``: its ``fields``."""
    message_id = block.get(b"message-id") or b""
    return HeaderFacts(
        subject=next((f.value for f in told if f.label == _TEXTS[b"subject"]), ""),
        header_from=_addresses(block.all(b"from")),
        recipients=_addresses([v for name in _RECIPIENTS for v in block.all(name)]),
        message_id=message_id.strip().decode("ascii", "replace"),
    )


def fields(block: Block, at: Place) -> list[Field]:
    """Return the headers in which people write, decoded; addresses are left out."""
    found: list[Field] = []
    for name, raw in block.fields:
        if label := _TEXTS.get(name):
            value = decode_header(raw)
        elif label := _PEOPLE.get(name, ""):
            value = _names(decode_header(raw))
        else:
            continue
        if value:
            found.append(Field(at / "headers" / label, label, value))
    return found


def _names(value: str) -> str:
    """Return display names and comments, without the addresses between them."""
    words = _APART.split(_ANGLE.sub(" ", value))
    return " ".join(word for word in words if word and "@" not in word)


def _addresses(values: list[bytes]) -> tuple[str, ...]:
    unfolded = (_FOLD.sub(b"", value).decode("utf-8", "replace") for value in values)
    return tuple(address for text in unfolded for address in addresses(text))
