"""What the header says to people: facts for the decision, texts for detection.

Answers: subject and addresses; as ``fields`` every header in which a person writes; and as
``trace`` every header at all in which digits stand close enough for a number. Programs
fill theirs with digits that mean nothing, so of a trace only a label of its own counts.
Trusts: nothing.
Fails: never.
Standards: RFC 5322 3.6.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from gateway.message.addresses import addresses
from gateway.message.header import Block
from gateway.message.words import decode_header, step
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
_DIGITS = re.compile(rb"[0-9](?:[^0-9A-Za-z\n]{0,8}[0-9]){9}")
_CODED = re.compile(rb"=\?|%[0-9A-Fa-f]{2}|[\x1b\x80-\xff]")
_SHORTEST = 12  # a value with a label and a number is longer
_CODED_ADDRESS = re.compile(rb"\?=[^\s<>?]*@|<[^<>]*(?:=\?|[\x1b\x80-\xff])")
_LABEL = re.compile(rb"(?i)num|nmbr|bang|my[\s_-]{0,2}n")  # stems of the labels in Latin letters
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
        reply_to=_addresses(block.all(b"reply-to")),
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


def trace(block: Block, at: Place) -> list[Field]:
    """Return every header whose value could hold a number, addresses and parameters included."""
    found: list[Field] = []
    for name, raw in block.fields:
        if name not in _TEXTS and _could_name(raw, name in _PEOPLE):
            place = at / "headers" / step(name.decode("ascii"))
            value = decode_header(raw)
            found += [Field(place, "", text) for text in dict.fromkeys((value, unquote(value)))]
    return found


def _could_name(raw: bytes, people: bool) -> bool:
    """Whether a header could hold a labelled number that ``fields`` does not give."""
    if len(raw) < _SHORTEST:
        return False
    if _DIGITS.search(raw) and _LABEL.search(raw):
        return True
    return (_CODED_ADDRESS if people else _CODED).search(raw) is not None


def _names(value: str) -> str:
    """Return display names and comments, without the addresses between them."""
    words = _APART.split(_ANGLE.sub(" ", value))
    return " ".join(word for word in words if word and "@" not in word)


def _addresses(values: list[bytes]) -> tuple[str, ...]:
    unfolded = (_FOLD.sub(b"", value).decode("utf-8", "replace") for value in values)
    return tuple(address for text in unfolded for address in addresses(text))
