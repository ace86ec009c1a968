"""The key files: dated key-encryption keys in TOML, the private ones for their owner alone.

Answers: ``ensure_keys`` makes them on the first start; ``load_sealer`` reads the public file
and nothing else, ``load_opener`` the private one; ``add_key`` and ``remove_key`` change both.
The last key seals; all of them open.
Trusts: the files' owner; a private file that others may read, or any that a group may write,
is refused.
Fails: ``KeyMissingError``, with the cause and never with a key in the text.
The private file belongs in a backup of its own, apart from the database's: together they are
the clear text.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import os
import secrets
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from gateway.errors import KeyMissingError, NotFoundError, UsageError
from gateway.store.followed import Followed
from gateway.store.seal import Opener, Sealer, fresh_key

_HEAD = """\
# Keys that open parked mail. Whoever holds this file and the database can read that mail.
# Keep it in a backup apart from the database's. Losing it loses every parked mail.
"""
_PUBLIC_HEAD = """\
# Public halves of the keys in the file of the same name without ".pub". They seal parked
# mail and open nothing; the gateway's process reads this file alone.
"""
_FORBIDDEN_MODE = 0o027  # group: no writing; others: nothing
_FORBIDDEN_PUBLIC = 0o022  # nobody but the owner may say what mail is sealed with
_LETTERS = "bcdfghjkmnpqrstvwxyz"


def public_path(path: Path) -> Path:
    """Where the public halves stand: ``keys.pub.toml`` beside ``keys.toml``."""
    return path.with_name(f"{path.stem}.pub{path.suffix}")


def ensure_keys(path: Path, today: date) -> bool:
    """Make both key files with one key when there is none; return whether they were made.

    Each appears whole or not at all, and never replaces one that is there.

    Raises: KeyMissingError: the private file is gone, though its public half is here: new
        keys would hide that parked mail can no longer be opened.
    """
    public = public_path(path)
    if path.exists() and public.exists():
        return False
    if public.exists():
        raise KeyMissingError(
            f"key file {path} is gone, but {public.name} is here: restore {path.name} from its "
            "backup. Parked mail cannot be opened without it"
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = not path.exists() and put_once(path, _HEAD + _entry(_dated_id(today), fresh_key()))
        put_once(public, _public_text(path))
    except OSError as error:
        raise KeyMissingError(f"key file {path} cannot be made: {error.strerror}") from error
    return made


def load_sealer(path: Path) -> Sealer:
    """Return a sealer for the public keys that belong to the key file ``path``.

    It follows the file: a key that is added later seals from then on, and without the file
    nothing is sealed.
    """
    public = public_path(path)
    return Sealer(Followed(public, lambda: _public_keys(public)))


def load_opener(path: Path) -> Opener:
    """Return an opener for the private keys in the file; it follows the file, too."""
    return Opener(Followed(path, lambda: _private_keys(path)))


def add_key(path: Path, today: date) -> str:
    """Make a new key, which seals from now on; return its id."""
    with _alone(path):
        _entries(path)
        made = _dated_id(today)
        text = path.read_text(encoding="utf-8") + _entry(made, fresh_key())
        _replace(path, text)  # first: what is sealed must be possible to open
        _replace(public_path(path), _public_text(path))
    return made


def require_removable(path: Path, key_id: str) -> None:
    """Raise ``NotFoundError`` for a key that is not there, ``UsageError`` for the sealing one."""
    here = key_ids(path)
    if key_id not in here:
        raise NotFoundError(f"no key {key_id} in {path}")
    if here[-1] == key_id:
        raise UsageError(f"key {key_id} seals now: run `sekisho keys rotate` first")


def remove_key(path: Path, key_id: str) -> None:
    """Take a key out of both files. What is still wrapped with it is lost."""
    with _alone(path):
        require_removable(path, key_id)
        kept = [
            _entry(name, private)
            for name, _, private in _entries(path)
            if private and name != key_id
        ]
        _replace(path, _HEAD + "".join(kept))
        _replace(public_path(path), _public_text(path))


def key_ids(path: Path) -> list[str]:
    """Return the ids of the keys in the public file; the last one seals."""
    return list(_public_keys(public_path(path)))


def _dated_id(today: date) -> str:
    return f"{today.isoformat()}-{secrets.choice(_LETTERS)}{secrets.choice(_LETTERS)}"


def _entry(key_id: str, key: X25519PrivateKey) -> str:
    private = base64.b64encode(key.private_bytes_raw()).decode()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    return f'\n[[key]]\nid = "{key_id}"\npublic = "{public}"\nprivate = "{private}"\n'


def _public_text(path: Path) -> str:
    return _PUBLIC_HEAD + "".join(
        f'\n[[key]]\nid = "{name}"\npublic = "{_text_of(public)}"\n'
        for name, public, _ in _entries(path)
    )


def _text_of(public: X25519PublicKey) -> str:
    return base64.b64encode(public.public_bytes_raw()).decode()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Change the key files one process at a time."""
    try:
        handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise KeyMissingError(f"key file {path}: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    except OSError as error:
        raise KeyMissingError(f"key file {path} cannot be changed: {error.strerror}") from error
    finally:
        os.close(handle)


def _replace(path: Path, text: str) -> None:
    """Put a durable file in the place of another, whole or not at all."""
    beside = _beside(path, text)
    beside.replace(path)
    _sync_directory(path.parent)


def put_once(path: Path, text: str) -> bool:
    """Put a durable file for its owner alone at ``path``, unless one is there."""
    beside = _beside(path, text)
    try:
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    _sync_directory(path.parent)
    return True


def _beside(path: Path, text: str) -> Path:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return beside


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _public_keys(path: Path) -> dict[str, X25519PublicKey]:
    entries = _entries(path, _FORBIDDEN_PUBLIC)
    if any(private for _, _, private in entries):
        raise KeyMissingError(f"key file {path} holds private keys: it is for the public halves")
    return {name: public for name, public, _ in entries}


def _private_keys(path: Path) -> dict[str, X25519PrivateKey]:
    return {name: private for name, _, private in _entries(path) if private}


def _entries(
    path: Path, forbidden: int = _FORBIDDEN_MODE
) -> list[tuple[str, X25519PublicKey, X25519PrivateKey | None]]:
    try:
        mode = path.stat().st_mode
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KeyMissingError(f"key file {path}: {error.strerror}") from error
    except ValueError:  # its cause could quote the line, and the line is a key
        raise KeyMissingError(f"key file {path} is not TOML") from None
    if mode & forbidden:
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
