"""The addresses in an address header, without the names around them.

Answers: the addr-specs of From, To, Cc and their like, in order.
Trusts: nothing. One pass: the standard library's parser takes 20 s for 100 KB of open
brackets, and has taken a display name for an address (CVE-2023-27043).
Fails: never; what is no address is left out.
Standards: RFC 5322 3.4, groups included; an address in a quoted name is no address.
"""

from __future__ import annotations

import re

# One address, perhaps in angle brackets behind words without signs: most values are no more.
_ADDRESS = r"([^\\\"()<>,:;@\s]+@[^\\\"()<>,:;@\s]+)"
_PLAIN = re.compile(rf"\s*(?:[^\\\"()<>,:;@]*<{_ADDRESS}>|{_ADDRESS})\s*")
_SPECIAL = re.compile(r"\\.|[\"()<>,;:]", re.DOTALL)


class _Reader:
    """Collects the mailbox that is being read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[str] = []
        self.bare: list[str] = []  # pieces outside angle brackets and comments
        self.angle = -1  # where an open angle bracket's content starts
        self.start = 0  # where the piece that is being read starts
        self.named = False  # an angle address was found in this mailbox

    def cut(self, at: int) -> None:
        self.bare.append(self.text[self.start : at])

    def finish(self) -> None:
        """End a mailbox at a comma or semicolon."""
        if not self.named:
            self.add("".join(self.bare))
        self.bare, self.named = [], False

    def add(self, address: str) -> None:
        address = address.strip()
        if "@" in address[1:] and not any(c.isspace() for c in address):
            self.found.append(address)


def addresses(text: str) -> tuple[str, ...]:
    """Return the addresses in the value of an address header.

    >>> addresses('"x@no.example, jr" <taro@a.example> (a@c.example), hanako@b.example')
    ('taro@a.example', 'hanako@b.example')
    """
    if plain := _PLAIN.fullmatch(text):
        return (plain[1] or plain[2],)
    reader, quoted, comments = _Reader(text), False, 0
    for met in _SPECIAL.finditer(text):
        sign, at = met[0], met.start()
        if quoted or sign == '"':
            quoted ^= sign == '"'
        elif comments or sign == "(":
            if comments == 0 and reader.angle < 0:
                reader.cut(at)
            comments += (sign == "(") - (sign == ")")
            reader.start = met.end()
        elif reader.angle >= 0:
            if sign == ">":
                reader.add(text[reader.angle : at])
                reader.angle, reader.start, reader.named = -1, met.end(), True
        elif sign == "<":
            reader.angle = met.end()
        elif sign in ",;":
            reader.cut(at)
            reader.finish()
            reader.start = met.end()
        elif sign == ":":  # the name of a group stood before it
            reader.bare, reader.start = [], met.end()
    reader.cut(len(text))
    reader.finish()
    return tuple(reader.found)
