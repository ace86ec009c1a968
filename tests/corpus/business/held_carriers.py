"""A sample of every document format's carriers, in mails like the others: one kind a family.

The families' generators know their own tricks. Pictures that their module calls hard and
archives, many of which can only be held unread, are left to their own modules' commands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from tests.corpus import (
    mail_carriers,
    pdf_carriers,
    picture_carriers,
    sheet_carriers,
    text_carriers,
    word_carriers,
)
from tests.corpus.business.case import Draft, Evidence, File, Kind
from tests.corpus.business.draw import Draw
from tests.corpus.carrier import Carrier

_SEEDS = 3  # sets of carriers to sample from
_FAMILIES: dict[str, Callable[[int], Iterator[Carrier]]] = {
    "text": text_carriers.carriers,
    "mail": mail_carriers.carriers,
    "pdf": pdf_carriers.carriers,
    "sheet": sheet_carriers.written,
    "word": word_carriers.by_hand,
    "picture": picture_carriers.carriers,
}
_SHARES = {"text": 60, "mail": 30, "pdf": 40, "sheet": 60, "word": 60, "picture": 16}


@cache
def _carriers(family: str, seed: int) -> list[Carrier]:
    hard = picture_carriers.HARD if family == "picture" else frozenset()
    return [c for c in _FAMILIES[family](seed) if c.numbers and c.kind not in hard]


def _attached(family: str) -> Callable[[Draw], Draft]:
    def write(d: Draw) -> Draft:
        carrier = d.choice(_carriers(family, d.randrange(_SEEDS)))
        file = File(
            carrier.file_name, carrier.content, carrier.media_type or "application/octet-stream"
        )
        return Draft(
            d.one("資料の送付", "お送りします", "添付ファイルの件"),
            "添付のファイルをご確認ください。",
            files=(file,),
            numbers=carrier.numbers,
            trick=carrier.kind,
        )

    return write


KINDS = tuple(
    Kind(f"carried in a {family} file", _attached(family), Evidence.LABEL, share)
    for family, share in _SHARES.items()
)
