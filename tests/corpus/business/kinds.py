"""All kinds of mail, without numbers and with, by name."""

from __future__ import annotations

from tests.corpus.business import (
    clean_life,
    clean_machine,
    clean_office,
    clean_public,
    clean_trade,
    held_bare,
    held_carriers,
    held_forms,
    held_prose,
    held_tables,
)
from tests.corpus.business.case import Evidence, Kind

KINDS: tuple[Kind, ...] = (
    *clean_trade.KINDS,
    *clean_office.KINDS,
    *clean_public.KINDS,
    *clean_machine.KINDS,
    *clean_life.KINDS,
    *held_prose.KINDS,
    *held_tables.KINDS,
    *held_forms.KINDS,
    *held_carriers.KINDS,
    *held_bare.KINDS,
)
BY_NAME = {kind.name: kind for kind in KINDS}
CLEAN = tuple(k.name for k in KINDS if k.evidence is Evidence.CLEAN)
OWED = tuple(k.name for k in KINDS if k.evidence.floor is not None)
ALONE = tuple(k.name for k in KINDS if k.evidence is Evidence.ALONE)
