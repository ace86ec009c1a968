"""Documents that cost more than they weigh: office packages, PDF, pictures, Outlook, mail.

Answers: ``documents(scale)``, ``mails(scale)``: see ``bombs``.
"""

from __future__ import annotations

import binascii
import io
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.corpus.bombs import MB, Bomb
from tests.corpus.picture_files import heic

_TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="xml" ContentType="application/xml"/>%s</Types>'
)
_MAIN = b'<Override PartName="/%s" ContentType="application/vnd.openxmlformats-officedocument.%s.main+xml"/>'
_LAUGHS = b'<!DOCTYPE l [<!ENTITY a0 "ha">%s]>' % b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
)
_EXTERNAL = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
_W = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_S = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def _package(*parts: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return out.getvalue()


def docx(body: bytes, doctype: bytes = b"") -> bytes:
    """A document with this body and, if wanted, a DTD."""
    types = _TYPES % (_MAIN % (b"word/document.xml", b"wordprocessingml.document"))
    whole = doctype + b"<w:document %s><w:body>%s</w:body></w:document>" % (_W, body)
    return _package(("[Content_Types].xml", types), ("word/document.xml", whole))


def xlsx(data: bytes, doctype: bytes = b"") -> bytes:
    """A workbook with this sheetData."""
    types = _TYPES % (_MAIN % (b"xl/workbook.xml", b"spreadsheetml.sheet"))
    sheet = doctype + b"<worksheet %s><sheetData>%s</sheetData></worksheet>" % (_S, data)
    book = b"<workbook %s><sheets/></workbook>" % _S
    parts = (("[Content_Types].xml", types), ("xl/workbook.xml", book))
    return _package(*parts, ("xl/worksheets/sheet1.xml", sheet))


def _paragraph(text: bytes) -> bytes:
    return b"<w:p><w:r><w:t>%s</w:t></w:r></w:p>" % text


def _cell(reference: bytes, value: bytes) -> bytes:
    row = reference.lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return b'<row r="%s"><c r="%s"><v>%s</v></c></row>' % (row, reference, value)


def office(scale: int) -> Iterator[Bomb]:
    spaces = 15 * MB * scale
    yield Bomb("docx, billion laughs", "a.docx", lambda: docx(_paragraph(b"&a9;"), _LAUGHS))
    yield Bomb("docx, external entity", "a.docx", lambda: docx(_paragraph(b"&e;"), _EXTERNAL))
    yield Bomb("xlsx, billion laughs", "a.xlsx", lambda: xlsx(_cell(b"A1", b"&a9;"), _LAUGHS))
    yield Bomb(
        "xlsx, one cell XFD1048576", "a.xlsx", lambda: xlsx(_cell(b"XFD1048576", b"1")), read=True
    )
    yield Bomb("xlsx, spaces in a sheet", "a.xlsx", lambda: xlsx(b" " * spaces))
    yield Bomb("xlsx, spaces in a cell", "a.xlsx", lambda: xlsx(_cell(b"A1", b" " * spaces)))
    deep = 20_000 * scale
    yield Bomb(
        "docx, tables in tables", "a.docx",
        lambda: docx(b"<w:tbl><w:tr><w:tc>" * deep + b"</w:tc></w:tr></w:tbl>" * deep), read=True,
    )  # fmt: skip
    yield Bomb(
        "docx, deep elements", "a.docx", lambda: docx(b"<w:x>" * deep + b"</w:x>" * deep), read=True
    )


# ------------------------------------------------------------------ PDF


def pdf(stream: bytes, filters: bytes = b"/FlateDecode", *, kids: bytes = b"[3 0 R]") -> bytes:
    """One page with this content stream, as it lies in the file."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids %s>>" % kids,
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<<>>>>",
        b"<</Length %d/Filter[%s]>>stream\n%s\nendstream" % (len(stream), filters, stream),
    )
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    tail = b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)
    return out + b"xref\n0 5\n0000000000 65535 f \n" + table + tail


def pdfs(scale: int) -> Iterator[Bomb]:
    size, flate = 150 * MB * scale, b"/FlateDecode"
    yield Bomb("pdf, flate bomb", "a.pdf", lambda: pdf(_zlib_spaces(size)))
    yield Bomb(
        "pdf, double flate bomb", "a.pdf",
        lambda: pdf(zlib.compress(_zlib_spaces(size)), flate + flate),
    )  # fmt: skip
    operators = b"1 0 0 1 0 0 cm\n" * (90_000 * scale)
    yield Bomb("pdf, many operators", "a.pdf", lambda: pdf(zlib.compress(operators)), read=True)
    nest = b"q " * (90_000 * scale)
    yield Bomb("pdf, deep graphics states", "a.pdf", lambda: pdf(zlib.compress(nest)), read=True)
    yield Bomb("pdf, pages in a circle", "a.pdf", lambda: pdf(b"", kids=b"[2 0 R]"))
    deep = b"[" * 50_000 * scale
    yield Bomb("pdf, deep arrays", "a.pdf", lambda: pdf(b"", kids=deep))


def _zlib_spaces(size: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(b" " * MB) for _ in range(size // MB)) + packer.flush()


# ------------------------------------------------------------------ pictures


def png(width: int, height: int, data: bytes, *more: tuple[bytes, bytes]) -> bytes:
    """A PNG that says it is so large, with this data in it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = binascii.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    chunks = b"".join(chunk(*one) for one in more)
    tail = chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + chunks + tail


def _gif_frames(count: int) -> bytes:
    frames = [Image.new("P", (400, 400), n % 250) for n in range(count)]
    for number, frame in enumerate(frames):
        frame.putpixel((number % 400, number // 400), 1)
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


def pictures(scale: int) -> Iterator[Bomb]:
    big = 20_000
    yield Bomb("png, 20,000 by 20,000", "a.png", lambda: png(big, big, zlib.compress(bytes(MB))))
    text = b"Comment\0\0" + zlib.compress(b" " * 20 * MB * scale)
    yield Bomb(
        "png, packed text of spaces", "a.png",
        lambda: png(1, 1, zlib.compress(bytes(4)), (b"zTXt", text)),
    )  # fmt: skip
    gif = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;"
    yield Bomb("gif, 65,535 by 65,535", "a.gif", lambda: gif)
    yield Bomb("gif, many frames", "a.gif", lambda: _gif_frames(60 * scale), read=True)
    yield Bomb("jp2, code stream of 20,000 by 20,000", "a.jp2", lambda: _jpeg_2000(16, told=big))
    side = 900 * min(scale, 7)
    yield Bomb("jp2, one colour", "a.jp2", lambda: _jpeg_2000(side), read=True)
    yield Bomb("tiff, pages over one another", "a.tif", lambda: _pages_over_pages(400 * scale))
    if shutil.which("heif-enc"):
        yield Bomb("heic, 20,000 by 20,000", "a.heic", lambda: _heic(64, told=big))
        yield Bomb("heic, larger than it says", "a.heic", lambda: _heic(1024 * min(scale, 4), 64))


def _jpeg_2000(side: int, told: int = 0) -> bytes:
    """A square of one colour; its code stream says another size than the box in front."""
    out = io.BytesIO()
    Image.new("L", (side, side), 200).save(out, "JPEG2000")
    made = bytearray(out.getvalue())
    if told:
        struct.pack_into(">II", made, made.index(b"\xff\x4f\xff\x51") + 8, told, told)
    return bytes(made)


def _heic(side: int, told: int) -> bytes:
    """A square of one colour whose table says another size than its coded picture."""
    made = bytearray(heic(Image.new("L", (side, side), 200)))
    struct.pack_into(">II", made, made.index(b"ispe") + 8, told, told)
    return bytes(made)


def _pages_over_pages(count: int) -> bytes:
    """Tables of 2,000 fields each that lie two bytes apart, each naming the one behind it."""
    field = struct.pack("<HHII", 273, 4, 1, 0)
    return b"II*\0\x08\0\0\0" + b"".join(struct.pack("<H", 2000) + field for _ in range(count))


# ------------------------------------------------------------------ other documents


def _cyclic_compound(entries: int) -> bytes:
    """A compound file whose only sector of the table says that each chain is a circle."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<III", head, 40, 0, 1, 1)  # one sector of table; directory in sector 1
    struct.pack_into("<IIIII", head, 56, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, entries)
    struct.pack_into("<I", head, 76, 0)
    table = struct.pack("<128I", *(0xFFFFFFFD, 1, *range(2, 128)))
    name = "Workbook".encode("utf-16-le").ljust(64, b"\0")
    entry = (
        name
        + struct.pack("<HBBIII", 18, 2, 1, 1, 1, 1)
        + bytes(36)
        + struct.pack("<IQ", 2, 1 << 31)
    )
    root = "R".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HBBIII", 4, 5, 1, 1, 1, 1)
    return (
        bytes(head)
        + table
        + (root + bytes(36) + struct.pack("<IQ", 2, 1 << 31) + entry * 3)
        + bytes(8192)
    )


def _tnef_of_sizes() -> bytes:
    attribute = struct.pack("<BII", 2, 0x0006800F, 0x7FFFFFFF)
    return b"\x78\x9f\x3e\x22\0\0" + attribute * 2000


def others(scale: int) -> Iterator[Bomb]:
    deep = 50_000 * scale
    yield Bomb("compound file in circles", "a.xls", lambda: _cyclic_compound(0x7FFFFFFF))
    yield Bomb("TNEF of lying lengths", "winmail.dat", _tnef_of_sizes)
    yield Bomb("rtf, deep groups", "a.rtf", lambda: b"{\\rtf1" + b"{\\b" * deep + b"}" * deep)
    objects = b"{\\object\\objemb{\\*\\objdata 0105}" * (deep // 10)
    yield Bomb("rtf, objects in objects", "a.rtf", lambda: b"{\\rtf1" + objects)
    yield Bomb("rtf, binary that lies", "a.rtf", lambda: b"{\\rtf1\\bin2147483647 text}", read=True)
    yield Bomb(
        "html, deep", "a.html", lambda: b"<html>" + b"<div><table><tr><td>" * deep, read=True
    )
    yield Bomb("json, deep", "a.json", lambda: b'{"a":' * deep + b"1" + b"}" * deep, read=True)
    yield Bomb(
        "xml, deep",
        "a.xml",
        lambda: b"<?xml version='1.0'?>" + b"<a>" * deep + b"</a>" * deep,
        read=True,
    )
    yield Bomb("svg, billion laughs", "a.svg", lambda: _LAUGHS + b"<svg>&a9;</svg>")
    yield Bomb("digits without end", "a.txt", lambda: b"1234567890" * deep, read=True)
    yield Bomb("digits and hyphens", "a.txt", lambda: b"1-" * 5 * deep, read=True)
    yield Bomb(
        "a CSV of one column of digits", "a.csv", lambda: b"1234-5678-9012\n" * deep, read=True
    )
    yield Bomb("opening brackets", "a.html", lambda: b"<html>" + b"<" * 10 * deep, read=True)


def documents(scale: int) -> Iterator[Bomb]:
    """Every document; ``scale`` as for ``bombs.archives``."""
    for room in (office, pdfs, pictures, others):
        yield from room(scale)


# ------------------------------------------------------------------ whole mails


def mails(scale: int) -> Iterator[Bomb]:
    """Mails that are bombs as such (RFC 822 text, not attachments)."""
    deep, wide = 200 * scale, 2000 * scale
    yield Bomb("multiparts in multiparts", "a.eml", lambda: _nested_parts(deep))
    yield Bomb(
        "mails in mails", "a.eml", lambda: b"Content-Type: message/rfc822\r\n\r\n" * deep + b"x"
    )
    yield Bomb("many parts", "a.eml", lambda: _HEAD + b"--b\r\n\r\nx\r\n" * wide + b"--b--\r\n")
    yield Bomb("many header lines", "a.eml", lambda: b"X-A: b\r\n" * 5 * wide + b"\r\nx")
    parameters = b"".join(b"; p%d=x" % n for n in range(2 * wide))
    yield Bomb(
        "many parameters", "a.eml", lambda: b"Content-Type: text/plain%s\r\n\r\nx" % parameters
    )
    pieces = b"".join(b";\r\n name*%d=x" % n for n in range(wide))
    yield Bomb("a name in many pieces", "a.eml", lambda: b"Content-Type: a/b%s\r\n\r\nx" % pieces)
    yield Bomb(
        "comments in comments", "a.eml", lambda: b"To: " + b"(" * 5 * wide + b"\r\n\r\nx", read=True
    )
    yield Bomb(
        "a message id of brackets",
        "a.eml",
        lambda: b"Message-ID: " + b"<" * 5 * wide + b"\r\n\r\nx",
        read=True,
    )


_HEAD = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"


def _nested_parts(deep: int) -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(deep)
    )
    return b"MIME-Version: 1.0\r\n" + opened + b"\r\nx\r\n"
