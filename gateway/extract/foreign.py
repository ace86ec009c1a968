"""Formats that we know by name and cannot read: the reviewer is told which program opens it.

Answers: ``unsupported`` with the format's name, by signature first, by the ending of the
name where the bytes say nothing.
Trusts: a name only to call an unreadable thing by it; never to pass it.
Fails: never.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract.sample import Sample, Yielded
from gateway.extract.sniff import OCTETS
from gateway.model import InspectionLimits, Unread, UnreadReason

_SIGNATURES = (  # offset, bytes, name
    (0, b"\x00\x01\x00\x00Standard Jet DB", "access"),
    (0, b"\x00\x01\x00\x00Standard ACE DB", "access"),
    (0, b"!BDN", "outlook store"),
    (0, bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"), "onenote"),
    (0, b"\x00\x00\x1a\x00\x00\x10\x04\x00", "lotus 1-2-3"),
    (0, b"\x00\x00\x1a\x00\x02\x10\x04\x00", "lotus 1-2-3"),
    (0, b"\x00\x00\x1a\x00\x03\x10\x04\x00", "lotus 1-2-3"),
    (0, b"\x00\x00\x1a\x00\x05\x10\x04\x00", "lotus 1-2-3"),
    (0, b"\x00\x00\x02\x00\x06\x04\x06\x00", "lotus 1-2-3"),
    (0, b"HWP Document File", "hwp"),
    (0, b"AT&TFORM", "djvu"),
    (0, b"AC10", "autocad"),
    (0, b"\xc5\xd0\xd3\xc6", "postscript"),
    (0, b"\xdb\xa5\x2d\x00", "word 2"),
    (0, b"\x1aE\xdf\xa3", "video"),
    (0, b"RIFF", "audio or video"),
    (0, b"OggS", "audio or video"),
    (0, b"ID3", "audio"),
    (0, b"fLaC", "audio"),
    (0, b"MThd", "audio"),
    (0, b"FLV\x01", "video"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "audio or video"),
    (0, b"\x00\x00\x01\xba", "video"),
    (0, b"\x00\x00\x01\xb3", "video"),
    (4, b"ftypqt", "video"),
    (4, b"ftypmp4", "video"),
    (4, b"ftypisom", "video"),
    (4, b"ftypM4A", "audio"),
    (4, b"ftypM4V", "video"),
    (4, b"ftyp3g", "video"),
    (4, b"ftypiso", "video"),
    (4, b"ftypavc", "video"),
    (4, b"ftypMSNV", "video"),
)
_NOT_SOUND = ((8, b"WEBP"),)  # a picture in the frame of sounds
_TYPES = {
    "audio/": "audio", "video/": "video", "image/vnd.djvu": "djvu", "image/vnd.dwg": "autocad",
    "application/vnd.apple.iwork": "iwork", "application/vnd.iccprofile": "colour profile",
    "application/vnd.ms-outlook-pst": "outlook store", "application/x-hwp": "hwp",
}  # fmt: skip
_NAMES = {
    "ichitaro": ("jtd", "jtdc", "jtt", "jttc", "jaw", "jbw", "jfw", "jvw", "juw", "jsw", "jhd"),
    "docuworks": ("xdw", "xbd", "xct"),
    "lotus 1-2-3": ("123", "wk1", "wk3", "wk4", "wj2", "wj3"),
    "access": ("mdb", "accdb", "accde", "mde"),
    "outlook store": ("pst", "ost"),
    "visio": ("vsd", "vss", "vst"),
    "publisher": ("pub",),
    "onenote": ("one", "onetoc2", "onepkg"),
    "hwp": ("hwp",),
    "iwork": ("pages", "numbers", "key"),
    "djvu": ("djvu", "djv"),
    "autocad": ("dwg", "dxb"),
    "project": ("mpp", "mpt"),
    "filemaker": ("fmp12", "fp7"),
    "oasys": ("oas", "oa2"),
    "kirari": ("bsn",),
    "audio": ("mp3", "wav", "wma", "aac", "flac", "amr", "aiff"),
    "video": ("mp4", "mov", "avi", "wmv", "mkv", "mpg", "flv"),
    "postscript": ("ps", "eps", "prn"),
}
_BY_NAME = {end: name for name, ends in _NAMES.items() for end in ends}


def recognises(sample: Sample) -> bool:
    """Whether it can be called by a name, and is nothing that anybody here reads."""
    return bool(by_bytes(sample)) or (sample.media_type == OCTETS and bool(by_name(sample.name)))


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the name as the reason's detail."""
    name = by_bytes(sample) or by_name(sample.name)
    yield Unread(sample.place, UnreadReason.UNSUPPORTED, name)


def by_bytes(sample: Sample) -> str:
    """The format that the bytes show, ``""`` for none."""
    told = by_signature(sample.content)
    if told or any(sample.content.startswith(mark, at) for at, mark in _NOT_SOUND):
        return told
    return next((n for kind, n in _TYPES.items() if sample.media_type.startswith(kind)), "")


def by_signature(content: bytes) -> str:
    """The format whose first bytes these are, ``""`` for none."""
    if any(content.startswith(mark, at) for at, mark in _NOT_SOUND):
        return ""
    found = (name for at, mark, name in _SIGNATURES if content.startswith(mark, at))
    return next(found, "")


def by_name(file_name: str) -> str:
    """The format that a file name's ending stands for, ``""`` for none.

    >>> by_name("名簿.JTD"), by_name("a.txt")
    ('ichitaro', '')
    """
    return _BY_NAME.get(file_name.rpartition(".")[2].lower(), "")
