"""Spreadsheets: xlsx, xlsm, xltx, xlsb, xls (Excel 2 to 2003), ods, ots and fods.

Answers: each sheet, hidden ones too, as tables at the sheet's name with the positions that
its cells have in the program, showing what the program shows; and from the file all that is
no cell. ``xlsx`` reads both packages of Excel (binary parts: ``xlsb``), ``xls`` the compound
file with its records (``biff``), ``ods`` what LibreOffice writes.
Trusts: nothing; every parser here is our own Python over expat, zipfile and struct.
Fails: what is not read is named (see each module); foreign exceptions pass on to the
registry.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract.sample import Sample, Yielded
from gateway.extract.sheet import ods, xls, xlsx
from gateway.extract.sniff import ODS, XLSB, XLSX
from gateway.model import InspectionLimits

_READERS = {XLSX: xlsx.read, XLSB: xlsx.read, ODS: ods.read}


def recognises(sample: Sample) -> bool:
    """Whether it is a workbook."""
    return (
        sample.media_type in _READERS
        or ods.recognises_flat(sample.content)
        or xls.recognises(sample.content)
    )


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the sheets, and what stands beside the cells."""
    if sample.media_type in _READERS:
        yield from _READERS[sample.media_type](sample, limits)
    elif ods.recognises_flat(sample.content):
        yield from ods.read(sample, limits)
    else:
        yield from xls.read(sample, limits)
