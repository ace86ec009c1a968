"""One file that carries known numbers: what each family's generator yields, and recall is measured on.

Each family's module has `def carriers(seed: int) -> Iterator[Carrier]`; the same seed gives the same
bytes, on any machine, so that a miss can be named and repeated. Numbers come from tests/numbers.py only.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Carrier:
    """A file, and the numbers that a reader must get out of it."""

    family: str  # who reads it: "text", "mail", "sheet" …
    kind: str  # the trick or format, unique in its family: "json with \\u escapes"; names a miss
    file_name: str  # as it would be attached; the extension is part of the trick
    content: bytes = field(repr=False)  # holds the numbers
    numbers: frozenset[str] = field(repr=False)  # 12 ASCII digits each; empty: a clean file
    media_type: str = ""  # as the mail would declare it; empty: application/octet-stream
