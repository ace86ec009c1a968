"""Codes in a picture: QR (the back of a My Number card carries the number in one) and others.

Answers: ``codes_in``: the kind and the text of each code.
Trusts: zxing-cpp, native code, so it runs in a worker only.
Fails: its exceptions pass on to the registry.
Standards: JIS X 0510 (QR), ISO/IEC 15417 (Code 128) and others that the library reads.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import zxingcpp
from PIL import Image

from gateway.extract.sample import Decode

_MOST_CODES = 100


def codes_in(picture: Image.Image, decode: Decode) -> Iterator[tuple[str, str]]:
    """Yield (kind, text) for every code in a picture."""
    found = zxingcpp.read_barcodes(np.asarray(picture.convert("L")))
    for code in found[:_MOST_CODES]:
        readings = {code.text, *decode(bytes(code.bytes), "")}  # older codes say Shift_JIS, or lie
        for text in sorted(readings):
            if text.strip():
                yield code.format.name, text
