"""What is left: macros, office files under a password, and formats that nobody here can read.

Answers: ``carriers``. Locked files have salts of their own, so their bytes differ between two
runs. A format that cannot be read must be held by name, whatever it carries.
"""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Iterator

import openpyxl
from msoffcrypto.format.ooxml import OOXMLFile

from gateway.extract.foreign import _NAMES, _SIGNATURES
from tests.corpus.archive_carriers import PASSWORD, letter
from tests.corpus.carrier import Carrier
from tests.corpus.mail_carriers import msg
from tests.corpus.workbook_surgery import edit, saved
from tests.numbers import my_numbers

FAMILY = "other"


def carriers(seed: int) -> Iterator[Carrier]:
    """Yield every kind once, each with a number of its own."""
    rng = random.Random(seed)
    for make in (_macros, _locked, _foreign):
        yield from make(rng)


def _number(rng: random.Random) -> str:
    return my_numbers(rng.randrange(1 << 30), 1)[0]


def _carrier(kind: str, name: str, content: bytes, *numbers: str) -> Carrier:
    return Carrier(FAMILY, kind, name, content, frozenset(numbers))


def workbook(*rows: tuple[str, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    return edit(saved(book), {})


# ------------------------------------------------------------------ macros


def compressed(source: bytes) -> bytes:
    """A container of [MS-OVBA] 2.4.1 with literals only."""
    out = b"\x01"
    for at in range(0, len(source), 3000):
        chunk = source[at : at + 3000]
        body = b"".join(b"\0" + chunk[i : i + 8] for i in range(0, len(chunk), 8))
        out += struct.pack("<H", 0xB000 | len(body) - 1) + body
    return out


def project(source: str) -> bytes:
    """A compound file with a VBA project of one module."""
    directory = struct.pack("<HIH", 3, 2, 932) + struct.pack("<HIIH", 9, 4, 1, 1)
    directory += struct.pack("<HI", 0x1A, 2) + b"M1" + struct.pack("<HII", 0x31, 4, 5)
    module = b"pcode" + compressed(source.encode("cp932"))
    streams = {"VBA/dir": compressed(directory), "VBA/M1": module, "PROJECT": b'Name="a"'}
    return msg(streams)


def _macros(rng: random.Random) -> Iterator[Carrier]:
    for kind, source in (
        ("macro, in a literal", '個人番号 = "{0}"\r\n'),
        ("macro, in a comment", "' 個人番号 {0}\r\n"),
        ("macro, literal in two pieces", '個人番号 = "{1}" & _\r\n  "{2}"\r\n'),
    ):
        number = _number(rng)
        code = 'Attribute VB_Name = "M1"\r\n' + source.format(number, number[:6], number[6:])
        book = edit(workbook(("a", "b")), {"xl/vbaProject.bin": project(code)})
        yield _carrier(kind, "集計.xlsm", book, number)


# ------------------------------------------------------------------ under a password


def locked(content: bytes, password: str) -> bytes:
    """The package in a compound file, encrypted as Office does ([MS-OFFCRYPTO] agile)."""
    out = io.BytesIO()
    OOXMLFile(io.BytesIO(content)).encrypt(password, out)
    return out.getvalue()


def _locked(rng: random.Random) -> Iterator[Carrier]:
    for kind, password, told in (
        ("xlsx, locked, password in the letter", PASSWORD, True),
        ("xlsx, locked, no password told", PASSWORD, False),
        ("xlsx, locked by Excel's default", "VelvetSweatshop", False),
    ):
        number = _number(rng)
        content = locked(workbook(("氏名", "個人番号"), ("山田", number)), password)
        if told:
            yield _carrier(kind, "送付.eml", letter(password, content, "名簿.xlsx"), number)
        else:
            yield _carrier(kind, "名簿.xlsx", content, number)


# ------------------------------------------------------------------ what cannot be read


def _foreign(rng: random.Random) -> Iterator[Carrier]:
    """One for each format known by its bytes, one for each known by a file name's ending."""
    first = {name: (at, mark) for at, mark, name in reversed(_SIGNATURES)}
    for name, (at, mark) in first.items():
        number = _number(rng)
        content = bytes(at) + mark + bytes(64) + rng.randbytes(200) + number.encode()
        yield _carrier(f"{name}, by its bytes", "資料.bin", content, number)
    for name, endings in _NAMES.items():
        number = _number(rng)
        content = b"\x81\x00\xfe\x02" + rng.randbytes(300) + number.encode("utf-16-le")
        yield _carrier(f"{name}, by its name", f"資料.{endings[0]}", content, number)
