"""Random damage to bytes: what stands in for a fuzzer that looks at coverage."""

from __future__ import annotations

import random

_TOKENS = (
    b"\0", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80", b"\r\n", b"\n", b"\t", b" ",
    b"<", b">", b"&", b"{", b"}", b"[", b"]", b"(", b")", b'"', b"\\", b"=", b"--", b"\x1b$B",
    b"\x1b(B", b"PK\3\4", b"PK\1\2", b"PK\5\6", b"%PDF-", b"1234", b"-", b",", b";", b":", b"\xe2\x80\x8b",
)  # fmt: skip


def mutated(rng: random.Random, content: bytes) -> bytes:
    """One to six changes: a byte, a piece gone, doubled, moved, or put in from elsewhere."""
    out = bytearray(content or b"\0")
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(out) + 1)
        size = min(1 << rng.randrange(10), len(out))
        match rng.randrange(6):
            case 0 if at < len(out):
                out[at] = rng.randrange(256)
            case 1:
                del out[at : at + size]
            case 2:
                out[at:at] = out[at : at + size] * rng.choice((1, 2, 16))
            case 3:
                out[at:at] = rng.choice(_TOKENS) * rng.choice((1, 1, 3, 40))
            case 4:
                out[at : at + 4] = rng.choice((0, 1, 255, 65535, 1 << 31, 0xFFFFFFFF)).to_bytes(
                    4, rng.choice(("little", "big"))
                )  # type: ignore[arg-type]
            case _:
                source = rng.randrange(len(out) + 1)
                out[at:at] = out[source : source + size]
    return bytes(out)
