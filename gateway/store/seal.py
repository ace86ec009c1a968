"""Sealing to a public key: who holds the sealer can park a mail and never read it again.

Answers: ``Sealer.seal`` makes a ``Sealed``; ``Opener.open`` gives the bytes back.
One fresh 256-bit data key a payload; AES-256-GCM in frames of 64 KiB whose associated data
is format, context, frame number and last-frame flag, so that a frame cannot be cut off,
moved, repeated or carried into another row. The data key is wrapped with HPKE (RFC 9180,
X25519-HKDF-SHA256, AES-256-GCM) to a dated key-encryption key. The frame number is the
nonce: a data key seals one payload only.
Trusts: the keys it is given. Fails: ``KeyMissingError`` for a key it does not hold,
``StoreError`` for a payload that was changed, cut or moved.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from gateway.errors import KeyMissingError, StoreError
from gateway.model import Envelope

FORMAT = 1
FRAME_BYTES = 64 * 1024
_TAG_BYTES = 16
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What may lie in a database: a wrapped data key and the frames it seals."""

    kek_id: str  # dated id of the key-encryption key, e.g. "2026-11-21-ab"
    wrapped_key: bytes = field(repr=False)  # HPKE: encapsulation, then the wrapped data key
    blob: bytes = field(repr=False)  # frames, each with its 16-byte tag


class Sealer:
    """Holds public keys and seals to the newest. It cannot open anything.

    Args:
        public_keys: by id, the newest last; a mapping that follows a file is asked each time.
    """

    def __init__(self, public_keys: Mapping[str, X25519PublicKey]) -> None:
        self._keys = public_keys
        if not public_keys:
            raise KeyMissingError("no key to seal with")

    def __repr__(self) -> str:
        return f"<Sealer {self.kek_id}>"

    @property
    def kek_id(self) -> str:
        """The key that seals now."""
        return list(self._keys)[-1]

    def seal(self, context: str, payload: bytes) -> Sealed:
        """Seal ``payload`` for the row that ``context`` names, such as ``mail:<queue id>``."""
        data_key = AESGCM.generate_key(bit_length=256)
        kek_id, wrapped = self.wrap(context, data_key)
        return Sealed(kek_id, wrapped, b"".join(_frames(data_key, context, payload)))

    def wrap(self, context: str, data_key: bytes) -> tuple[str, bytes]:
        """Wrap a data key with the newest key; return that key's id with it."""
        kek_id, key = list(self._keys.items())[-1]
        return kek_id, _SUITE.encrypt(data_key, key, _info(context, kek_id))


class Opener:
    """Holds private keys. Only the desk, the outbound worker and the keys' verbs have one."""

    def __init__(self, private_keys: Mapping[str, X25519PrivateKey]) -> None:
        if not private_keys:
            raise KeyMissingError("no key to open with")
        self._keys = private_keys

    def __repr__(self) -> str:
        return f"<Opener {len(self._keys)} keys>"

    def open(self, context: str, sealed: Sealed) -> bytes:
        """Return the payload that was sealed for ``context``."""
        data_key = self.unwrap(context, sealed.kek_id, sealed.wrapped_key)
        try:
            return b"".join(_opened(data_key, context, sealed.blob))
        except (InvalidTag, ValueError) as error:
            raise StoreError(f"sealed {context} is damaged or was changed") from error

    def unwrap(self, context: str, kek_id: str, wrapped_key: bytes) -> bytes:
        """Return the data key that was wrapped for ``context``."""
        key = self._keys.get(kek_id)
        if key is None:
            raise KeyMissingError(f"key {kek_id} is not in the key file")
        try:
            return _SUITE.decrypt(wrapped_key, key, _info(context, kek_id))
        except (InvalidTag, ValueError) as error:
            raise StoreError(f"sealed {context} is damaged or was changed") from error


def _info(context: str, kek_id: str) -> bytes:
    return f"sekisho seal {FORMAT} {kek_id} {context}".encode()


def _frame_data(context: str, number: int, last: bool) -> bytes:
    """Associated data of one frame; the context comes last, so no two readings exist."""
    return bytes([FORMAT, last]) + number.to_bytes(8, "big") + context.encode()


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _frames(data_key: bytes, context: str, payload: bytes) -> Iterator[bytes]:
    cipher, view = AESGCM(data_key), memoryview(payload)
    count = max(1, -(-len(payload) // FRAME_BYTES))
    for n in range(count):
        chunk = view[n * FRAME_BYTES : (n + 1) * FRAME_BYTES]
        yield cipher.encrypt(_nonce(n), chunk, _frame_data(context, n, n == count - 1))


def _opened(data_key: bytes, context: str, blob: bytes) -> Iterator[bytes]:
    cipher, view, step = AESGCM(data_key), memoryview(blob), FRAME_BYTES + _TAG_BYTES
    count = max(1, -(-len(blob) // step))
    for n in range(count):
        frame = view[n * step : (n + 1) * step]
        yield cipher.decrypt(_nonce(n), frame, _frame_data(context, n, n == count - 1))


# ------------------------------------------------------------------ what a payload holds


def pack(envelope: Envelope, content: bytes) -> bytes:
    """Return envelope and bytes as one payload: length, JSON, content."""
    head = json.dumps(
        {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "smtputf8": envelope.smtputf8,
            "body": envelope.body,
            "mail_parameters": envelope.mail_parameters,
            "rcpt_parameters": envelope.rcpt_parameters,
        }
    ).encode()
    return len(head).to_bytes(4, "big") + head + content


def unpack(payload: bytes) -> tuple[Envelope, bytes]:
    """Return what ``pack`` packed."""
    end = 4 + int.from_bytes(payload[:4], "big")
    try:
        head = json.loads(payload[4:end])
        envelope = Envelope(
            head["from"],
            tuple(head["to"]),
            head["smtputf8"],
            head["body"],
            tuple(head.get("mail_parameters", ())),  # rows of the first version have none
            tuple(tuple(p) for p in head.get("rcpt_parameters", ())),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError("a sealed payload has no envelope") from error
    return envelope, payload[end:]


def fresh_key() -> X25519PrivateKey:
    """Return a new key-encryption key."""
    return X25519PrivateKey.generate()
