"""G to I: broken base64, broken quoted-printable, and codings that are no standard (58 to 75)."""

from __future__ import annotations

import base64
import binascii
import gzip
from collections.abc import Iterator

from tests.message.catalogue.base import CTE, OCTETS, Case, Secret, lines, mail, numbered, woven
from tests.message.catalogue.codings import binhex, uuencoded, yencoded

_JUNK = (b"#", b":", b".", b"%", b"-", b"_", b"*", b"\x00", b"\xff", b"(c)")


def cases(secret: Secret) -> Iterator[Case]:
    yield from _base64(secret)
    yield from _padding(secret)
    yield from _quoted(secret)
    yield from _other(secret)


def _base64(secret: Secret) -> Iterator[Case]:
    coded = secret.coded
    bodies: dict[int, list[bytes]] = {
        58: [lines(coded, n) for n in (3, 4, 5, 6)]
        + [lines(coded, 4, end + b"\r\n") for end in (b"=", b"X", b"XX", b"XXX")],
        59: [
            woven(coded, n, blank)
            for n in (1, 2, 3)
            for blank in (b" ", b"\t", b"\x0b", b"\r", b"\r\n", b"\r\n\r\n", b"\n\n")
        ],
        60: [woven(coded, n, junk) for n in (1, 3, 4) for junk in _JUNK]
        + [woven(coded, 20, b"\r\n" + junk + b"\r\n") for junk in _JUNK]
        + [base64.urlsafe_b64encode(secret.text + b"\xfb\xff\xfe")],
    }
    for technique, made in bodies.items():
        yield from numbered(technique, map(mail, made))
    for tuples in (1, 2, 3):
        fake = base64.b64encode(b"x" * (3 * tuples))
        yield Case(61, f"fake {tuples}", mail(fake + b"\r\n\r\n" + coded))
        yield Case(
            61, f"fake padded {tuples}", mail(base64.b64encode(b"x" * tuples) + b"\r\n\r\n" + coded)
        )
        yield Case(61, f"cut fake {tuples}", mail(fake[:-1] + b"\r\n\r\n" + coded))
    yield Case(61, "junk behind", mail(base64.b64encode(b"x") + b"junk" + coded))
    yield Case(61, "text behind", mail(base64.b64encode(b"x") + b"\r\n" + secret.text))


def _padding(secret: Secret) -> Iterator[Case]:
    coded = secret.coded.rstrip(b"=")
    coded = coded[: len(coded) // 4 * 4]
    bodies: dict[int, list[bytes]] = {
        62: [coded + b"=", coded + b"====", lines(coded, 16, b"=\r\n"), woven(coded, 4, b"="),
             woven(coded, 2, b"="), b"=" + coded, b"====" + coded, woven(coded, 16, b"\r\n=\r\n"),
             secret.coded.rstrip(b"=") + b"=", lines(coded, 16, b"\r\n====\r\n")],
        63: [b"".join(base64.b64encode(secret.text[i : i + n]) for i in range(0, len(secret.text), n))
             for n in (1, 2, 4, 5, 7)]
        + [woven(coded, 8, b"=="), woven(coded, 6, b"=")],
        64: [woven(coded, 1, b"="), woven(coded, 3, b"="),
             b"".join(b"=" + coded[i : i + 3] for i in range(0, len(coded), 3)),
             b"".join(coded[i : i + 1] + b"=" + coded[i + 1 : i + 3] for i in range(0, len(coded), 3)),
             b"".join(coded[i : i + 2] + b"=" + coded[i + 2 : i + 3] for i in range(0, len(coded), 3))],
    }  # fmt: skip
    for technique, made in bodies.items():
        yield from numbered(technique, map(mail, made))


def _quoted(secret: Secret) -> Iterator[Case]:
    coded, triples = (
        secret.quoted,
        [secret.quoted[i : i + 3] for i in range(0, len(secret.quoted), 3)],
    )
    bodies: dict[int, list[bytes]] = {
        65: [b"=\r\n ".join(triples), b"=\r\n\t".join(triples), b"= \r\n".join(triples), b"=".join(triples),
             b"=0".join(triples), b"=0x".join(triples), b"=XX".join(triples), b"= =".join(triples), b"==".join(triples)],
        66: [coded.lower(), b"".join(t if n % 2 else t.lower() for n, t in enumerate(triples))],
        67: [b"".join(t[:2] + b"=\r\n" + t[2:] for t in triples), b"".join(t[:1] + b"=\r\n" + t[1:] for t in triples)],
        68: [(b"=" + end).join(triples) for end in (b"\r", b"\n", b"\r\r\n", b"\r\n\n")],
        69: [coded * 20, coded],
        70: [b"\x01".join(triples), b"\xff".join(triples), b"  " + coded + b"  ", secret.text.replace(b" ", b"_"), b"\0".join(triples)],
    }  # fmt: skip
    for technique, made in bodies.items():
        part = OCTETS + b"\r\n" + CTE + b": quoted-printable\r\n"
        yield from numbered(technique, (mail(body, part=part) for body in made))


def _other(secret: Secret) -> Iterator[Case]:
    uu = uuencoded(secret.text)
    naked = b"\r\n".join(uu.split(b"\r\n")[1:-2])
    for coding in (b"uuencode", b"x-uuencode", b"uue", b"x-uue", b"x-uu"):
        for name, body in (("whole", uu), ("naked", naked)):
            yield Case(71, f"{coding.decode()} {name}", _coded(coding, body))
    text = b"Content-Type: text/plain\r\n"
    yield Case(71, "inline", mail(b"see below\r\n\r\n" + uu + b"\r\nbye", part=text))
    yield Case(71, "several", mail(uuencoded(b"x") + b"\r\n" + uu, part=text))
    yenc = yencoded(secret.text)
    for coding in (b"yenc", b"x-yenc", b"8bit"):
        yield Case(72, coding.decode(), _coded(coding, yenc))
    yield Case(72, "naked", _coded(b"x-yenc", yenc.split(b"\r\n", 1)[1]))
    hqx = binhex(secret.text)
    for coding in (b"binhex", b"binhex40", b"mac-binhex", b"mac-binhex40", b"x-binhex", b"7bit"):
        yield Case(73, coding.decode(), _coded(coding, hqx))
    yield Case(73, "naked", _coded(b"binhex", hqx.split(b"\r\n", 1)[1]))
    packed = lines(base64.b64encode(gzip.compress(secret.text, mtime=0)))
    for coding in (b"gzip64", b"x-gzip64", b"base64"):
        yield Case(74, coding.decode(), _coded(coding, packed))
    twice = base64.b64encode(secret.coded)
    yield Case(75, "base64 twice", mail(lines(twice)))
    yield Case(75, "base64 thrice", mail(lines(base64.b64encode(twice))))
    yield Case(
        75,
        "base64 in quoted-printable",
        _coded(b"quoted-printable", secret.coded.replace(b"=", b"=3D")),
    )
    yield Case(75, "quoted-printable in base64", mail(base64.b64encode(secret.quoted)))
    html = b'<a href="data:text/plain;base64,' + secret.coded + b'">x</a>'
    yield Case(75, "data URI", mail(html, part=b"Content-Type: text/html\r\n"))
    yield Case(
        75, "hex", mail(binascii.hexlify(secret.text), part=OCTETS + b"\r\n" + CTE + b": hex\r\n")
    )


def _coded(coding: bytes, body: bytes) -> bytes:
    return mail(body, part=OCTETS + b"\r\n" + CTE + b": " + coding + b"\r\n")
