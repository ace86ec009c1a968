"""Word and PowerPoint (docx, pptx and their kin): every story of the package, not only the body.

Answers: body, headers, footers, footnotes, comments, text boxes, deletions, slides, notes,
properties, custom XML, chart caches; tables as tables; pictures and embedded files as
members.
Trusts: nothing (see ``package``, ``xml_text`` and ``story``).
Fails: XML with a DTD or broken XML is ``damaged``, and read up to there.
Standards: ECMA-376. The main part is what the package's relationships name, whatever it is
called.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from gateway.extract.archive import TooBig, broken, open_archive
from gateway.extract.package import read_package
from gateway.extract.package_type import VSDX
from gateway.extract.sample import Sample, Yielded
from gateway.extract.sniff import DOCX, PPTX
from gateway.model import InspectionLimits, Unread, UnreadReason

_NOTHING = re.compile(r"(?!)")
_MAIN = re.compile(r"<[^<>]*/officeDocument[\"'][^<>]*>")
_TARGET = re.compile(r"\sTarget\s*=\s*[\"']([^\"'<>]*)")
_ROOT_RELATIONS = "_rels/.rels"
_MOST_BYTES = 100_000


def recognises(sample: Sample) -> bool:
    """Whether it is a package with a Word, PowerPoint or Visio main part."""
    return sample.media_type in (DOCX, PPTX, VSDX)


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the body at the sample's place, every other story below its member's name."""
    main = _main_part(sample) or "word/document.xml"
    yield from read_package(sample, limits, skip=_NOTHING, main=main, numbered="paragraph")
    if sample.media_type == VSDX:  # shapes' texts are read, what they are drawn with is not
        yield Unread(sample.place, UnreadReason.UNSUPPORTED, "visio")


def _main_part(sample: Sample) -> str:
    """The member that the package's relationships call its document; ``""`` for none."""
    with open_archive(sample.content) as archive:
        try:
            with archive.open(_ROOT_RELATIONS) as member:
                relations = member.read(_MOST_BYTES).decode("utf-8", "replace")
        except (KeyError, TooBig):
            return ""
        except Exception as error:
            if not broken(error):
                raise
            return ""
    found = (_TARGET.search(tag) for tag in _MAIN.findall(relations))
    return next((posixpath.normpath(m[1]).lstrip("/") for m in found if m), "")
