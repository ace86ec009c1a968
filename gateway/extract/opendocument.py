"""OpenDocument texts, presentations and drawings (odt, odp, odg and their kin), packed or flat.

Answers: content, headers and footers, notes, annotations, changes both ways, properties,
settings, embedded objects; every other member of the package for the engine to read.
Trusts: nothing (see ``package`` and ``odf_story``).
Fails: what the manifest says is encrypted is ``encrypted``, the rest of the package read.
Standards: OpenDocument 1.3 parts 2 and 3. Spreadsheets are read by ``sheet``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.parsers import expat

from gateway.extract.archive import TooBig, broken, entries, open_archive, unpack
from gateway.extract.odf_story import read_odf_xml
from gateway.extract.package import is_xml, read_package
from gateway.extract.package_type import OPEN_DOCUMENT
from gateway.extract.sample import Sample, Yielded
from gateway.extract.sniff import ODS
from gateway.model import InspectionLimits, Unread, UnreadReason

_MANIFEST = "META-INF/manifest.xml"
_NAMESPACE = b"urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_SHEET = b"opendocument.spreadsheet"
_HEAD = 4096


def recognises(sample: Sample) -> bool:
    """Whether it is an OpenDocument package or a flat file, and no spreadsheet."""
    if sample.media_type.startswith(OPEN_DOCUMENT):
        return sample.media_type != ODS
    head = sample.content[:_HEAD].replace(b"\x00", b"")
    return _NAMESPACE in head and _SHEET not in head and is_xml(sample.content)


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the body at the sample's place, every other story below its member's name."""
    if not sample.media_type.startswith(OPEN_DOCUMENT):
        yield from read_odf_xml(sample.content, sample.place, limits, "paragraph")
        return
    locked = _locked(sample, limits)
    if locked:
        yield Unread(sample.place, UnreadReason.ENCRYPTED, "opendocument")
    skip = re.compile("|".join([rf"\A{re.escape(name)}\Z" for name in locked] or [r"(?!)"]))
    yield from read_package(
        sample, limits, skip=skip, main="content.xml", numbered="paragraph", read=read_odf_xml
    )


def _locked(sample: Sample, limits: InspectionLimits) -> list[str]:
    """The members that the manifest calls encrypted."""
    locked: list[str] = []
    path = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal path
        name = tag.rpartition(":")[2]
        if name == "file-entry":
            said = {key.rpartition(":")[2]: value for key, value in attributes.items()}
            path = said.get("full-path", "")
        elif name == "encryption-data":
            locked.append(path)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(_manifest(sample, limits), True)
    except (expat.ExpatError, ValueError):
        return locked
    return locked


def _manifest(sample: Sample, limits: InspectionLimits) -> bytes:
    with open_archive(sample.content) as archive:
        for entry in entries(archive, sample.decode):
            if entry.name == _MANIFEST and not entry.encrypted:
                try:
                    return unpack(archive, entry.info, limits)
                except TooBig:
                    return b""
                except Exception as error:
                    if not broken(error):
                        raise
    return b""


def _refuse(*_: object) -> None:
    raise ValueError
