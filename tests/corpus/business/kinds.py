"""All kinds of mail, without numbers and with, by name."""

from __future__ import annotations

from tests.corpus.business import (
    clean_life,
    clean_machine,
    clean_office,
    clean_public,
    clean_trade,
    held_prose,
)
from tests.corpus.business.case import Evidence, Kind

KINDS: tuple[Kind, ...] = (
    *clean_trade.KINDS,
    *clean_office.KINDS,
    *clean_public.KINDS,
    *clean_machine.KINDS,
    *clean_life.KINDS,
    *held_prose.KINDS,
)
BY_NAME = {kind.name: kind for kind in KINDS}
CLEAN = tuple(k.name for k in KINDS if k.evidence is Evidence.CLEAN)
OWED = tuple(k.name for k in KINDS if k.evidence.floor is not None)
ALONE = tuple(k.name for k in KINDS if k.evidence is Evidence.ALONE)
