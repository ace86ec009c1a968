"""The key file: dated key-encryption keys in TOML, readable by their owner alone.

Answers: ``ensure_keys`` makes the file on the first start; ``load_sealer`` gives the public
halves, ``load_opener`` the private ones. A copy of the file without its ``private`` lines is
enough for a process that only seals. The last key in the file seals; all of them open.
Trusts: the file's owner; a file that others may read or a group may write is refused.
Fails: ``KeyMissingError``, with the cause and never with a key in the text.
The file belongs in a backup of its own, apart from the database's: together they are the
clear text.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import tomllib
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from gateway.errors import KeyMissingError
from gateway.store.seal import Opener, Sealer, fresh_key

_HEAD = """\
# Keys that seal parked mail. Whoever holds this file and the database can read that mail.
# Keep it in a backup apart from the database's. Losing it loses every parked mail.
"""
_FORBIDDEN_MODE = 0o027  # group: no writing; others: nothing
_LETTERS = "bcdfghjkmnpqrstvwxyz"


def ensure_keys(path: Path, today: date) -> bool:
    """Make the key file with one key when there is none; return whether it was made.

    The file appears whole or not at all, and never replaces one that is there.
    """
    if path.exists():
        return False
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _put(path, _HEAD + _entry(_dated_id(today), fresh_key()))
    except OSError as error:
        raise KeyMissingError(f"key file {path} cannot be made: {error.strerror}") from error


def load_sealer(path: Path) -> Sealer:
    """Return a sealer for the public keys in the file."""
    return Sealer({key_id: public for key_id, public, _ in _entries(path)})


def load_opener(path: Path) -> Opener:
    """Return an opener for the private keys in the file."""
    return Opener({key_id: private for key_id, _, private in _entries(path) if private})


def _dated_id(today: date) -> str:
    return f"{today.isoformat()}-{secrets.choice(_LETTERS)}{secrets.choice(_LETTERS)}"


def _entry(key_id: str, key: X25519PrivateKey) -> str:
    private = base64.b64encode(key.private_bytes_raw()).decode()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    return f'\n[[key]]\nid = "{key_id}"\npublic = "{public}"\nprivate = "{private}"\n'


def _put(path: Path, text: str) -> bool:
    """Write a file beside, make it durable, then link it into place unless one is there."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    _sync_directory(path.parent)
    return True


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _entries(path: Path) -> list[tuple[str, X25519PublicKey, X25519PrivateKey | None]]:
    try:
        mode = path.stat().st_mode
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KeyMissingError(f"key file {path}: {error.strerror}") from error
    except ValueError:  # its cause could quote the line, and the line is a key
        raise KeyMissingError(f"key file {path} is not TOML") from None
    if mode & _FORBIDDEN_MODE:
        raise KeyMissingError(f"key file {path} is open to others: chmod 600 it")
    try:
        entries = [_read_entry(table) for table in document["key"]]
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        raise KeyMissingError(f"key file {path} has a key that cannot be read") from None
    if not entries:
        raise KeyMissingError(f"key file {path} holds no key")
    return entries


def _read_entry(
    table: dict[str, str],
) -> tuple[str, X25519PublicKey, X25519PrivateKey | None]:
    public = X25519PublicKey.from_public_bytes(base64.b64decode(table["public"], validate=True))
    if "private" not in table:
        return table["id"], public, None
    private = X25519PrivateKey.from_private_bytes(base64.b64decode(table["private"], validate=True))
    if private.public_key().public_bytes_raw() != public.public_bytes_raw():
        raise ValueError("the halves of a key do not belong together")
    return table["id"], public, private
