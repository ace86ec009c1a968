"""Random damage to valid mails, from a seed: the tricks that nobody has catalogued yet."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.message.catalogue.base import CTE, MIXED, OCTETS, Secret, lines, mail

Damage = Callable[[random.Random, bytes], bytes]

_NOISE = (
    b" ", b"\t", b"\r", b"\n", b"\r\n", b"\0", b"=", b"-", b"--", b"\"", b"'", b"(", b")", b";", b",",
    b":", b"\\", b"\x0b", b"\x1b", b"\xff", b"--foo", b"--foo--", b"boundary=", b"\r\n\r\n", b"=\r\n",
    b"Content-Type: ", b"Content-Transfer-Encoding: 8bit\r\n", b"x", b"?=", b"=?utf-8?Q?",
)  # fmt: skip


def bases(secret: Secret) -> tuple[bytes, ...]:
    """Valid mails that carry the number coded in each honest way."""
    quoted = CTE + b": quoted-printable\r\n"
    inner = mail(lines(secret.coded), outer=MIXED.replace(b"foo", b"in"), first=b"--in\r\n",
                 opening=b"\r\n--in\r\n", closing=b"\r\n--in--\r\n")  # fmt: skip
    return (
        mail(lines(secret.coded)),
        mail(lines(secret.coded), outer=MIXED.replace(b"foo", b'"foo"')),
        mail(lines(secret.quoted, 72, b"=\r\n"), part=OCTETS + b"\r\n" + quoted),
        mail(inner, part=b"Content-Type: message/rfc822\r\n"),
    )


def _insert(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + rng.choice(_NOISE) + content[at:]


def _delete(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + content[at + rng.randint(1, 4) :]


def _replace(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + rng.choice(_NOISE) + content[at + 1 :]


def _swap_lines(rng: random.Random, content: bytes) -> bytes:
    rows = content.split(b"\r\n")
    one, other = rng.randrange(len(rows)), rng.randrange(len(rows))
    rows[one], rows[other] = rows[other], rows[one]
    return b"\r\n".join(rows)


def _repeat_line(rng: random.Random, content: bytes) -> bytes:
    rows = content.split(b"\r\n")
    rows.insert(rng.randrange(len(rows)), rng.choice(rows))
    return b"\r\n".join(rows)


def _drop_line(rng: random.Random, content: bytes) -> bytes:
    rows = content.split(b"\r\n")
    del rows[rng.randrange(len(rows))]
    return b"\r\n".join(rows)


_DAMAGES: tuple[Damage, ...] = (_insert, _delete, _replace, _swap_lines, _repeat_line, _drop_line)


def mutations(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield (a name that repeats it, mail); all that carried the number is still in it.

    What was cut through the coded number itself is left out: then no reader has it.
    """
    secret = Secret.of(seed)
    whole = bases(secret)
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        content = rng.choice(whole)
        for _ in range(rng.randint(1, 2)):
            content = rng.choice(_DAMAGES)(rng, content)
        if _carries(content, secret):
            yield f"{seed}/{number}", content


def _carries(content: bytes, secret: Secret) -> bool:
    """Whether the coded text is still there, line ends aside."""
    joined = content.replace(b"\r\n", b"")
    return secret.coded in joined or secret.quoted in content.replace(b"=\r\n", b"")
