"""The accounts' key: seals what must be opened again, and blinds what is only counted.

Answers: ``Vault.seal`` and ``Vault.open`` (AES-256-GCM, bound to a context), ``Vault.blind``
(HMAC-SHA-256), ``ensure_vault``. Each use has a key of its own, drawn from one (HKDF).
Trusts: the key file, which is its owner's alone.
Fails: ``KeyMissingError`` for a key file that cannot be used; ``None`` for a sealed value of
another context or another key.
Standards: NIST SP 800-38D, RFC 5869, RFC 2104; OWASP ASVS 5.0 11.3, 13.3.1.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.errors import KeyMissingError
from gateway.store.keys import put_once

_KEY_BYTES, _NONCE_BYTES = 32, 12


class Vault:
    """One key and its uses."""

    def __init__(self, key: bytes) -> None:
        self._sealing = AESGCM(_drawn(key, b"sekisho accounts: seal"))
        self._blinding = _drawn(key, b"sekisho accounts: blind")

    @classmethod
    def of_the_moment(cls) -> Vault:
        """A vault that ends with this process."""
        return cls(os.urandom(_KEY_BYTES))

    def seal(self, context: str, secret: bytes) -> bytes:
        """Return a secret as the database may keep it."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._sealing.encrypt(nonce, secret, context.encode())

    def open(self, context: str, sealed: bytes) -> bytes | None:
        """Return what was sealed; None when it was not sealed so."""
        try:
            nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return self._sealing.decrypt(nonce, rest, context.encode())
        except (InvalidTag, ValueError):
            return None

    def blind(self, context: str, text: str) -> str:
        """Return what a text is counted under, which tells nothing of it without the key."""
        said = f"{context}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._blinding, said, "sha256").hex()


def ensure_vault(path: Path) -> Vault:
    """Return the vault of a key file; make the file when there is none."""
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            put_once(path, base64.b64encode(os.urandom(_KEY_BYTES)).decode() + "\n")
        if path.stat().st_mode & 0o077:
            raise KeyMissingError(f"accounts' key {path} is open to others: chmod 600 it")
        key = base64.b64decode(path.read_text(encoding="ascii").strip(), validate=True)
    except OSError as error:
        raise KeyMissingError(f"accounts' key {path}: {error.strerror}") from error
    except (ValueError, binascii.Error):
        raise KeyMissingError(f"accounts' key {path} cannot be read") from None
    if len(key) != _KEY_BYTES:
        raise KeyMissingError(f"accounts' key {path} cannot be read")
    return Vault(key)


def _drawn(key: bytes, use: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=use).derive(key)
