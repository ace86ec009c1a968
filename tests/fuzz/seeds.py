"""Inputs to begin with: small files of the corpora, with one planted number and one planted line.

Everything comes from ``PLANTED``, so that the oracles know what must never be shown.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator

import inflate64
from PIL import Image

from gateway.inspection import wire
from gateway.model import Inspection, PartCoverage, Persons, Place
from tests.corpus import archive_carriers, mail_carriers, text_carriers
from tests.corpus.archive_writers import Packed, zip_of
from tests.corpus.picture_files import boxed, tiff
from tests.extract.samples import pdf, workbook
from tests.message.catalogue import cases
from tests.numbers import FULL_WIDTH, grouped, my_number

SEED = 20261122
PLANTED = my_number(SEED)
LINE = f"\nMy Number: {PLANTED}\r\n".encode()
_SMALL = 8192


def spells_planted(content: bytes) -> bool:
    """Whether the number stands there in another width of characters."""
    return PLANTED.encode("utf-16-le") in content or PLANTED.encode("utf-16-be") in content


def _small(contents: Iterator[bytes], most: int = _SMALL) -> Iterator[bytes]:
    return (content for content in contents if len(content) <= most)


def _text(*kinds: str) -> Iterator[bytes]:
    """Text carriers whose kind has one of these words in it; all without a word."""
    for carrier in text_carriers.carriers(SEED):
        if not kinds or any(kind in carrier.kind.lower() for kind in kinds):
            yield carrier.content


def mails() -> Iterator[bytes]:
    for number, case in enumerate(cases(SEED)):
        if number % 12 == 0 and len(case.content) < _SMALL:
            yield case.content
    head = b"MIME-Version: 1.0\r\nSubject: x\r\n"
    yield head + b"\r\nhello" + LINE
    inner = b"--b\r\nContent-Type: text/plain\r\n\r\nhi" + LINE + b"--b--\r\n"
    yield head + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + inner
    coded = b"Content-Transfer-Encoding: quoted-printable\r\n\r\nhi=\r\n" + LINE
    yield head + b"Content-Type: text/plain; charset=iso-2022-jp\r\n" + coded


def charsets() -> Iterator[bytes]:
    for number, codec in enumerate(("utf-8", "cp932", "euc_jp", "iso2022_jp", "utf-16", "utf-7")):
        text = f"氏名 山田\r\n個人番号 {PLANTED.translate(FULL_WIDTH)}\r\n"
        yield bytes([number]) + text.encode(codec, "ignore") + LINE


def texts() -> Iterator[bytes]:
    yield from _small(_text())
    yield "本日はよろしくお願いします。".encode() + LINE


def pages() -> Iterator[bytes]:
    yield from _small(_text("html"))
    yield f"<table><tr><td>個人番号<td>{PLANTED}<td><!-- x --></table>".encode()
    yield f"<p title='{PLANTED}'>&#49;<wbr>2<style>a{{content:'1'}}</style>".encode()


def jsons() -> Iterator[bytes]:
    yield from _small(_text("json"))


def cards() -> Iterator[bytes]:
    yield from _small(_text("card", "ldif", "calendar", "vcf"))
    yield f"BEGIN:VCARD\r\nNOTE:{PLANTED}\r\nEND:VCARD\r\n".encode()
    yield f"dn: cn=a\ndescription:: {PLANTED}\n".encode()


def coded() -> Iterator[bytes]:
    yield from _small(_text("uuencode", "base64", "yenc", "quoted-printable", "binhex"))


def rtfs() -> Iterator[bytes]:
    yield rb"{\rtf1\ansi\ansicpg932{\fonttbl{\f0\fcharset128 a;}}\f0 \'8c\'c2 %s\par}" % (
        PLANTED.encode()
    )
    yield rb"{\rtf1{\*\ud{\u20491?}}\uc1\u20154 ?{\field{\*\fldinst x}{\fldrslt %s}}}" % (
        PLANTED.encode()
    )
    yield rb"{\rtf1\trowd\cellx100 \intbl 1\cell 2\cell\row{\object\objdata 0105}\bin4 abcd}"


def compounds() -> Iterator[bytes]:
    for carrier in mail_carriers.carriers(SEED):
        if carrier.content.startswith(b"\xd0\xcf\x11\xe0") and len(carrier.content) <= 16384:
            yield carrier.content


def tnefs() -> Iterator[bytes]:
    for carrier in mail_carriers.carriers(SEED):
        if carrier.content.startswith(b"x\x9f\x3e\x22"):
            yield carrier.content


def signed() -> Iterator[bytes]:
    for carrier in mail_carriers.carriers(SEED):
        if carrier.content[:1] == b"\x30":
            yield carrier.content


def records() -> Iterator[bytes]:
    """A BIFF8 stream with a shared string and a number; an XLSB part with the same."""

    def record(kind: int, body: bytes) -> bytes:
        return kind.to_bytes(2, "little") + len(body).to_bytes(2, "little") + body

    text = PLANTED.encode("utf-16-le")
    shared = b"\1\0\0\0\1\0\0\0\x0c\0\1" + text
    yield (
        record(0x809, b"\0\6\5\0" + bytes(12))
        + record(0xFC, shared)
        + record(0x203, bytes(6) + b"\0\0\0\0\0\0\xf0\x3f")
        + record(0x0A, b"")
    )
    yield b"\x9f\x01\x00\x13\x1d\0\x0c\0\0\0" + text + b"\xa0\x01\x00\x00\x04\1\0\0\0"


def pdfs() -> Iterator[bytes]:
    yield pdf(f"個人番号 {grouped(PLANTED)}")
    packed = zlib.compress(f"BT ({PLANTED}) Tj ET".encode())
    head = b"%%PDF-1.4\n1 0 obj<</Length %d/Filter/FlateDecode>>stream\n" % len(packed)
    yield (
        head
        + packed
        + (b"\nendstream endobj\ntrailer<</Root 1 0 R/Info<</Title<feff0031>>>>>\n%%EOF\n")
    )


def _archives(*words: str) -> Iterator[bytes]:
    for carrier in archive_carriers.carriers(SEED):
        if any(word in carrier.kind for word in words) and len(carrier.content) <= _SMALL:
            yield carrier.content


KINDS = ("AVIF", "JPEG", "PNG", "GIF", "WEBP")


def picture_files() -> Iterator[bytes]:
    """Of each kind whose tables are read here; HEIC has those of AVIF."""
    page = Image.new("L", (8, 8), 9)
    yield from (tiff(page, LINE), tiff(page, LINE, big=True))
    for kind, options in (
        ("JPEG2000", {}),
        ("JPEG2000", {"no_jp2": True}),
        *((k, {}) for k in KINDS),
    ):
        out = io.BytesIO()
        page.save(out, kind, **options)
        yield out.getvalue() + LINE
        yield out.getvalue() + boxed(b"asoc", boxed(b"lbl ", LINE))


def deflate64() -> Iterator[bytes]:
    for content in (LINE, LINE * 300, bytes(70_000), bytes(range(256)) * 3):
        packer = inflate64.Deflater()
        yield packer.deflate(content) + packer.flush()


def glued() -> Iterator[bytes]:
    yield b"#!/bin/sh\nexit\n" + LINE + gzip.compress(LINE, mtime=0)
    yield LINE + b"\x89PNG\r\n\x1a\n" + bytes(40)


def zips() -> Iterator[bytes]:
    yield from _archives("zip")
    yield zip_of(Packed(b"a", LINE, told_size=1 << 30, comment=PLANTED.encode()))
    yield from _small(iter([workbook()]))


def archives() -> Iterator[bytes]:
    yield from _archives("7z", "rar", "tar", "cpio", "lzh", "cab", "ar")


def streams() -> Iterator[bytes]:
    yield from _archives("gz", "bz2", "xz", "lzma", "zst")


def everything() -> Iterator[bytes]:
    for room in (texts, pages, rtfs, compounds, tnefs, pdfs, zips, archives, streams):
        yield from (content for n, content in enumerate(room()) if n % 5 == 0)


def proses() -> Iterator[bytes]:
    n = PLANTED
    for text in (
        f"個人番号は {n} です。", f"マイナンバー：{n.translate(FULL_WIDTH)}", grouped(n, " "),
        f"氏名,個人番号\n山田,{n}\n鈴木,{grouped(n)}\n", "Tel: 03-1234-5678 2026-11-22 ①②③",
        "個人番号 " + " ".join(n), "〇一二三 " + grouped(n, "ー"), f"My Number\t{n[:6]}\n{n[6:]}",
    ):  # fmt: skip
        yield text.encode()


def replies() -> Iterator[bytes]:
    yield b"250-mx.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n250 2.0.0 ok\r\n"
    yield b"550 5.7.1 no such\r\n421\r\n354 go on\r\n" + PLANTED.encode()


def commands() -> Iterator[bytes]:
    for line in (
        "FROM:<a@example.jp> SIZE=100 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb",
        'TO:<"a b"@例え.jp> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+40b', "FROM:<> SIZE=0",
        f"TO:<{PLANTED}@docomo.ne.jp> ORCPT=utf-8;{PLANTED}",
        f"NAME=pc.example ADDR=IPV6:2001:db8::1 PORT=25 IDENT={PLANTED} SOURCE=LOCAL",
    ):  # fmt: skip
        yield line.encode()


def addresses() -> Iterator[bytes]:
    for line in (
        "a@exp.co.jp",
        f"{PLANTED}@xn--r8jz45g.jp",
        "a@ｅｘｐ．co.jp",
        "ａ＠例え。jp",
        "a@[::1]",
    ):
        yield line.encode()


def answers() -> Iterator[bytes]:
    place = Place(("1 a.txt", "line 2"))
    parts = (PartCoverage(place, "text/plain", 3, True),)
    yield wire.dumps(Inspection(parts=parts, persons=Persons(1, 1, 1), elapsed_ms=1.5))
    yield b'{"findings": []}'
