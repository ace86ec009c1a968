"""Archives that carry numbers: every format, packing method, lock and disguise.

Answers: ``carriers``; written by the standard library, by 7z, gcab, jlha and genisoimage
where they are installed, and byte by byte for the rest. Locked archives and those with
times of their own differ in their bytes between two runs; all others depend on the seed.
Run ``python -m tests.corpus recall --family archive`` for what is found.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP

import inflate64
import openpyxl
import pyppmd
from backports import zstd

from tests.corpus import archive_writers as by_hand
from tests.corpus.archive_writers import Packed, by_program, utf8, zip_of
from tests.corpus.carrier import Carrier
from tests.corpus.pdf_carriers import _page
from tests.numbers import my_numbers

FAMILY = "archive"
NAME = "名簿.csv"
PASSWORD = "Himitsu-7"
_PROGRAM = b"MZ\x90\x00" + bytes(range(256)) * 8  # what stands in front of a self-extracting one
_GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x00\x00\x00\x00\x00,"
_GIF += b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

Make = Callable[[bytes], bytes]


def carriers(seed: int) -> Iterator[Carrier]:
    """Yield every archive, each with a number of its own."""
    rng = random.Random(seed)
    for kind, (ending, make) in {**_ZIPS, **_STREAMS, **_OTHERS, **_DISGUISES, **_BEHIND}.items():
        number = _number(rng)
        yield _carrier(kind, f"送付資料.{ending}", make(roster(number)), number)
    for kind, (ending, name) in _NAMED.items():
        number = _number(rng)
        yield _carrier(kind, f"送付資料.{ending}", name(f"個人番号{number}"), number)
    for kind, (_, lock) in _locks().items():
        number = _number(rng)
        yield _carrier(kind, "送付.eml", letter(PASSWORD, lock(roster(number))), number)
        yield _carrier(f"{kind}, no password told", "送付.bin", lock(roster(number)), number)
    for kind, seal in _SEALED.items():
        number = _number(rng)
        yield _carrier(f"{kind}, no password told", "送付.rar", seal(roster(number)), number)
    for make_clean in (_ZIPS["zip, deflated"], _STREAMS["tar.gz"], _OTHERS["rar 5, stored"]):
        yield _carrier(f"clean {make_clean[0]}", f"資料.{make_clean[0]}", make_clean[1](_CLEAN))


def roster(number: str) -> bytes:
    """A file with one number in it, as a ward office would write it."""
    return f"氏名,個人番号\r\n山田 太郎,{number}\r\n以上、よろしくお願いします。\r\n".encode()


_CLEAN = "品名,数量\r\nりんご,3\r\nみかん,12\r\n".encode()


def _carrier(kind: str, name: str, content: bytes, *numbers: str) -> Carrier:
    return Carrier(FAMILY, kind, name, content, frozenset(numbers))


def _number(rng: random.Random) -> str:
    return my_numbers(rng.randrange(1 << 30), 1)[0]


def letter(password: str, locked: bytes, name: str = "名簿.zip") -> bytes:
    """A saved mail that says the password of the file that it carries."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = "a@city.example.lg.jp", "b@example.org", "送付"
    made["Date"], made["MIME-Version"] = "Sat, 21 Nov 2026 10:00:00 +0900", "1.0"
    made.set_content(f"資料をお送りします。\nパスワードは「{password}」です。\n", cte="base64")
    made.add_attachment(locked, "application", "octet-stream", filename=name)
    made.set_boundary("archive-carrier")
    return made.as_bytes()


# ------------------------------------------------------------------ ZIP


