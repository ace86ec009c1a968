"""RTF, old binary files, metafiles and pages by hand; used by ``word_carriers``."""

from __future__ import annotations

import struct
from collections.abc import Callable

from gateway.extract.compound_cut import _Item, _written
from tests.corpus.word_surgery import packed, paragraph, with_body

_LABEL = "個人番号："
_HEAD = rb"{\rtf1\ansi\ansicpg932\deff0{\fonttbl{\f0\fcharset128 MS Mincho;}{\f1\fcharset0 Arial;}}"


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file; ``/`` parts storages from streams."""
    root = _Item("Root Entry", None)
    for path, content in streams.items():
        at = root
        *storages, name = path.split("/")
        for storage in storages:
            at = at.items.setdefault(storage, _Item(storage, None))
        at.items[name] = _Item(name, content)
    return _written(root)


def _quoted(text: str) -> bytes:
    r"""Text as ``\'hh`` in cp932; Word leaves an ASCII second byte as it is."""
    out = bytearray()
    for char in text:
        first, *rest = char.encode("cp932")
        if not rest and char.isalnum():
            out.append(first)
            continue
        out += b"\\'%02x" % first
        for byte in rest:
            out += bytes((byte,)) if chr(byte).isalnum() and byte < 128 else b"\\'%02x" % byte
    return bytes(out)


def _rtf(body: bytes) -> bytes:
    return _HEAD + body + b"}"


def _coded(number: str) -> bytes:
    spelled = "".join(f"\\u{ord(c)}?" for c in _LABEL) + "".join(
        f"\\u{0xFF10 + int(d) - 65536}?" for d in number
    )
    return _rtf(spelled.encode())


def _boxes(number: str) -> bytes:
    cells = b"".join(b"\\pard\\intbl " + _quoted(t) + b"\\cell" for t in ("個人番号", *number))
    return _rtf(b"\\trowd" + b"\\cellx100" * 13 + cells + b"\\row\\pard end")


def _object(number: str) -> bytes:
    content = with_body(paragraph(_LABEL, *number))
    frame = struct.pack("<II", 0x501, 2) + b"".join(
        struct.pack("<I", len(n)) + n for n in (b"Package\x00", b"", b"")
    )
    data = frame + struct.pack("<I", len(content)) + content
    return _rtf(b"{\\object{\\*\\objclass Package}{\\*\\objdata " + data.hex().encode() + b"}}")


def _bin_object(number: str) -> bytes:
    content = with_body(paragraph(_LABEL, *number))
    return _rtf(b"{\\*\\objdata\\bin%d " % len(content) + content + b"}")


def _shapes(number: str) -> bytes:
    def shape(text: str, left: int) -> bytes:
        return b"{\\shp{\\*\\shpinst\\shpleft%d\\shptop0{\\shptxt " % left + _quoted(text) + b"}}}"

    order = sorted(range(12), key=lambda n: (n * 7) % 12)
    return _rtf(shape("個人番号", 0) + b"".join(shape(number[n], 100 * (n + 1)) for n in order))


def _word_6(number: str) -> bytes:
    """Word 6: a header, and 8-bit text between two offsets."""
    text = f"申請書\r個人番号：{number}\r".encode("cp932")
    fib = bytearray(0x400)
    struct.pack_into("<HH", fib, 0, 0xA5DC, 104)
    struct.pack_into("<H", fib, 6, 0x0411)
    struct.pack_into("<II", fib, 0x18, len(fib), len(fib) + len(text))
    struct.pack_into("<I", fib, 0x34, len(text))
    return compound({"WordDocument": bytes(fib) + text})


def _two_pieces(number: str) -> bytes:
    """Word 97: a number that two pieces share, the first in 8 bits, the second in 16."""
    head, first, second = 0x400, f"ID {number[:5]}".encode("cp1252"), number[5:] + "\r"
    label = _LABEL.encode("utf-16-le")
    wide = second.encode("utf-16-le")
    fib = bytearray(head)
    struct.pack_into("<HH", fib, 0, 0xA5EC, 0x00C1)
    struct.pack_into("<H", fib, 10, 0x0200)
    counts = (len(_LABEL), len(first) - 3, len(second))
    struct.pack_into("<I", fib, 0x4C, sum(counts))
    places = (head, ((head + len(label) + 3) * 2) | 0x40000000, head + len(label) + len(first))
    positions = [sum(counts[:n]) for n in range(4)]
    plc = struct.pack("<4I", *positions) + b"".join(struct.pack("<HIH", 0, p, 0) for p in places)
    clx = b"\x02" + struct.pack("<I", len(plc)) + plc
    struct.pack_into("<II", fib, 0x1A2, 0, len(clx))
    return compound({"WordDocument": bytes(fib) + label + first + wide, "1Table": clx})


def _leftover(number: str) -> bytes:
    fib = bytearray(0x400)
    struct.pack_into("<HH", fib, 0, 0xA5DC, 104)
    struct.pack_into("<II", fib, 0x18, len(fib), len(fib) + 5)
    struct.pack_into("<I", fib, 0x34, 5)
    return bytes(fib) + b"short" + bytes(64) + f"個人番号：{number}".encode("cp932") + bytes(64)


def _record(kind: int, body: bytes, options: int = 0) -> bytes:
    return struct.pack("<HHI", options, kind, len(body)) + body


