"""Office files under a password: opened with the passwords that the mail itself gives away.

Answers: the file inside an encrypted package as a member, where a candidate opens it or
where Excel opens it without asking (its default password, used for sheets that are only
protected from changes).
Trusts: msoffcrypto-tool (pure Python over ``cryptography``), so it runs in a worker only.
Fails: no fitting password is ``encrypted``; a key derivation of more rounds than
``MOST_ROUNDS`` is not even begun.
Standards: [MS-OFFCRYPTO].
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import msoffcrypto

from gateway.extract.compound import BrokenCompound, Compound
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sniff import ENCRYPTED_OFFICE
from gateway.model import InspectionLimits, Unread, UnreadReason

DEFAULT_PASSWORD = "VelvetSweatshop"  # noqa: S105 (Microsoft's, published in [MS-OFFCRYPTO])
MOST_PASSWORDS = 20  # 0.1 to 0.3 s each with the rounds that Office uses
MOST_ROUNDS = 1_000_000  # Office writes 50,000 or 100,000
_ROUNDS = re.compile(rb"spinCount=[\"'](\d{1,20})[\"']")


def recognises(sample: Sample) -> bool:
    """Whether it is an encrypted package of any office program."""
    return sample.media_type == ENCRYPTED_OFFICE


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the package as a member, if it can be opened."""
    content = unlocked(sample.content, sample.passwords)
    if content is None:
        yield Unread(sample.place, UnreadReason.ENCRYPTED, ENCRYPTED_OFFICE)
    else:
        yield Member(sample.place / "opened", sample.name, content)


def unlocked(content: bytes, passwords: tuple[str, ...]) -> bytes | None:
    """Return the file without its encryption; None when no password fits."""
    if _too_many_rounds(content):
        return None
    for password in (DEFAULT_PASSWORD, *passwords[:MOST_PASSWORDS]):
        opened = io.BytesIO()
        try:
            file = msoffcrypto.OfficeFile(io.BytesIO(content))
            file.load_key(password=password)
            file.decrypt(opened)
        except MemoryError:
            raise
        except Exception:  # noqa: S112 (a wrong password and a broken file differ by version)
            continue
        found = opened.getvalue()
        if found.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
            return found
    return None


def _too_many_rounds(content: bytes) -> bool:
    """Whether a hostile file asks for years of hashing, or for nothing that can be opened."""
    try:
        info = Compound(content).open("EncryptionInfo")
    except BrokenCompound:
        return True
    return any(int(rounds) > MOST_ROUNDS for rounds in _ROUNDS.findall(info))