def _zip(method: int, *, name: str = NAME) -> Make:
    def make(content: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(zipfile.ZipInfo(name), content, method)
        return out.getvalue()

    return make


deflated = _zip(zipfile.ZIP_DEFLATED)


def _method(number: int, pack: Make) -> Make:
    return lambda content: zip_of(utf8(NAME, content, number, pack(content)))


def _deflate64(content: bytes) -> bytes:
    packer = inflate64.Deflater()
    return packer.deflate(content) + packer.flush()


def _ppmd(content: bytes) -> bytes:
    order, megabytes = 6, 1
    head = struct.pack("<H", (order - 1) | (megabytes - 1) << 4)
    packer = pyppmd.Ppmd8Encoder(order, megabytes << 20, 0)
    return head + packer.encode(content) + packer.flush()


def _streamed(content: bytes) -> bytes:
    """Written without going back: sizes stand in a descriptor behind the data."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.got = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.got += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:  # type: ignore[arg-type]
        archive.writestr(zipfile.ZipInfo(NAME), content, zipfile.ZIP_DEFLATED)
    return bytes(pipe.got)


def _nested(depth: int) -> Make:
    def make(content: bytes) -> bytes:
        for _ in range(depth):
            content = deflated(content)
        return content

    return make


def _in_mail(content: bytes) -> bytes:
    return _zip(zipfile.ZIP_DEFLATED, name="送付.eml")(letter("", content, NAME))


def _sheet_in_mail(content: bytes) -> bytes:
    """A workbook in a ZIP in a saved mail."""
    book = openpyxl.Workbook()
    for row in content.decode().split():
        book.active.append(row.split(","))
    out = io.BytesIO()
    book.save(out)
    return letter("", _zip(zipfile.ZIP_DEFLATED, name="名簿.xlsx")(out.getvalue()))


def _twice(content: bytes) -> bytes:
    return zip_of(utf8(NAME, _CLEAN), utf8(NAME, content))


_ZIPS: dict[str, tuple[str, Make]] = {
    "zip, deflated": ("zip", deflated),
    "zip, stored": ("zip", _zip(zipfile.ZIP_STORED)),
    "zip, bzip2": ("zip", _zip(zipfile.ZIP_BZIP2)),
    "zip, lzma": ("zip", _zip(zipfile.ZIP_LZMA)),
    "zip, deflate64": ("zip", _method(by_hand.DEFLATE64, _deflate64)),
    "zip, zstd": ("zip", _method(by_hand.ZSTD, zstd.compress)),
    "zip, xz": ("zip", _method(by_hand.XZ, lzma.compress)),
    "zip, ppmd": ("zip", _method(by_hand.PPMD, _ppmd)),
    "zip, unknown method": ("zip", _method(199, bytes.swapcase)),
    "zip, name in cp932": ("zip", lambda c: zip_of(Packed(NAME.encode("cp932"), c))),
    "zip, name in UTF-8 unmarked": ("zip", lambda c: zip_of(Packed(NAME.encode(), c))),
    "zip, streamed": ("zip", _streamed),
    "zip, nested 3 deep": ("zip", _nested(3)),
    "zip, nested 9 deep": ("zip", _nested(9)),
    "zip in mail in zip": ("zip", lambda c: _in_mail(deflated(c))),
    "xlsx in zip in mail": ("eml", _sheet_in_mail),
    "zip, same name twice": ("zip", _twice),
    "zip, member left out of the directory": (
        "zip", lambda c: zip_of(utf8("a.txt", _CLEAN), Packed(b"b.txt", c, listed=False)),
    ),
    "zip, name differs between headers": (
        "zip", lambda c: zip_of(Packed(b"a.txt", c, local_name=b"b.bin")),
    ),
    "zip, without its directory": ("zip", lambda c: utf8(NAME, c).local()),
    "zip, cut off": ("zip", lambda c: deflated(c)[:-10]),
}  # fmt: skip


# ------------------------------------------------------------------ streams and tar


def tar(content: bytes, form: int = tarfile.PAX_FORMAT, *, name: str = NAME) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _linked(name: str) -> bytes:
    """A tar with nothing but a symbolic link, whose target says a number."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        info = tarfile.TarInfo("名簿")
        info.type, info.linkname = tarfile.SYMTYPE, name
        archive.addfile(info)
    return out.getvalue()


def _gzip_saying(flag: int, words: str) -> bytes:
    """A gzip whose header has a field: 8 is a file name, 16 a comment (RFC 1952)."""
    plain = _gzip(_CLEAN)
    return plain[:3] + bytes([flag]) + plain[4:10] + words.encode() + b"\0" + plain[10:]


_STREAMS: dict[str, tuple[str, Make]] = {
    "tar, pax": ("tar", tar),
    "tar, GNU": ("tar", lambda c: tar(c, tarfile.GNU_FORMAT)),
    "tar, ustar": ("tar", lambda c: tar(c, tarfile.USTAR_FORMAT)),
    "tar.gz": ("tar.gz", lambda c: _gzip(tar(c))),
    "tar.bz2": ("tar.bz2", lambda c: bz2.compress(tar(c))),
    "tar.xz": ("tar.xz", lambda c: lzma.compress(tar(c))),
    "tar.zst": ("tar.zst", lambda c: zstd.compress(tar(c))),
    "gz": ("csv.gz", _gzip),
    "bz2": ("csv.bz2", bz2.compress),
    "xz": ("csv.xz", lzma.compress),
    "lzma": ("csv.lzma", lambda c: lzma.compress(c, lzma.FORMAT_ALONE)),
    "zst": ("csv.zst", zstd.compress),
    "gz, two streams": ("gz", lambda c: _gzip(_CLEAN) + _gzip(c)),
    "gz of bz2 of xz": ("gz", lambda c: _gzip(bz2.compress(lzma.compress(c)))),
    "gz, cut off": ("gz", lambda c: _gzip(c)[:-6]),
    "zlib without a head": ("bin", zlib.compress),
}


# ------------------------------------------------------------------ other archives


def _with(tool: str, *arguments: str) -> Make:
    return lambda content: by_program(tool, NAME, content, *arguments)


def _programs() -> Iterator[tuple[str, tuple[str, Make]]]:
    """What the programs of this machine write; a missing one is told by ``missing``."""
    known = {
        "7z, LZMA2": ("7z", "7z", ("a", "-t7z", "OUT", "IN")),
        "7z, PPMd": ("7z", "7z", ("a", "-t7z", "-m0=PPMd", "OUT", "IN")),
        "7z, BZip2": ("7z", "7z", ("a", "-t7z", "-m0=BZip2", "OUT", "IN")),
        "7z, stored": ("7z", "7z", ("a", "-t7z", "-mx=0", "OUT", "IN")),
        "zip by 7z": ("7z", "zip", ("a", "-tzip", "OUT", "IN")),
        "cab, stored": ("gcab", "cab", ("-c", "OUT", "IN")),
        "cab, MSZIP": ("gcab", "cab", ("-cz", "OUT", "IN")),
        "lzh, lh5": ("jlha", "lzh", ("a", "OUT", "IN")),
        "iso, Joliet": ("genisoimage", "iso", ("-quiet", "-J", "-o", "OUT", ".")),
        "iso, Rock Ridge": ("genisoimage", "iso", ("-quiet", "-R", "-o", "OUT", ".")),
        "udf": ("genisoimage", "iso", ("-quiet", "-udf", "-o", "OUT", ".")),
        "lz4": ("lz4", "csv.lz4", ("-q", "IN", "OUT")),
    }
    for kind, (tool, ending, arguments) in known.items():
        if shutil.which(tool):
            yield kind, (ending, _with(tool, *arguments))


def _cpio(content: bytes) -> bytes:
    """The portable format of SVR4 (newc)."""

    def entry(name: bytes, body: bytes, mode: int) -> bytes:
        fields = (1, mode, 0, 0, 1, 0, len(body), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + name + b"\0"
        return head + bytes(-len(head) % 4) + body + bytes(-len(body) % 4)

    return entry(NAME.encode(), content, 0o100644) + entry(b"TRAILER!!!", b"", 0)


def _ar(content: bytes) -> bytes:
    head = b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (b"a.csv/", 0, 0, 0, 0o100644, len(content))
    return b"!<arch>\n" + head + content + b"\n" * (len(content) % 2)


_OTHERS: dict[str, tuple[str, Make]] = {
    **dict(_programs()),
    "rar 5, stored": ("rar", lambda c: by_hand.rar5(NAME, c)),
    "rar 4, stored": ("rar", lambda c: by_hand.rar4(NAME.encode("cp932"), c)),
    "lzh, stored": ("lzh", lambda c: by_hand.lzh(NAME.encode("cp932"), c)),
    "cpio": ("cpio", _cpio),
    "ar": ("a", _ar),
}


# ------------------------------------------------------------------ disguises


def _pdf_with(content: bytes) -> bytes:
    return _page(lambda page, _: page.drawString(72, 700, "See the enclosed."), "") + content


_DISGUISES: dict[str, tuple[str, Make]] = {
    "program with a zip": ("exe", lambda c: _PROGRAM + deflated(c)),
    "program with a rar": ("exe", lambda c: _PROGRAM + by_hand.rar5(NAME, c)),
    "shell script with a tar.gz": (
        "sh", lambda c: b"#!/bin/sh\ntail -n +3 $0 | tar xz\nexit\n" + _gzip(tar(c)),
    ),
    "ELF with a zip": ("run", lambda c: b"\x7fELF\x02\x01\x01" + bytes(600) + deflated(c)),
    "PDF with a zip behind": ("pdf", lambda c: _pdf_with(deflated(c))),
    "PDF with a rar behind": ("pdf", lambda c: _pdf_with(by_hand.rar5(NAME, c))),
    "PDF with a gz behind": ("pdf", lambda c: _pdf_with(_gzip(c))),
    "GIF with a zip behind": ("gif", lambda c: _GIF + deflated(c)),
    "GIF with a rar behind": ("gif", lambda c: _GIF + by_hand.rar5(NAME, c)),
    "GIF with text behind": ("gif", lambda c: _GIF + c),
    "two zips glued, first": ("zip", lambda c: deflated(c) + deflated(_CLEAN)),
    "two zips glued, last": ("zip", lambda c: deflated(_CLEAN) + deflated(c)),
    "zip behind noise": ("bin", lambda c: bytes(range(256)) * 4 + deflated(c)),
    "zip called a picture": ("png", deflated),
    "tar called a text": ("txt", tar),
}  # fmt: skip

_BEHIND: dict[str, tuple[str, Make]] = {  # data behind the end, of each format
    f"{kind}, data behind": (ending, lambda c, m=make: m(_CLEAN) + b"\n" + c)  # type: ignore[misc]
    for kind, (ending, make) in {**_ZIPS, **_STREAMS, **_OTHERS}.items()
    if "," not in kind or kind in {
        "zip, deflated", "7z, LZMA2", "cab, MSZIP", "lzh, lh5", "lzh, stored", "rar 5, stored",
        "rar 4, stored", "tar, pax", "tar, GNU", "iso, Joliet",
    }
}  # fmt: skip

_NAMED: dict[str, tuple[str, Callable[[str], bytes]]] = {  # the number is no file's content
    "zip, in a member's name": ("zip", lambda n: _zip(zipfile.ZIP_STORED, name=n)(_CLEAN)),
    "zip, in a folder's name": ("zip", lambda n: zip_of(utf8(n + "/", b""))),
    "zip, in its comment": ("zip", lambda n: zip_of(utf8(NAME, _CLEAN), comment=n.encode())),
    "zip, in a member's comment": (
        "zip", lambda n: zip_of(Packed(b"a.csv", _CLEAN, comment=n.encode())),
    ),
    "zip, in an extra field": (
        "zip", lambda n: zip_of(Packed(b"a.csv", _CLEAN, extra=_extra(n.encode()))),
    ),
    "tar, in a member's name": ("tar", lambda n: tar(_CLEAN, name=n)),
    "tar, in a link's target": ("tar", _linked),
    "rar, in a member's name": ("rar", lambda n: by_hand.rar5(n, _CLEAN)),
    "gz, in its file name": ("gz", lambda n: _gzip_saying(8, n)),
    "gz, in its comment": ("gz", lambda n: _gzip_saying(16, n)),
}  # fmt: skip


def _extra(words: bytes) -> bytes:
    return struct.pack("<HH", 0x7075, len(words)) + words


def _locks() -> dict[str, tuple[str, Make]]:
    """Archives under a password, by 7z where it is installed."""
    if not shutil.which("7z"):
        return {}
    lock = f"-p{PASSWORD}"
    return {
        "zip, ZipCrypto": ("zip", _with("7z", "a", "-tzip", lock, "OUT", "IN")),
        "zip, AES-256": ("zip", _with("7z", "a", "-tzip", "-mem=AES256", lock, "OUT", "IN")),
        "7z, locked": ("7z", _with("7z", "a", "-t7z", lock, "OUT", "IN")),
        "7z, names locked too": ("7z", _with("7z", "a", "-t7z", "-mhe=on", lock, "OUT", "IN")),
    }


_SEALED: dict[str, Make] = {
    "rar 5, locked": lambda c: by_hand.rar5_locked(NAME, c),
    "rar 5, names locked too": by_hand.rar5_names_locked,
    "rar 4, locked": lambda c: by_hand.rar4_locked(NAME.encode("cp932"), c),
    "rar 4, names locked too": by_hand.rar4_names_locked,
}


def missing() -> tuple[str, ...]:
    """Programs whose archives are left out here because they are not installed."""
    tools = ("7z", "gcab", "jlha", "genisoimage", "lz4")
    return tuple(tool for tool in tools if not shutil.which(tool))
