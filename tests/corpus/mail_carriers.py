"""Mail containers: saved mails, mailboxes, Outlook's formats, S/MIME.

The keys of the signed ones are fresh each time; everything else is the same for a seed.
Run ``python -m tests.corpus.mail_carriers [seed]`` for the table of what is found.
"""

from __future__ import annotations

import base64
import io
import random
import struct
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7

from gateway.extract.compound_cut import _Item, _written
from tests.corpus.carrier import Carrier
from tests.numbers import my_numbers

FAMILY = "mail"


def carriers(seed: int) -> Iterator[Carrier]:
    """Yield every mail container, each with a number of its own."""
    rng = random.Random(seed)
    for make in (_saved, _archives, _outlook, _tnef, _signed):
        yield from make(rng)


def _carrier(kind: str, name: str, content: bytes, *numbers: str) -> Carrier:
    return Carrier(FAMILY, kind, name, content, frozenset(numbers))


def _number(rng: random.Random) -> str:
    return my_numbers(rng.randrange(1 << 30), 1)[0]


def saved_mail(text: str, *, trace: int = 0) -> bytes:
    """A mail whose body is base64, so that it is only read by those who decode it."""
    received = "".join(
        f"Received: from h{i}.example.com by m{i}.example.org with ESMTP; Mon, 6 Apr 2026\r\n"
        for i in range(trace)
    )
    head = "From: a@b.example\r\nTo: c@d.example\r\nSubject: q\r\nMIME-Version: 1.0\r\n"
    kind = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    body = base64.encodebytes(text.encode()).decode().replace("\n", "\r\n")
    return (received + head + kind + body).encode()


