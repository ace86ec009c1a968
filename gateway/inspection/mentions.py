"""Which domains a mail's own texts send people to: the addresses written inside it.

Answers: ``Mentions``: the domains, each once, in the order in which they stand. Local parts are
left where they are: they are nobody's business here, and could hold a number.
Trusts: nothing. One pass of one expression over each text; after ``limit`` domains no further
one is taken, so that a long list costs the judgement no more than that.
Fails: never; what looks like no domain is passed over.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from gateway.model import Delimited, Prose, Table, Unit

_WIDE = "０-９Ａ-Ｚａ-ｚ"  # typed with the IME left on
_ADDRESS = re.compile(
    rf"(?<=[0-9A-Za-z._%+'{_WIDE}-])[@＠]"
    rf"((?:[0-9A-Za-z{_WIDE}.．-]|。(?=[{_WIDE}])){{3,253}})"  # 。 ends a sentence, else
)
_SIGNS = ("@", "＠")
_CELL = "\x1f"


class Mentions:
    """Collects the domains of one mail."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._found: dict[str, None] = {}

    @property
    def domains(self) -> tuple[str, ...]:
        """Lower case, without a final dot; not yet known to be sound."""
        return tuple(self._found)

    def see(self, unit: Unit) -> None:
        """Take the domains of the addresses in one unit."""
        for text in _texts(unit):
            if any(sign in text for sign in _SIGNS):
                self.take(_ADDRESS.findall(text))

    def take(self, names: Iterable[str]) -> None:
        """Take domains as they were written."""
        for name in names:
            if len(self._found) >= self._limit:
                return
            plain = unicodedata.normalize("NFKC", name).replace("。", ".").lower().rstrip(".-")
            if "." in plain and plain.isascii() and plain[0].isalnum():
                self._found[plain] = None


def _texts(unit: Unit) -> Iterator[str]:
    if isinstance(unit, Table):  # in one piece: no address reaches over the mark
        yield _CELL.join(map(_CELL.join, unit.rows))
    elif isinstance(unit, (Prose, Delimited)):
        yield unit.text
    else:
        yield unit.value
