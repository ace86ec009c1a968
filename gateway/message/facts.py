"""What the header says to people: facts for the decision, texts for detection.

Answers: subject and addresses; and as fields every header in which a person writes.
Message-ID, Received, References and X- headers are made by programs and full of digits
that mean nothing, so they are no fields.
Trusts: nothing.
Fails: never; an address list that cannot be read yields none.
Standards: RFC 5322 3.6.
"""

from __future__ import annotations

import re
from email.utils import getaddresses

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
_ADDRESS = re.compile(r"<[^<>]*>|[^\s<>,;:\"]+@[^\s<>,;:\"]+")


def facts(block: Block) -> HeaderFacts:
    """Return what the decision may know of a mail's header."""
    message_id = block.get(b"message-id") or b""
    return HeaderFacts(
        subject=decode_header(block.get(b"subject") or b""),
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
            value = _ADDRESS.sub(" ", decode_header(raw)).strip(' ,;"')
        else:
            continue
        if value:
            found.append(Field(at / "headers" / label, label, value))
    return found


def _addresses(values: list[bytes]) -> tuple[str, ...]:
    texts = [re.sub(r"\r?\n(?=[ \t])", "", v.decode("utf-8", "replace")).strip() for v in values]
    try:
        pairs = getaddresses(texts)
    except (RecursionError, IndexError, ValueError):  # nested comments, unclosed brackets
        return ()
    return tuple(address for _, address in pairs if "@" in address)