def _zip(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def _saved(rng: random.Random) -> Iterator[Carrier]:
    n = _number(rng)
    yield _carrier("eml", "a.eml", saved_mail(f"個人番号 {n}\n"), n)
    n = _number(rng)
    yield _carrier("eml, long header", "a.eml", saved_mail(f"個人番号 {n}\n", trace=90), n)
    n = _number(rng)
    long = saved_mail(f"個人番号 {n}\n", trace=90)
    yield _carrier("eml, long header, in a zip", "a.zip", _zip("a.eml", long), n)
    n = _number(rng)
    few = saved_mail(f"個人番号 {n}\n").split(b"\r\n", 2)[2]
    yield _carrier("eml with few fields", "a.dat", few, n)
    n = _number(rng)
    mail = saved_mail(f"個人番号 {n}\n")
    plist = b'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict/></plist>\n'
    yield _carrier("emlx", "1.emlx", b"%d\n" % len(mail) + mail + plist, n)


def _archives(rng: random.Random) -> Iterator[Carrier]:
    numbers = my_numbers(rng.randrange(1 << 30), 3)
    line = b"From a@b.example Mon Apr  6 00:00:00 2026\n"
    mails = [saved_mail(f"個人番号 {n}\n>From me\n").replace(b"\r\n", b"\n") for n in numbers]
    yield _carrier("mbox", "a.mbox", b"\n".join(line + mail for mail in mails), *numbers)
    n = _number(rng)
    page = (
        base64.encodebytes(f"<p>個人番号 {n[:4]}<b>{n[4:]}</b></p>".encode())
        .decode()
        .replace("\n", "\r\n")
    )
    mht = (
        "From: <Saved by Blink>\r\nSubject: a\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n\r\n--b\r\n'
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Location: https://x.example/\r\n\r\n{page}\r\n--b--\r\n"
    )
    yield _carrier("mht", "a.mht", mht.encode(), n)
    n = _number(rng)
    page = (
        base64.encodebytes(f"<table><tr><td>個人番号<td>{n}</table>".encode())
        .decode()
        .replace("\n", "\r\n")
    )
    mht = (
        "MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n"
        'Content-Type: multipart/related; boundary="b"\r\n\r\nSingle File Web Page\r\n\r\n--b\r\n'
        "Content-Location: file:///C:/a.htm\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Type: text/html; charset="utf-8"\r\n\r\n{page}\r\n--b--\r\n'
    )
    yield _carrier("mht of a workbook", "a.mht", mht.encode(), n)


# ------------------------------------------------------------------ Outlook's .msg


def msg(streams: dict[str, bytes]) -> bytes:
    """A compound file with these streams, ``/`` between storages."""
    root = _Item("Root Entry", None)
    for path, content in streams.items():
        at = root
        *storages, name = path.split("/")
        for storage in storages:
            at = at.items.setdefault(storage, _Item(storage, None))
        at.items[name] = _Item(name, content)
    return _written(root)


def _text(prop: str, value: str) -> tuple[str, bytes]:
    return f"__substg1.0_{prop}001F", value.encode("utf-16-le")


def _message(**texts: str) -> dict[str, bytes]:
    made = {"__properties_version1.0": bytes(32)}
    made |= dict([_text("0037", "q"), _text("001A", "IPM.Note")])
    return made | dict(_text(prop[1:], value) for prop, value in texts.items())


def _under(storage: str, streams: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{storage}/{name}": content for name, content in streams.items()}


def compressed_rtf(rtf: bytes) -> bytes:
    """RTF in the packed form, every byte a literal."""
    body = bytearray()
    for at in range(0, len(rtf), 8):
        body += b"\0" + rtf[at : at + 8]
    end = (207 + len(rtf)) % 4096
    if len(rtf) % 8 == 0:
        body += b"\1"
    else:
        body[-(len(rtf) % 8) - 1] = 1 << (len(rtf) % 8)
    body += struct.pack(">H", end << 4)
    return struct.pack("<4I", len(body) + 12, len(rtf), 0x75465A4C, 0) + bytes(body)


def _outlook(rng: random.Random) -> Iterator[Carrier]:
    n = _number(rng)
    yield _carrier("msg, text body", "a.msg", msg(_message(_1000=f"個人番号 {n}\r\n")), n)
    n = _number(rng)
    page = f"<html><body><p>個人番号 {n[:5]}<b>{n[5:]}</b></p></body></html>".encode()
    made = _message(_1000=" ") | {"__substg1.0_10130102": page}
    yield _carrier("msg, HTML body", "a.msg", msg(made), n)
    n = _number(rng)
    rtf = compressed_rtf(rb"{\rtf1\ansi mynumber " + n.encode() + rb"\par}")
    yield _carrier("msg, RTF body", "a.msg", msg(_message() | {"__substg1.0_10090102": rtf}), n)
    n = _number(rng)
    attached = {
        "__properties_version1.0": bytes(8),
        "__substg1.0_37010102": f"個人番号,{n}\n".encode(),
    }
    attached |= dict([_text("3707", "a.csv")])
    made = _message(_1000="a") | _under("__attach_version1.0_#00000000", attached)
    yield _carrier("msg, attachment", "a.msg", msg(made), n)
    n = _number(rng)
    inner = _under("__substg1.0_3701000D", _message(_1000=f"個人番号 {n}"))
    made = _message(_1000="a") | _under("__attach_version1.0_#00000000", inner)
    yield _carrier("msg in a msg", "a.msg", msg(made), n)
    n = _number(rng)
    yield _carrier("msg, subject", "a.msg", msg(_message(_0037=f"個人番号 {n}")), n)
    n = _number(rng)
    who = {"__properties_version1.0": bytes(8)} | dict([_text("3001", f"個人番号 {n}")])
    made = _message(_1000="a") | _under("__recip_version1.0_#00000000", who)
    yield _carrier("msg, recipient", "a.msg", msg(made), n)


# ------------------------------------------------------------------ TNEF


def _attribute(level: int, number: int, kind: int, value: bytes) -> bytes:
    head = struct.pack("<BHHI", level, number, kind, len(value))
    return head + value + struct.pack("<H", sum(value) & 0xFFFF)


def _property(number: int, kind: int, value: bytes) -> bytes:
    padded = value + bytes(-len(value) % 4)
    return struct.pack("<HHII", kind, number, 1, len(value)) + padded


def _properties(*made: bytes) -> bytes:
    return struct.pack("<I", len(made)) + b"".join(made)


def tnef(*attributes: bytes) -> bytes:
    """A stream of these attributes."""
    return b"x\x9f\x3e\x22" + b"\1\0" + b"".join(attributes)


def _tnef(rng: random.Random) -> Iterator[Carrier]:
    n = _number(rng)
    body = _attribute(1, 0x800C, 2, f"個人番号 {n}\0".encode("cp932"))
    yield _carrier("TNEF, body", "winmail.dat", tnef(body), n)
    n = _number(rng)
    rtf = compressed_rtf(rb"{\rtf1\ansi mynumber " + n.encode() + rb"\par}")
    made = _attribute(1, 0x9003, 6, _properties(_property(0x1009, 0x102, rtf)))
    yield _carrier("TNEF, RTF body", "winmail.dat", tnef(made), n)
    n = _number(rng)
    page = f"<html><p>個人番号 {n[:5]}<b>{n[5:]}</b></p></html>".encode()
    made = _attribute(1, 0x9003, 6, _properties(_property(0x1013, 0x102, page)))
    yield _carrier("TNEF, HTML body", "winmail.dat", tnef(made), n)
    n = _number(rng)
    file = [
        (0x9002, 6, bytes(14)),
        (0x8010, 1, b"a.csv\0"),
        (0x800F, 6, f"個人番号,{n}\n".encode()),
    ]
    yield _carrier("TNEF, attachment", "winmail.dat", tnef(*(_attribute(2, *x) for x in file)), n)
    n = _number(rng)
    inner = bytes(16) + tnef(_attribute(1, 0x800C, 2, f"個人番号 {n}\0".encode("cp932")))
    file = [(0x9002, 6, bytes(14)), (0x9005, 6, _properties(_property(0x3701, 0x0D, inner)))]
    yield _carrier("TNEF in TNEF", "winmail.dat", tnef(*(_attribute(2, *x) for x in file)), n)


# ------------------------------------------------------------------ S/MIME


def _identity() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "山田")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, *_year())
    return made.sign(key, hashes.SHA256()), key


def _year() -> tuple[datetime, datetime]:
    start = datetime(2026, 4, 1, tzinfo=UTC)
    return start, start + timedelta(days=365)


def _signed(rng: random.Random) -> Iterator[Carrier]:
    certificate, key = _identity()
    n = _number(rng)
    part = base64.b64encode(f"個人番号 {n}\r\n".encode()) + b"\r\n"
    part = (
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + part
    )
    builder = (
        pkcs7.PKCS7SignatureBuilder().set_data(part).add_signer(certificate, key, hashes.SHA256())
    )
    opaque = builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    yield _carrier("opaque p7m", "smime.p7m", opaque, n)
    pem = builder.sign(serialization.Encoding.PEM, [pkcs7.PKCS7Options.Binary])
    yield _carrier("opaque PEM in a text", "a.txt", pem, n)
    detached = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.DetachedSignature]
    yield _carrier(
        "clean: detached p7s", "smime.p7s", builder.sign(serialization.Encoding.DER, detached)
    )
    yield _carrier(
        "clean: certificate", "a.cer", certificate.public_bytes(serialization.Encoding.DER)
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    yield _carrier("clean: certificate in a text", "a.crt", pem)


if __name__ == "__main__":
    from tests.corpus.found import report

    report(carriers(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
