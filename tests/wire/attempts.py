"""One mail sent as a client does, and the journal that lies on the disk after it."""

from __future__ import annotations

import re
import sqlite3

from tests.house import OWN, House, mail
from tests.wire.postfix import until

TO = "sato@exp.co.jp"
IMPATIENT = """
[smtp.timers]
next_hop_connect = "1s"
next_hop_verb = "1s"
next_hop_data = "1s"
next_hop_after_dot = "1s"
relay = "6s"
"""


async def attempt(house: House, content: bytes | None = None, *to: str) -> tuple[str, str]:
    """Send a mail as a client does; the verb it ended at, and the reply there."""
    wire = await house.wire()
    try:
        await wire.play(f"S: 220 *\nC: EHLO pc.{OWN}\nS: 250 *")
        steps = [f"MAIL FROM:<tanto@{OWN}>", *(f"RCPT TO:<{a}>" for a in to or (TO,)), "DATA"]
        for step in steps:
            reply = await wire.play(f"C: {step}\nS: *")
            if reply[0] not in "23":
                return step[:4], reply
        return ".", await wire.play("C@ mail\nS: *", mail=content or mail())
    finally:
        await wire.close()


def journal(house: House) -> list[tuple[str, str]]:
    """State and recorded reply of each mail that was taken up, as they lie on the disk."""
    base = sqlite3.connect(house.directory / "var" / "sekisho.db")
    try:
        return base.execute("SELECT state, reply FROM mails ORDER BY intended_at").fetchall()
    finally:
        base.close()


async def settled(house: House) -> list[tuple[str, str]]:
    """The journal, once every outcome is in it: a relayed mail's comes behind the reply."""
    await until(lambda: all(s != "intended" for s, _ in journal(house)), "the outcomes")
    return journal(house)


def fits(reply: str, pattern: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), reply) is not None
