"""J to N: file names, special containers, charsets, hiding places, several parts (76 to 95)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import quote

from tests.message.catalogue.base import CODED, HEAD, MIXED, OCTETS, Case, Secret, mail, numbered
from tests.numbers import FULL_WIDTH

TEXT = b"Content-Type: text/plain; charset="


def cases(secret: Secret) -> Iterator[Case]:
    yield from _names(secret)
    yield from _containers(secret)
    yield from _charsets(secret)
    yield from _places(secret)
    yield from _apart(secret)


def _names(secret: Secret) -> Iterator[Case]:
    attached = b"Content-Disposition: attachment; "
    dispositions: dict[int, list[bytes]] = {
        76: [b'filename="a.jpg"\r\nContent-Type: image/png; name="b.exe"', b"filename=a.jpg; filename=b.txt"],
        77: [
            b"filename*1=.txt; filename*0=a", b"filename*1=a; filename*2=b", b"filename*0=a; filename*0=b",
            b"filename*=utf-16''%FE%FF%00a", b"filename*=utf-8''a%2Etxt; filename=b.txt", b"filename==?utf-8?Q?a.txt?=",
            b"filename*=utf-8''=?utf-8?Q?a?=", b"filename*=x'y", b"filename*0*=a'b; filename*1*=c",
        ],
        78: [
            b"filename='a.txt'", b'filename="a\\".txt"', b'filename="a.txt', b"filename=a;b.txt", b'filename="a\r\n b.txt"',
            b"filename=a(c).txt", b'filename="a.txt. "', b"filename=a\0.txt", b"filename=" + b"a" * 10_000,
            b"filename=../../a", b'filename="' + "\u202etxt.exe".encode() + b'"', b"filename", b"filename=",
        ],
    }  # fmt: skip
    for technique, variants in dispositions.items():
        parts = (OCTETS + b"\r\n" + CODED + b"\r\n" + attached + v + b"\r\n" for v in variants)
        yield from numbered(technique, (mail(secret.coded, part=part) for part in parts))


def _containers(secret: Secret) -> Iterator[Case]:
    text = secret.text
    inner = HEAD + b"\r\n" + text
    kinds: dict[int, list[tuple[bytes, bytes]]] = {
        79: [(b"message/partial; id=x; number=1; total=2", inner)],
        80: [(b"message/external-body; access-type=URL; URL=http://a.example/", b"Content-Type: text/plain\r\n\r\n")],
        81: [(b"message/global", inner), (b"message/global-headers", inner), (b"message/news", inner),
             (b"message/http", inner), (b"message/delivery-status", b"Reporting-MTA: dns; a\r\nX-A: " + text),
             (b"text/rfc822-headers", HEAD + b"X-A: " + text), (b"message/feedback-report", b"X-A: " + text)],
        82: [(b"application/ms-tnef", b"\x78\x9f\x3e\x22" + text)],
        83: [(b"application/pkcs7-mime; smime-type=enveloped-data", b"0\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x03"),
             (b"application/pgp-encrypted", b"Version: 1\r\n"),
             (b"text/plain", b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEM\r\n-----END PGP MESSAGE-----")],
        84: [(b"application/pkcs7-mime; smime-type=signed-data", b"0\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x02" + inner)],
    }  # fmt: skip
    for technique, variants in kinds.items():
        parts = (mail(body, part=b"Content-Type: " + kind + b"\r\n") for kind, body in variants)
        yield from numbered(technique, parts)
    encrypted = (
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=foo'
    )
    yield Case(83, "multipart", mail(b"b2s=", outer=encrypted))
    clear = b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=foo'
    yield Case(84, "clear", mail(secret.coded, outer=clear))
    report = b"Content-Type: multipart/report; report-type=delivery-status; boundary=foo"
    yield Case(81, "report", mail(inner, outer=report, part=b"Content-Type: message/rfc822\r\n"))


def _charsets(secret: Secret) -> Iterator[Case]:
    number = secret.number
    label = "個人番号"
    jis = label.encode("iso2022_jp")
    shifted = b"".join(d.encode() + b"\x1b(B" for d in number)
    wide = f"{label}：{number.translate(FULL_WIDTH)}です。"
    utf7 = f"{label} ".encode("utf-7") + b"".join(
        b"+" + base64.b64encode(d.encode("utf-16-be")).rstrip(b"=") + b"-" for d in number
    )
    texts: list[tuple[int, bytes, bytes]] = [
        (85, b"iso-2022-jp", jis + shifted), (85, b"iso-2022-jp", wide.encode("iso2022_jp")),
        (85, b"iso-2022-jp", jis + b"\x1b(I12\x1b(B " + number.encode()),
        (85, b"iso-2022-jp", jis + b"\x0e12\x0f " + number.encode()),
        (85, b"us-ascii", wide.encode("iso2022_jp")), (85, b"utf-8", wide.encode("iso2022_jp")),
        *((86, name, wide.encode("iso2022_jp")) for name in (b"cp50220", b"cp50221", b"iso-2022-jp-ms", b"jis")),
        *((86, name, f"①{wide}".encode("cp932")) for name in (b"shift_jis", b"x-sjis", b"windows-31j")),
        (86, b"eucjp-ms", wide.encode("euc_jp")),
        (87, b"utf-7", utf7), (87, b"us-ascii", utf7), (87, b"utf-8", utf7),
        (87, b"cp037", f"my number {number}".encode("cp037")), (87, b"utf-8", f"my number {number}".encode("cp037")),
        *((87, name.encode(), f"{label} {number} です".encode(name)) for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")),
        *((87, b"utf-8", f"my number {number}\r\n".encode(name)) for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")),
        *((87, name, wide.encode("cp932")) for name in (b"idna", b"unicode_escape", b"punycode", b"rot13", b"x\0y", b"none")),
        (87, b"rot13", wide.encode()), (87, b"unicode_escape", b"".join(b"\\x%02x" % b for b in secret.text)),
        *((88, b"utf-8", f"{label} {joined}".encode()) for joined in (
            "\u200b".join(number), "\u2060".join(number), "\ufeff".join(number), "\u00ad".join(number),
            "\u202e" + number, "".join(d + "\ufe0f\u20e3" for d in number),
            "".join(chr(0x660 + int(d)) for d in number), "".join(chr(0x966 + int(d)) for d in number),
            "".join("〇一二三四五六七八九"[int(d)] for d in number),
        )),
        (89, b"utf-8", wide.encode("utf-16")), (89, b"iso-8859-1", wide.encode("utf-8-sig")),
        (89, b"us-ascii", wide.encode("utf-32")),
        (89, b"utf-8", label.encode() + b" " + b"".join(bytes((0xC0, 0x80 | ord(d))) for d in number)),
        (89, b"utf-8", label.encode() + b" " + b"".join(bytes((0xE0, 0x80, 0x80 | ord(d))) for d in number)),
        (89, b"iso-2022-jp", jis + b" " + b"".join(d.encode() + b"\x1b$B\x1b(B" for d in number)),
    ]  # fmt: skip
    for n, (technique, charset, body) in enumerate(texts):
        part = TEXT + charset + b"\r\nContent-Transfer-Encoding: 8bit\r\n"
        yield Case(technique, f"attached {n} {charset!r}", mail(body, part=part))
        single = HEAD + TEXT + charset + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        yield Case(technique, f"alone {n} {charset!r}", single + base64.b64encode(body) + b"\r\n")


def _places(secret: Secret) -> Iterator[Case]:
    number, clear = secret.number, f"個人番号 {secret.number}"
    word = b"=?utf-8?B?" + base64.b64encode(clear.encode()) + b"?="
    strange = b"=?x-none?B?" + base64.b64encode(clear.encode()) + b"?="
    halves = [clear.encode()[:18], clear.encode()[18:]]
    split = b"\r\n ".join(b"=?utf-8?B?" + base64.b64encode(h) + b"?=" for h in halves)
    named = f"my-number-{number}".encode()
    at = (
        b"Subject", b"X-Foo", b"Organization", b"List-Id", b"Resent-From", b"Comments", b"Keywords",
        b"Thread-Topic", b"X-Mailer", b"Reply-To", b"DKIM-Signature", b"Received", b"References",
    )  # fmt: skip
    for name in at:
        rest = HEAD.replace(b"Subject: test\r\n", b"") + MIXED
        for kind, value in (
            ("word", word),
            ("split", split),
            ("strange", strange),
            ("raw", clear.encode()),
        ):
            outer = name + b": " + value + b"\r\n" + MIXED
            head = rest.removesuffix(MIXED)
            yield Case(90, f"{name.decode()} {kind}", mail(b"b2s=", head=head, outer=outer))
    for header in (b"From: " + word + b" <a@example.jp>", b"From: " + named + b"@example.jp"):
        yield Case(
            90,
            header[:9].decode() + str(len(header)),
            mail(b"b2s=", head=header + b"\r\n" + HEAD[24:]),
        )
    message_id = HEAD.replace(b"<a@", b"<" + named + b"@")
    yield Case(90, "Message-ID", mail(b"b2s=", head=message_id))
    for inner in (
        b"Content-Disposition: attachment; filename=" + named, b"Content-Description: " + word, b"X-Foo: " + word,
        b"Content-ID: <" + named + b"@a>", b"Content-Location: http://a.example/" + named,
        b"Content-Disposition: attachment; filename*=utf-8''" + quote(clear).encode(),
        b'Content-Disposition: attachment; filename="a.txt"; x-note="' + named + b'"',
    ):  # fmt: skip
        yield Case(
            90,
            f"part {inner[:26]!r}{len(inner)}",
            mail(b"b2s=", part=OCTETS + b"\r\n" + CODED + b"\r\n" + inner + b"\r\n"),
        )
    yield Case(
        90,
        "boundary",
        mail(b"b2s=", outer=b"Content-Type: multipart/mixed; boundary=foo; x=" + named),
    )
    digits = list(number)
    htmls = (
        f"<!-- {clear} -->", f'<p title="{clear}">x</p>', f'<p style="display:none">{clear}</p>',
        "個人番号 " + "".join(f"&#{ord(d)};" for d in digits), "個人番号 " + "<wbr>".join(digits),
        "<table><tr><td>個人番号</td>" + "".join(f"<td>{d}</td>" for d in digits) + "</tr></table>",
        f'<style>p:after{{content:"{clear}"}}</style><p>x</p>', "個人番号 " + "".join(f"<b>{d}</b>" for d in digits),
    )  # fmt: skip
    for n, html in enumerate(htmls):
        body = f"<html><body>{html}</body></html>".encode()
        yield Case(91, str(n), mail(body, part=b"Content-Type: text/html; charset=utf-8\r\n"))
    alternative = b"Content-Type: multipart/alternative; boundary=foo"
    yield Case(
        92,
        "second",
        mail(secret.text, outer=alternative, part=b"Content-Type: text/html; charset=utf-8\r\n"),
    )
    yield Case(
        92, "first", mail(b"b2s=", outer=alternative, text=TEXT + b"utf-8\r\n\r\n" + secret.text)
    )
    signs = ("-", " ", "\u2010", "\u2011", "\u2212", "－", "ー", "・", "\u00a0", "_", ".")
    for sign in signs:
        joined = sign.join((number[:4], number[4:8], number[8:]))
        yield Case(
            93, f"sign {ord(sign):x}", mail(f"個人番号 {joined}".encode(), part=TEXT + b"utf-8\r\n")
        )
    for end in (b"\r\n", b"=\r\n", b" \r\n", b"\r\n> "):
        coded = "個人番号 ".encode() + number[:8].encode() + end + number[8:].encode()
        coding = b"Content-Transfer-Encoding: quoted-printable\r\n" if b"=" in end else b""
        yield Case(
            93, f"wrapped {end!r}", mail(coded, part=TEXT + b"utf-8; format=flowed\r\n" + coding)
        )


def _apart(secret: Secret) -> Iterator[Case]:
    picture = base64.b64encode(_broken_png())
    yield Case(94, "picture", mail(picture, part=b"Content-Type: image/png\r\n" + CODED + b"\r\n"))
    partial = b"Content-Type: message/partial; id=x; number=2; total=2\r\nContent-Transfer-Encoding: 7bit\r\n"
    yield Case(95, "partial", mail(secret.coded, part=partial))
    yield Case(95, "reply chain", HEAD + TEXT + b"utf-8\r\n\r\nyes\r\n> > " + secret.text)
    half = secret.number[:6].encode(), secret.number[6:].encode()
    text = TEXT + b"utf-8\r\n\r\n" + "個人番号 ".encode() + half[0]
    yield Case(95, "halves", mail(base64.b64encode(half[1]), text=text))


def _broken_png() -> bytes:
    """A picture of 1200 × 800 whose pixels cannot be read: what stands in it nobody knows."""
    size = (1200).to_bytes(4, "big") + (800).to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + size + b"\x08\x02\x00\x00\x00" + bytes(64)
