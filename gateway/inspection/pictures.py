"""Pictures that are known to hold no number, so that a signature's logo is read once.

Answers: ``KnownPictures`` (the gateway's memory), ``SeenPictures`` (what one mail's worker is
told of it, and what it claims to have found empty).
Trusts: a worker's claim only for pictures that the gateway itself finds in the mail that the
worker was given, and only if that mail came out clean: docs/security.md says what that is worth.
Fails: never; a picture that is not known is read.
Digests are keyed, with a key of this process: nobody outside can make two pictures that
share one, and no digest means anything to another process.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import blake2b

from gateway.message import parse
from gateway.model import InspectionLimits

DIGEST_BYTES = 16
MOST_CLAIMS = 50  # of one mail
_KEY_BYTES = 16
_LARGEST_MAIL = 1024 * 1024  # the gateway takes no larger mail apart to check a claim


@dataclass(slots=True)
class SeenPictures:
    """What is known of pictures while one mail is read."""

    key: bytes = field(default_factory=lambda: os.urandom(_KEY_BYTES), repr=False)
    known: str = ""  # digests of pictures that hold none, in one text: most mails ask for none
    empty: list[str] = field(default_factory=list)  # digests of those met that hold none

    def holds_none(self, content: bytes) -> bool:
        """Whether this picture is known, or was seen in this mail, to hold no number."""
        mark = digest(self.key, content)
        if mark in self.known:
            self._note(mark)  # so that the gateway remembers it a while longer
        return mark in self.known or mark in self.empty

    def claim(self, content: bytes) -> None:
        """Note that this picture was read whole and holds no number."""
        self._note(digest(self.key, content))

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
        leaves = parse(content, limits).leaves
        return known | (set(claims) & {digest(self.key, leaf.content) for leaf in leaves})

    def learn(self, proven: Collection[str]) -> None:
        """Remember; forget those that were longest not met."""
        for mark in proven:
            self._marks[mark] = None
            self._marks.move_to_end(mark)
        while len(self._marks) > self._most:
            self._marks.popitem(last=False)


def digest(key: bytes, content: bytes) -> str:
    """The name of a picture for those who have the key, in hexadecimal."""
    return blake2b(content, key=key, digest_size=DIGEST_BYTES).hexdigest()
