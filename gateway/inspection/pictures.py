"""Pictures that are known to hold no number, so that a signature's logo is read once.

Answers: ``KnownPictures`` (the gateway's memory), ``SeenPictures`` (what one mail's worker is
told of it, and what it claims to have found empty).
Trusts: a worker's claim only for pictures that the gateway itself finds in the mail that the
worker was given, whole or packed in a PDF, and only if that mail came out clean:
docs/security.md says what that is worth.
Fails: never; a picture that is not known is read.
Digests are keyed, with a key of this process: nobody outside can make two pictures that
share one, and no digest means anything to another process.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from gateway.message import parse
from gateway.model import InspectionLimits

DIGEST_BYTES = 16
MOST_CLAIMS = 50  # of one mail
_KEY_BYTES = 16
_OF = ":"  # between what a picture was made of and what it is
_PDF, _PDF_WITHIN = b"%PDF-", 1029
_LARGEST_MAIL = 1024 * 1024  # the gateway takes no larger mail apart to check a claim


@dataclass(slots=True)
class SeenPictures:
    """What is known of pictures while one mail is read."""

    key: bytes = field(default_factory=lambda: os.urandom(_KEY_BYTES), repr=False)
    known: str = ""  # digests of pictures that hold none, in one text: most mails ask for none
    empty: list[str] = field(default_factory=list)  # digests of those met that hold none

    def holds_none(self, content: bytes, packed: bytes = b"") -> bool:
        """Whether this picture is known, or was seen in this mail, to hold no number."""
        mark = name(self.key, content, packed)
        known = f" {mark} " in f" {self.known} "
        if known:
            self._note(mark)  # so that the gateway remembers it a while longer
        return known or mark in self.empty

    def claim(self, content: bytes, packed: bytes = b"") -> None:
        """Note that this picture was read whole and holds no number."""
        self._note(name(self.key, content, packed))

    def _note(self, mark: str) -> None:
        if len(self.empty) < MOST_CLAIMS and mark not in self.empty:
            self.empty.append(mark)


class KnownPictures:
    """The memory of one gateway process: the ``most`` pictures that were last met."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._marks: OrderedDict[str, None] = OrderedDict()
        self.key = os.urandom(_KEY_BYTES)

    def __len__(self) -> int:
        return len(self._marks)

    @property
    def marks(self) -> Collection[str]:
        """Digests to tell a worker."""
        return tuple(self._marks)

    def proven(self, claims: Collection[str], content: bytes, limits: InspectionLimits) -> set[str]:
        """Return the claims that are known, or about a picture in this mail; safe in a thread."""
        known = self._marks.keys() & set(claims)
        if len(known) == len(set(claims)) or len(content) > _LARGEST_MAIL:
            return known
        leaves = [leaf.content for leaf in parse(content, limits).leaves]
        whole = {digest(self.key, leaf) for leaf in leaves}
        if not any(_OF in claim for claim in claims):
            return known | (set(claims) & whole)
        packed = {digest(self.key, piece) for leaf in leaves for piece in _streams(leaf)}
        return known | {c for c in claims if c in whole or c.partition(_OF)[0] in packed}

    def learn(self, proven: Collection[str]) -> None:
        """Remember; forget those that were longest not met."""
        for mark in proven:
            self._marks[mark] = None
            self._marks.move_to_end(mark)
        while len(self._marks) > self._most:
            self._marks.popitem(last=False)


def name(key: bytes, content: bytes, packed: bytes = b"") -> str:
    """The name of a picture that was made of packed bytes: these alone a mail is seen to hold."""
    own = digest(key, content)
    return f"{digest(key, packed)}{_OF}{own}" if packed else own


def _streams(content: bytes) -> Iterator[bytes]:
    """Yield the bytes of each stream in a PDF, in linear time and without reading the PDF.

    Which line end belongs to the data only its length tells (ISO 32000-2, 7.3.8.1).
    """
    at = 0 if _PDF in content[:_PDF_WITHIN] else len(content)
    while (start := content.find(b"stream", at)) >= 0:
        start += len(b"stream")
        end = content.find(b"endstream", start)
        if end < 0:
            return
        piece = content[start:end].removeprefix(b"\r").removeprefix(b"\n")
        yield from {piece, *(piece.removesuffix(e) for e in (b"\n", b"\r", b"\r\n"))}
        at = end + len(b"endstream")


def digest(key: bytes, content: bytes) -> str:
    """The name of a picture for those who have the key, in hexadecimal."""
    return blake2b(content, key=key, digest_size=DIGEST_BYTES).hexdigest()
