"""Law 4: a canary number goes in by every way there is, and no row gives it back."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.masking import mask
from gateway.model import (
    Confidence,
    Fate,
    Finding,
    HeaderFacts,
    HoldState,
    Inspection,
    Outcome,
    Persons,
    Place,
    Reply,
    Submission,
    Unread,
    UnreadReason,
    Verdict,
)
from gateway.store import Act, Store
from gateway.store.database import Database
from gateway.store.tables import metadata
from tests.numbers import FULL_WIDTH, grouped, my_number
from tests.store.mails import Clock, Keys, decision, dsn, notice, parks_for, ruling, submission

NUMBER = my_number(20261121)
WIDE = NUMBER.translate(FULL_WIDTH)
TORN = {
    "NULs": "\x00" * 6,
    "a lone surrogate": "\ud800",
    "a tag": "\U000e0041",
    "direction marks": "\u202e" * 6,
}


def shapes() -> dict[str, bytes]:
    """The number in every form that a dump could hold it in."""
    found = {
        "ascii": NUMBER.encode(),
        "grouped": grouped(NUMBER).encode(),
        "spaced": grouped(NUMBER, " ").encode(),
        "full-width": WIDE.encode(),
        "full-width escaped": json.dumps(WIDE)[1:-1].encode(),
        "utf-16-le": NUMBER.encode("utf-16-le"),
        "utf-16-be": NUMBER.encode("utf-16-be"),
        "hex": NUMBER.encode().hex().encode(),
    }
    for shift in range(3):  # base64 looks different at each alignment; its edges are dropped
        coded = base64.b64encode(b"x" * shift + NUMBER.encode())
        found[f"base64+{shift}"] = coded[4:-4] if shift else coded[:-4]
    return found


def torn_shape(shape: str) -> dict[str, bytes]:
    return {"as it came": shape.encode("utf-8", "replace")}


def canary_mail(shape: str) -> Submission:
    local = f"taro.{shape}"
    text = f"Subject: {shape}\r\nFrom: {shape} <{local}@x.example>\r\n\r\n{shape}\r\n"
    return submission(
        f"{local}@exp.com",
        f"b@{NUMBER}.example",
        sender=local + "@x.example",
        content=text.encode("utf-8", "replace"),
    )


def canary_inspection(shape: str) -> Inspection:
    place = Place(("2 " + shape + ".xlsx", "Sheet1", "D2"))
    return Inspection(
        findings=(Finding("my-number", Confidence.CERTAIN, 1, place, ("check-digit",)),),
        persons=Persons(1, 1, 1),
        unread=(Unread(Place((f"3 {shape}.zip",)), UnreadReason.ENCRYPTED),),
        headers=HeaderFacts(subject=shape, header_from=(f"{shape}@x.example",)),
    )


async def dump(url: str) -> list[tuple[str, bytes]]:
    """Every value of every row, as bytes, with the column it stood in."""
    database = Database(url)
    found = []
    async with database.read() as connection:
        for table in metadata.sorted_tables:
            for row in (await connection.execute(select(table))).mappings():
                for name, value in row.items():
                    raw = value if isinstance(value, bytes) else _plain(value).encode()
                    found.append((f"{table.name}.{name}", raw))
    await database.close()
    return found


def _plain(value: object) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


async def live_through(store: Store, shape: str, keys: Keys, clock: Clock) -> None:
    """Park, block, allow, release, correct, deliver, fail and settle mails with the number."""
    found = canary_inspection(shape)
    bad = Outcome(Fate.REFUSED, Reply(550, "5.1.1", f"<{shape}@exp.com> unknown"))
    for verdict in Verdict:
        mail = canary_mail(shape)
        made = decision(
            *(ruling(a, verdict, resembles=f"{shape}.example") for a in mail.envelope.rcpt_tos)
        )
        parks = parks_for(mail, made)
        letter = notice(mail.envelope.mail_from)
        await store.intend(mail, found, made, parks, [letter], staged=False)
        if verdict is Verdict.ALLOW:
            await store.settle(mail.queue_id, bad)
    for n, hold in enumerate(await store.holds()):
        held = await store.held(hold.hold_id)
        opened = held.opened(keys.opener)
        assert opened is not None
        mine = opened[1]
        act = Act(
            held,
            "correct",
            f"{shape}@x.example",
            f"it is {shape}",
            HoldState.RELEASED,
            clock(),
            approves=True,
            corrected=mine if n else None,
            send=mine,
            mails=(notice(mine.mail_from),),
        )
        await store.perform(act)
    for n, delivery in enumerate(await store.claim_deliveries(clock(), 100, 60)):
        if n % 2:
            await store.delivery_done(delivery.delivery_id, f"250 <{shape}@exp.com> OK")
        else:
            await store.delivery_failed(
                delivery.delivery_id, f"550 <{shape}@exp.com>", dsn(mine.mail_from)
            )


@pytest.mark.parametrize(
    "shape",
    [
        NUMBER,
        grouped(NUMBER),
        grouped(NUMBER, " "),
        WIDE,
        *(NUMBER[:6] + between + NUMBER[6:] for between in TORN.values()),
    ],
    ids=["plain", "grouped", "spaced", "full-width", *(f"torn by {name}" for name in TORN)],
)
async def test_no_row_holds_the_number_in_any_form(
    store: Store, url: str, keys: Keys, clock: Clock, shape: str
) -> None:
    await live_through(store, shape, keys, clock)
    rows = await dump(url)
    tables = {name.partition(".")[0] for name, _ in rows}
    assert tables >= {"mails", "sealed", "holds", "approvals", "incidents", "deliveries", "audit"}
    leaks = [
        (where, form)
        for where, raw in rows
        for form, needle in (shapes() | torn_shape(shape)).items()
        if needle in raw
    ]
    assert leaks == []


def _bytes_under(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(directory.iterdir()))


async def test_the_database_file_itself_does_not_hold_the_number(
    tmp_path: Path, keys: Keys, clock: Clock
) -> None:
    store = await Store.open(f"sqlite:{tmp_path / 'sekisho.db'}", keys.sealer, clock=clock)
    await live_through(store, NUMBER, keys, clock)
    raw = _bytes_under(tmp_path)
    await store.close()
    assert b"my-number" in raw, "the file was looked at while it was full"
    assert [form for form, needle in shapes().items() if needle in raw] == []


async def test_the_sealed_mail_still_gives_the_number_to_its_key(store: Store, keys: Keys) -> None:
    """The canary was really in the mails, so that the tests above could have failed."""
    mail = canary_mail(NUMBER)
    made = decision(*(ruling(a, Verdict.HOLD) for a in mail.envelope.rcpt_tos))
    await store.intend(
        mail, canary_inspection(NUMBER), made, parks_for(mail, made), [], staged=False
    )
    held = await store.held((await store.holds())[0].hold_id)
    assert held.mail is not None
    assert NUMBER.encode() in keys.opener.open(f"mail:{mail.queue_id}", held.mail)
    assert held.hold.sender == mask(mail.envelope.mail_from)


async def test_a_failed_statement_does_not_tell_its_parameters(store: Store) -> None:
    mail = canary_mail(NUMBER)
    made = decision(*(ruling(a, Verdict.HOLD) for a in mail.envelope.rcpt_tos))
    parks = parks_for(mail, made)
    await store.intend(mail, canary_inspection(NUMBER), made, parks, [], staged=False)
    with pytest.raises(Exception, match="database") as caught:
        await store.intend(mail, canary_inspection(NUMBER), made, parks, [], staged=False)
    told, error = "", caught.value
    while error is not None:
        told += str(error) + repr(error)
        error = error.__cause__
    assert NUMBER not in told
