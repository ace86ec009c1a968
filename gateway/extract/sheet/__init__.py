"""Spreadsheets: xlsx, xlsm, xltx (and, in files of their own, xlsb, xls, ods, fods).

Answers: each sheet, hidden ones too, as tables at the sheet's name with the positions that
its cells have in the program, showing what the program shows; and from the file all that is
no cell. One module a format: ``xlsx``, ``xlsb``, ``biff`` (xls), ``ods``.
Trusts: nothing; every parser here is our own Python over expat, zipfile and struct.
Fails: what is not read is named (see each module); foreign exceptions pass on to the
registry.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract.sample import Sample, Yielded
from gateway.extract.sheet import native, xlsx
from gateway.extract.sniff import ODS, XLS, XLSB, XLSX
from gateway.model import InspectionLimits

_READERS = {XLSX: xlsx.read, XLSB: native.read, XLS: native.read, ODS: native.read}


def recognises(sample: Sample) -> bool:
    """Whether it is a workbook."""
    return sample.media_type in _READERS


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the sheets, and what stands beside the cells."""
    yield from _READERS[sample.media_type](sample, limits)
