"""What looks like something we read and is not must be named, never pass as read."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.extract.samples import read, unread
from tests.numbers import my_number


@pytest.mark.parametrize("kind", ["text", "presentation", "graphics"])
def test_an_opendocument_is_not_read_by_reading_its_archive(kind: str) -> None:
    """A number cut by <text:span> passed unseen in an .odt that counted as read whole."""
    number = my_number(81)
    body = f"<text:p>個人番号 <text:span>{number[:5]}</text:span>{number[5:]}</text:p>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", f"<?xml version='1.0'?><office:body>{body}</office:body>")
    assert ("1 part", "unsupported", "opendocument") in unread(read(out.getvalue()))


def test_postscript_is_a_program_and_no_text() -> None:
    assert ("1 part", "unsupported", "postscript") in unread(
        read(b"%!PS-Adobe-3.0 EPSF-3.0\n(a) show\n")
    )
