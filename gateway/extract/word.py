"""Word and PowerPoint (docx, pptx): every story of the package, not only the body.

Answers: body, headers, footers, footnotes, comments, text boxes, deletions, notes,
properties, custom XML, chart caches; tables as tables; pictures and embedded files as
members.
Trusts: nothing (see ``package`` and ``xml_text``).
Fails: XML with a DTD or broken XML is ``damaged``, and read up to there.
Standards: ECMA-376.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.extract.package import read_package
from gateway.extract.sample import Sample, Yielded
from gateway.extract.sniff import DOCX, PPTX
from gateway.model import InspectionLimits

_NOTHING = re.compile(r"(?!)")


def recognises(sample: Sample) -> bool:
    """Whether it is a package with a Word or PowerPoint main part."""
    return sample.media_type in (DOCX, PPTX)


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the body at the sample's place, every other story below its member's name."""
    yield from read_package(
        sample, limits, skip=_NOTHING, main="word/document.xml", numbered="paragraph"
    )
