"""Checkpoints: signed heads of the audit chains, kept where the database's owner cannot reach.

Answers: ``ensure_signer`` and ``load_public`` (the Ed25519 pair beside the key file),
``Notary`` (writes a checkpoint of one chain every minute or thousand entries), ``read`` (the
checkpoints of a file, each with a good signature).
A chain proves its own order; whoever may write the database can compute it anew, or put
yesterday's back. A checkpoint elsewhere shows both.
Trusts: the places that checkpoints go to, one of which must be another machine's.
Fails: ``KeyMissingError`` for the pair. A place that cannot be written is logged, and gets the
next checkpoint, which covers what it missed.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from logging.handlers import SysLogHandler
from pathlib import Path
from typing import Protocol

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.errors import KeyMissingError
from gateway.store.keys import put_once

log = structlog.get_logger(__name__)

EVERY_S = 60.0
EVERY_ENTRIES = 1000
LOOK_S = 5.0  # how often the chain's head is looked at
_EVENT = "audit-checkpoint"  # of a checkpoint in the log; scripts look for it
_LOGGED = re.compile(r"\bsigned\W+([A-Za-z0-9_=-]{40,})")
_PURPOSE = b"sekisho checkpoint 1\n"  # a signature for this is good for nothing else


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That a chain had this head at this moment."""

    writer: str
    seq: int
    hash: str
    at: str  # ISO 8601, UTC


# ------------------------------------------------------------------ the pair


def public_half(path: Path) -> Path:
    """Where the public key stands: ``audit.pub`` beside ``audit.key``."""
    return path.with_suffix(".pub")


def ensure_signer(path: Path) -> Ed25519PrivateKey:
    """Return the signing key; make the pair when there is none."""
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            put_once(path, _private_pem(Ed25519PrivateKey.generate()))
        if path.stat().st_mode & 0o077:
            raise KeyMissingError(f"audit key {path} is open to others: chmod 600 it")
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyMissingError(f"audit key {path} is not an Ed25519 key")
        put_once(public_half(path), _public_pem(key.public_key()))
    except OSError as error:
        raise KeyMissingError(f"audit key {path}: {error.strerror}") from error
    except ValueError:
        raise KeyMissingError(f"audit key {path} cannot be read") from None
    return key


def load_public(path: Path) -> Ed25519PublicKey:
    """Return the key that checkpoints are checked with."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise KeyMissingError(f"audit key {path}: {error.strerror}") from error
    except ValueError:
        raise KeyMissingError(f"audit key {path} cannot be read") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyMissingError(f"audit key {path} is not an Ed25519 key")
    return key


def _private_pem(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _public_pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


# ------------------------------------------------------------------ lines


def line_of(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """Return a checkpoint as one signed line of JSON."""
    signature = base64.b64encode(key.sign(_signed(checkpoint))).decode()
    return json.dumps(asdict(checkpoint) | {"signature": signature}, sort_keys=True)


def read(lines: Iterable[str], key: Ed25519PublicKey) -> tuple[list[Checkpoint], list[str]]:
    """Return the checkpoints of a file, and one line for each that is not genuine."""
    found, problems = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(_genuine(line, key))
        except (ValueError, TypeError, KeyError, InvalidSignature, binascii.Error):
            problems.append(f"checkpoint line {number}: its signature is not good")
    return found, problems


def read_checkpoints(lines: Iterable[str], public: Path) -> tuple[list[Checkpoint], list[str]]:
    """As ``read``, with the key that stands in a file."""
    return read(lines, load_public(public))


def _genuine(line: str, key: Ed25519PublicKey) -> Checkpoint:
    if _EVENT in line and (logged := _LOGGED.search(line)):
        line = base64.urlsafe_b64decode(logged[1]).decode()
    # A line that went through syslog has the daemon's own words before it.
    body = json.loads(line[line.index("{") :])
    signature = base64.b64decode(body.pop("signature"), validate=True)
    checkpoint = Checkpoint(**body)
    key.verify(signature, _signed(checkpoint))
    return checkpoint


def _signed(checkpoint: Checkpoint) -> bytes:
    return _PURPOSE + json.dumps(asdict(checkpoint), sort_keys=True).encode()


# ------------------------------------------------------------------ places


class Place(Protocol):
    """Where checkpoints go."""

    def put(self, line: str) -> None:
        """Write one line, or raise ``OSError``."""


class FilePlace:
    """A file that is only ever added to; each line is on the disk when ``put`` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, line: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(handle, f"{line}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)


class SyslogPlace:
    """The system's log, which a central log host should collect."""

    def __init__(self, address: str | tuple[str, int]) -> None:
        self._address = address

    def put(self, line: str) -> None:
        handler = SysLogHandler(self._address, SysLogHandler.LOG_AUTH)
        handler.handleError = _raise_again  # type: ignore[method-assign]  # logging hides errors
        handler.ident = "sekisho-audit: "
        try:
            handler.emit(logging.makeLogRecord({"msg": line, "levelno": logging.NOTSET}))
        finally:
            handler.close()


class LogPlace:
    """Our own log, which leaves the machine where logs are collected.

    The line is wrapped, since the log masks the digits of a hash.
    """

    def put(self, line: str) -> None:
        log.info(_EVENT, signed=base64.urlsafe_b64encode(line.encode()).decode())


def _raise_again(record: logging.LogRecord) -> None:
    raise  # inside the handler's own except clause


def place(name: str) -> Place:
    """Return the place that a setting names: ``file:PATH``, ``log:``, ``syslog:HOST:PORT`` …"""
    kind, _, rest = name.partition(":")
    if kind == "log":
        return LogPlace()
    if kind == "file":
        return FilePlace(Path(rest))
    host, _, port = rest.rpartition(":")
    return SyslogPlace((host, int(port)) if host else rest or "/dev/log")


# ------------------------------------------------------------------ writing them


class Notary:
    """Writes the checkpoints of one process's chain."""

    def __init__(
        self,
        writer: str,
        head: Callable[[], Awaitable[tuple[int, str]]],
        key: Ed25519PrivateKey,
        places: Sequence[Place],
        clock: Callable[[], datetime],
    ) -> None:
        self._writer = writer
        self._head = head  # sequence number and hash of the chain's last entry
        self._key = key
        self._places = places
        self._clock = clock
        self._written = 0
        self._written_at = time.monotonic()

    async def run(self) -> None:
        """Write checkpoints until cancelled, and a last one then."""
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                try:
                    await self.look()
                except Exception:
                    log.exception("checkpoint-failed")
        finally:
            await self.write()

    async def look(self) -> None:
        """Write a checkpoint if one is due."""
        late = time.monotonic() - self._written_at >= EVERY_S
        if late or (await self._head())[0] - self._written >= EVERY_ENTRIES:
            await self.write()

    async def write(self) -> None:
        """Write a checkpoint of everything so far, unless the last one covers it."""
        seq, last = await self._head()
        if seq == self._written:
            self._written_at = time.monotonic()
            return
        at = self._clock().isoformat(timespec="seconds")
        line = line_of(Checkpoint(self._writer, seq, last, at), self._key)
        if await asyncio.to_thread(lambda: all(list(self._put_all(line)))):
            self._written, self._written_at = seq, time.monotonic()

    def _put_all(self, line: str) -> Iterator[bool]:
        for one in self._places:
            try:
                one.put(line)
            except OSError as error:
                log.error("checkpoint-not-written", place=type(one).__name__, cause=error.strerror)
                yield False
            else:
                yield True
