"""A sender asks for a trusted recipient with purpose and end; a handler answers."""

from __future__ import annotations

import asyncio
import json
import tomllib
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from gateway.desk import Actor
from gateway.desk.trust import snippet
from gateway.errors import ConflictError, NotFoundError, RightsError, UsageError
from gateway.model import HoldState, Ruling, Verdict
from gateway.policy import JAPAN, loads
from tests.console.browser import Answer, Browser
from tests.numbers import my_number
from tests.sender.waiting import Page, doubtful
from tests.store.mails import SENDER, Clock, Keys, ruling

HANDLER, SECOND = Actor("user:anna"), Actor("user:ben")


def stranger(address: str = "keiri@partner.example") -> Ruling:
    return ruling(address, Verdict.WARN, rule="ask")


async def ask(sender: Page, token: str, clock: Clock, **changes: str) -> Answer:
    day = (clock().astimezone(JAPAN) + timedelta(days=90)).date().isoformat()
    fields = {
        "choice": "trust",
        "domain": "partner.example",
        "purpose": "給与計算の委託",
        "until": day,
    }
    return await Browser(sender.port).post(f"/check/m/{token}", fields | changes)


async def test_a_wish_is_written_on_the_mail_and_its_link_stays_good(
    sender: Page, clock: Clock
) -> None:
    hold, token = await sender.wait(stranger())
    answer = await ask(sender, token, clock)
    assert (answer.status, "It is asked for." in answer.words) == (200, True)
    wanted = await sender.store.trust_asked(hold.hold_id)
    assert wanted is not None
    assert (wanted.domain, wanted.purpose) == ("partner.example", "給与計算の委託")
    assert (await ask(sender, token, clock)).status == 409  # once a mail
    assert (await sender.post(token, "confirm")).status == 200
    assert (await sender.store.hold(hold.hold_id)).state is HoldState.RELEASED


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": " "},
        {"purpose": "x" * 201},
        {"until": "soon"},
        {"until": "2020-01-01"},
        {"until": "2099-01-01"},
        {"domain": "other.example"},
    ],
)
async def test_a_wish_without_purpose_or_with_a_wild_end_is_asked_for_again(
    sender: Page, clock: Clock, changes: dict[str, str]
) -> None:
    hold, token = await sender.wait(stranger())
    answer = await ask(sender, token, clock, **changes)
    assert (answer.status, "Please give a purpose" in answer.words) == (400, True)
    assert await sender.store.trust_asked(hold.hold_id) is None


async def test_nobody_can_ask_to_trust_a_look_alike(sender: Page, clock: Clock) -> None:
    _, token = await sender.wait(doubtful("a@partner.example"))
    assert 'value="trust"' not in (await sender.get(token)).text
    assert (await ask(sender, token, clock)).status == 400


async def test_a_handler_answers_with_a_reason_and_the_lines_are_a_policy(
    sender: Page, clock: Clock
) -> None:
    hold, token = await sender.wait(stranger())
    with pytest.raises(NotFoundError):
        await sender.desk.answer_trust(hold.hold_id, HANDLER, "checked", approved=True)
    await ask(sender, token, clock)
    with pytest.raises(UsageError):
        await sender.desk.answer_trust(hold.hold_id, HANDLER, " ", approved=True)
    mine = Actor("user:taro", (SENDER,))
    with pytest.raises(RightsError):
        await sender.desk.answer_trust(hold.hold_id, mine, "mine", approved=True)
    wanted = await sender.desk.answer_trust(hold.hold_id, HANDLER, "checked", approved=True)
    for lang in ("ja", "en"):
        (table,) = tomllib.loads(snippet(wanted, lang))["trusted"]
        assert (table["domain"], table["until"]) == ("partner.example", wanted.until)
        assert "may_receive" not in table
        assert loads(snippet(wanted, lang)).trusted[0].purpose == "給与計算の委託"
    assert wanted.answer is not None
    assert (wanted.answer.approved, wanted.answer.by) == (True, "user:anna")
    with pytest.raises(ConflictError, match="user:anna"):
        await sender.desk.answer_trust(hold.hold_id, SECOND, "no", approved=False)
    (entry,) = [e for e in await sender.store.about(hold.hold_id, 9) if e["actor"] == "user:anna"]
    assert entry["action"] == "trust-approved"
    assert json.loads(entry["detail"]) == {"domain": "partner.example", "reason": "checked"}


@pytest.mark.parametrize("approved", [True, False])
async def test_the_sender_is_told_the_answer_by_mail_and_on_the_page(
    sender: Page, clock: Clock, keys: Keys, approved: bool
) -> None:
    hold, token = await sender.wait(stranger())
    await ask(sender, token, clock)
    assert "is asked for" in (await sender.get(token)).words
    number = my_number(6)
    why = f"see {number}"
    await sender.desk.answer_trust(hold.hold_id, HANDLER, why, approved=approved)
    mails = [d.opened(keys.opener) for d in await sender.store.claim_deliveries(clock(), 9, 60)]
    [said] = [content for envelope, content in mails if envelope.rcpt_tos == (SENDER,)]
    told = message_from_bytes(said, policy=default).get_body(("plain",))
    assert told is not None
    body = told.get_content()
    for part in ("partner.example", "see ************", "認められました" if approved else "見送ら"):
        assert part in body
    assert number not in body
    page = (await sender.get(token)).words
    assert ("was approved" if approved else "was declined") in page
    assert 'value="trust"' not in (await sender.get(token)).text


async def test_of_two_answers_at_the_same_moment_one_counts(sender: Page, clock: Clock) -> None:
    hold, token = await sender.wait(stranger())
    await ask(sender, token, clock)
    answers = await asyncio.gather(
        *(
            sender.desk.answer_trust(hold.hold_id, who, "seen", approved=yes)
            for who, yes in ((HANDLER, True), (SECOND, False))
        ),
        return_exceptions=True,
    )
    assert sorted(type(a).__name__ for a in answers) == ["ConflictError", "TrustAsked"]
    acts = [act for _, act in await sender.actions() if act.startswith("trust-")]
    assert len(acts) == 1


async def test_no_number_of_a_purpose_is_kept(sender: Page, clock: Clock) -> None:
    hold, token = await sender.wait(stranger())
    number = my_number(5)
    await ask(sender, token, clock, purpose=f"for {number}")
    wanted = await sender.store.trust_asked(hold.hold_id)
    assert wanted is not None
    assert wanted.purpose == "for ************"
