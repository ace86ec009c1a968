"""A new trusted recipient that a sender asks for, and what a handler says to it.

Answers: ``Trusting.answer_trust``, and ``snippet``: one table for the policy, for an administrator
to review. It lets ordinary mail through and no number: what may be received is for them to say.
Trusts: the actor was authenticated; what was asked is as the store keeps it, masked.
Fails: ``RightsError`` for the mail's own sender; ``NotFoundError`` where nothing was asked.
"""

from __future__ import annotations

import json

from gateway.desk.acts import Acts
from gateway.desk.answers import chosen
from gateway.desk.life import Party
from gateway.desk.people import Actor
from gateway.errors import NotFoundError, RightsError
from gateway.i18n import text
from gateway.store import TrustAsked

APPROVED, DECLINED = "trust-approved", "trust-declined"  # words of the audit log


class Trusting(Acts):
    """What handlers do with such a wish."""

    async def answer_trust(
        self, hold_id: str, actor: Actor, reason: str, *, approved: bool
    ) -> TrustAsked:
        """Record what a handler says; an approval proposes lines for the policy, no more."""
        _, words = chosen("", reason)
        case = await self._look(hold_id, actor)
        if Party.HANDLER not in case.parties:
            raise RightsError(f"hold {hold_id}: the sender cannot decide on it")
        wanted = await self._store.trust_asked(hold_id)
        if wanted is None:
            raise NotFoundError(f"hold {hold_id}: no trust was asked for")
        action = APPROVED if approved else DECLINED
        await self._store.looked(actor.recorded, hold_id, action, words, domain=wanted.domain)
        return wanted


def snippet(wanted: TrustAsked, lang: str) -> str:
    """Return the table for ``policies/``, with comments that say what it does."""
    return "\n".join(
        [
            f"# {text('desk', 'trust-what', lang)}",
            f"# {text('desk', 'trust-numbers', lang)}",
            "[[trusted]]",
            f"domain = {json.dumps(wanted.domain)}",
            f"purpose = {json.dumps(wanted.purpose, ensure_ascii=False)}",
            f"owner = {json.dumps(text('desk', 'trust-owner', lang), ensure_ascii=False)}",
            f"until = {wanted.until.isoformat()}",
            "",
        ]
    )
