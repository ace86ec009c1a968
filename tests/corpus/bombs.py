"""Files that cost more than they weigh: archives and streams (documents are in ``bomb_documents``).

Answers: ``small`` for tests, ``large`` for ``python -m tests.bench bombs``: the same tricks
at the size at which they hurt.
None holds a number: what counts is time, memory, what is said of it, and the mails beside it.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from backports import zstd

from tests.corpus.archive_writers import DEFLATED, ZSTD, Packed, ending, zip_of

MB = 1 << 20


@dataclass(frozen=True)
class Bomb:
    """One hostile file."""

    kind: str
    file_name: str
    make: Callable[[], bytes] = field(repr=False)
    read: bool = False  # whether it is honest enough to be read whole, if it costs little


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def zeros(size: int) -> bytes:
    """A deflate stream of that many zeros, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join(packer.compress(bytes(MB)) for _ in range(size // MB)) + packer.flush()


# ------------------------------------------------------------------ ZIP


def one_kernel(count: int, size: int) -> bytes:
    """Fifield's full overlap: every member is the same kernel, quoted by the ones before it.

    Each header is hidden from the one before in a stored deflate block, as in his zbsg.
    """
    kernel = zeros(size)
    names = [b"%06d" % n for n in range(count)]
    crc, length = zlib.crc32(bytes(MB)), size
    body, sizes = b"", []
    local: list[bytes] = []
    inside, plain = kernel, length
    for name in reversed(names):
        head = struct.pack(
            "<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0x5C00, crc, len(inside), plain, len(name), 0
        )
        local.append(head + name)
        sizes.append((len(inside), plain))
        quoted = head + name
        block = b"\0" + struct.pack("<HH", len(quoted), len(quoted) ^ 0xFFFF) + quoted
        inside = block + inside  # the next one outwards unpacks this header, then the kernel
        plain += len(quoted)
    # What the outermost member packs is all of the file behind its own header.
    first = local[-1]
    body = first + inside[5 + len(first) :]
    directory, offset = b"", 0
    for name, head, (packed, told) in zip(names, reversed(local), reversed(sizes), strict=True):
        fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x5C00, crc, packed, told, len(name), 0)
        tail = struct.pack("<HHHII", 0, 0, 0, 0, offset)
        directory += b"PK\1\2" + struct.pack("<H", 20) + fields + tail + name
        offset += len(head) + 5
    return body + ending(count & 0xFFFF, len(directory), len(body), directory)


def one_offset(count: int, size: int) -> bytes:
    """Every directory entry points at the same member."""
    member = Packed(b"a", bytes(size), DEFLATED, zeros(size))
    body = member.local()
    directory = member.central(0) * count
    return body + ending(count & 0xFFFF, len(directory), len(body), directory)


def many_members(count: int) -> bytes:
    """Many members of nothing."""
    return zip_of(*(Packed(b"%d" % n, b"") for n in range(count)))


def many_bombs(count: int, size: int) -> bytes:
    """Many honest members of zeros, none of which overlaps."""
    packed = zeros(size)
    raw = bytes(size)
    return zip_of(*(Packed(b"%d" % n, raw, DEFLATED, packed) for n in range(count)))


def forty_two(levels: int, size: int) -> bytes:
    """Sixteen archives in each of sixteen archives, and so on, above zeros."""
    inner = zip_of(Packed(b"0.dll", bytes(size), DEFLATED, zeros(size)))
    for _ in range(levels):
        packed = deflated(inner)
        inner = zip_of(*(Packed(b"%d.zip" % n, inner, DEFLATED, packed) for n in range(16)))
    return inner


def nested(times: int, pack: Callable[[bytes], bytes]) -> bytes:
    content = "品名,数量\r\nりんご,3\r\n".encode()
    for _ in range(times):
        content = pack(content)
    return content


def lying(told: int, size: int) -> bytes:
    """A member that says it is smaller, or larger, than it is."""
    return zip_of(Packed(b"a.txt", bytes(size), DEFLATED, zeros(size), told_size=told))


def zstd_member(size: int) -> bytes:
    raw = bytes(size)
    return zip_of(Packed(b"a.txt", raw, ZSTD, zstd.compress(raw)))


# ------------------------------------------------------------------ tar


def odd_tar() -> bytes:
    """Links, devices, and names that lead out of a folder, with a text in each file."""
    out = io.BytesIO()
    kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
    names = ("../../evil.txt", "/etc/evil.txt", "C:\\evil.txt", "a:stream", "\u202egpj.exe", "..")
    with tarfile.open(fileobj=out, mode="w") as archive:
        for number, kind in enumerate(kinds):
            info = tarfile.TarInfo(f"odd{number}")
            info.type, info.linkname, info.devmajor = kind, "/etc/passwd", 1
            archive.addfile(info)
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 4
            archive.addfile(info, io.BytesIO(b"text"))
    return out.getvalue()


def sparse_tar(size: int) -> bytes:
    """GNU's old sparse form: one byte of data, and so many bytes that are said to be there."""
    info = tarfile.TarInfo("sparse")
    info.type, info.size = b"S", 512
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    head[386:398], head[398:410] = b"%011o\0" % (size - 512), b"%011o\0" % 512
    head[483:495] = b"%011o\0" % size
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + b"x" * 512 + bytes(1024)


def huge_tar_size() -> bytes:
    info = tarfile.TarInfo("huge")
    info.size = 1 << 60
    return info.tobuf(tarfile.GNU_FORMAT) + b"text" + bytes(2000)


# ------------------------------------------------------------------ all of them


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _streams(size: int) -> Iterator[Bomb]:
    packers = (("gzip", "gz", _gzip), ("bzip2", "bz2", bz2.compress), ("xz", "xz", lzma.compress))
    for kind, end, pack in (*packers, ("zstd", "zst", zstd.compress)):
        yield Bomb(f"{kind} of zeros", f"a.{end}", lambda p=pack: p(bytes(size)))  # type: ignore[misc]
        yield Bomb(
            f"{kind} of {kind} of zeros", f"a.{end}", lambda p=pack: p(p(bytes(size)))  # type: ignore[misc]
        )  # fmt: skip


def archives(scale: int) -> Iterator[Bomb]:
    """Every archive bomb; ``scale`` 1 is for tests, 10 and more is what people send."""
    size = 16 * MB * scale
    yield Bomb("zip, full overlap", "a.zip", lambda: one_kernel(200 * scale, size))
    yield Bomb("zip, one member listed often", "a.zip", lambda: one_offset(1500 * scale, size))
    yield Bomb("zip, many members", "a.zip", lambda: many_members(2000 * scale))
    yield Bomb("zip, many bombs", "a.zip", lambda: many_bombs(30 * scale, size))
    yield Bomb("zip, 16 zips in each of 16", "42.zip", lambda: forty_two(3, size))
    yield Bomb("zip in zip, 40 deep", "a.zip", lambda: nested(40, _zipped))
    yield Bomb("gzip of gzip, 20 times", "a.gz", lambda: nested(20, _gzip))
    yield Bomb("zip, says it is small", "a.zip", lambda: lying(10, size))
    yield Bomb("zip, says it is large", "a.zip", lambda: lying(0xFFFFFFF0, 1000))
    yield Bomb("zip, Zstandard", "a.zip", lambda: zstd_member(size * 2))
    yield Bomb("tar of links and devices", "a.tar", odd_tar, read=True)
    yield Bomb("tar, sparse", "a.tar", lambda: sparse_tar(1 << 32))
    yield Bomb("tar, says it is huge", "a.tar", huge_tar_size)
    yield from _streams(size)


def _zipped(content: bytes) -> bytes:
    return zip_of(Packed(b"a.zip", content, DEFLATED, deflated(content)))