def _slide_atoms(number: str) -> bytes:
    def shape(text: str, left: int) -> bytes:
        anchor = _record(0xF010, struct.pack("<4h", 0, left, left + 50, 50))
        words = _record(0x0FA0, text.encode("utf-16-le"))
        return _record(0xF004, anchor + _record(0xF00D, words, 0xF), 0xF)

    order = sorted(range(12), key=lambda n: (n * 5) % 12)
    shapes = shape("個人番号", 0) + b"".join(shape(number[n], 100 * (n + 1)) for n in order)
    slide = _record(0x03EE, shapes, 0xF)
    return compound({"PowerPoint Document": slide, "Current User": bytes(40)})


def _native(number: str) -> bytes:
    file = f"個人番号,{number}\r\n".encode("cp932")
    body = b"\x02\x00a.csv\x00C:\\a.csv\x00\x00\x00\x03\x00" + struct.pack("<I", 6) + b"a.csv\x00"
    body += struct.pack("<I", len(file)) + file
    return compound(
        {"\x01Ole10Native": struct.pack("<I", len(body)) + body, "\x01CompObj": bytes(20)}
    )


def _orphan(number: str) -> bytes:
    """A stream that no storage names any more."""
    content = compound({"a": b"x", "Contents": f"個人番号：{number}".encode("utf-16-le")})
    at = content.find("Root Entry".encode("utf-16-le"))
    return content[: at + 76] + b"\xff" * 4 + content[at + 80 :]


def _enhanced(number: str) -> bytes:
    def text(words: str, x: int) -> bytes:
        raw = words.encode("utf-16-le")
        raw += bytes(-len(raw) % 4)
        head = bytes(28) + struct.pack("<iiIII", x, 10, len(words), 76, 0) + bytes(20)
        return struct.pack("<II", 84, 8 + len(head) + len(raw)) + head + raw

    head = struct.pack("<II", 1, 108) + bytes(32) + b" EMF" + bytes(64)
    digits = b"".join(text(d, 100 + 20 * n) for n, d in enumerate(number))
    return head + text("個人番号", 0) + digits


def _page(number: str) -> bytes:
    glyphs = "".join(
        f'<Glyphs OriginX="{x}" OriginY="50" UnicodeString="{t}"/>'
        for x, t in [(0, "個人番号 "), *((100 + 10 * n, d) for n, d in enumerate(number))][::-1]
    )
    types = (
        '<Types xmlns="t"><Override PartName="/FixedDocSeq.fdseq" '
        'ContentType="application/vnd.ms-package.xps-fixeddocumentsequence+xml"/></Types>'
    )
    return packed(
        {"[Content_Types].xml": types.encode(),
         "Documents/1/Pages/1.fpage": f'<FixedPage xmlns="x">{glyphs}</FixedPage>'.encode()}
    )  # fmt: skip


KINDS: tuple[tuple[str, str, Callable[[str], bytes]], ...] = (
    ("rtf in cp932", "申請.rtf", lambda n: _rtf(_quoted(_LABEL) + n.encode())),
    ("rtf in cp932 with a Western font", "申請.rtf", lambda n: _rtf(b"\\f1 " + _quoted(_LABEL) + n.encode())),
    ("rtf in Unicode", "申請.rtf", _coded),
    ("rtf cut by formatting", "申請.rtf", lambda n: _rtf(_quoted(_LABEL) + b"".join(b"{\\b %c}" % ord(d) for d in n))),
    ("rtf cut by line ends", "申請.rtf", lambda n: _rtf(_quoted(_LABEL) + "\r\n".join(n).encode())),
    ("rtf cut by a footnote", "申請.rtf", lambda n: _rtf(_quoted(_LABEL) + n[:6].encode() + b"{\\footnote note 1}" + n[6:].encode())),
    ("rtf cut by deleted digits", "申請.rtf", lambda n: _rtf(_quoted(_LABEL) + n[:6].encode() + b"{\\deleted 88}" + n[6:].encode())),
    ("rtf cut by inserted digits", "申請.rtf", lambda n: _rtf(_quoted(_LABEL) + n[:6].encode() + b"{\\revised 88}" + n[6:].encode())),
    ("rtf cut by hidden digits", "申請.rtf", lambda n: _rtf(_quoted(_LABEL) + n[:6].encode() + b"{\\v 88}" + n[6:].encode())),
    ("rtf boxes in a table", "申請.rtf", _boxes),
    ("rtf shapes", "申請.rtf", _shapes),
    ("rtf object", "申請.rtf", _object),
    ("rtf object as it is", "申請.rtf", _bin_object),
    ("rtf destination to ignore", "申請.rtf", lambda n: _rtf(b"{\\*\\mystery " + _quoted(_LABEL) + n.encode() + b"}")),
    ("rtf title", "申請.rtf", lambda n: _rtf(b"{\\info{\\title " + _quoted(_LABEL) + n.encode() + b"}}")),
    ("rtf field code", "申請.rtf", lambda n: _rtf(b"{\\field{\\*\\fldinst QUOTE " + _quoted(_LABEL) + n.encode() + b"}{\\fldrslt x}}")),
    ("rtf without an end", "申請.doc", lambda n: b"\r\n" + _HEAD + _quoted(_LABEL) + n.encode()),
    ("Word 6", "申請.doc", _word_6),
    ("doc in pieces of two widths", "申請.doc", _two_pieces),
    ("doc with a leftover", "申請.doc", lambda n: compound({"WordDocument": _leftover(n)})),
    ("ppt with a shape for each digit", "説明.ppt", _slide_atoms),
    ("packaged file", "oleObject1.bin", _native),
    ("stream without a storage", "data.bin", _orphan),
    ("metafile", "図.emf", _enhanced),
    ("fixed page", "帳票.xps", _page),
)  # fmt: skip
