"""A new trusted recipient that a sender asks for, and what a handler says to it.

Answers: ``Trusting.answer_trust``, of which the sender is told by mail, and ``snippet``: one
table for the policy, for an administrator to review. It lets ordinary mail through and no
number: what may be received is for them to say.
Trusts: the actor was authenticated; what was asked is as the store keeps it, masked.
Fails: ``RightsError`` for the mail's own sender; ``NotFoundError`` where nothing was asked;
``ConflictError`` where somebody has answered.
"""

from __future__ import annotations

import json

from gateway.desk.acts import Acts, some
from gateway.desk.answers import chosen
from gateway.desk.life import Party
from gateway.desk.people import Actor
from gateway.errors import ConflictError, NotFoundError, RightsError
from gateway.i18n import text
from gateway.store import TrustAsked


class Trusting(Acts):
    """What handlers do with such a wish."""

    async def answer_trust(
        self, hold_id: str, actor: Actor, reason: str, *, approved: bool
    ) -> TrustAsked:
        """Record what a handler says and tell the sender; the first answer counts.

        An approval proposes lines for the policy, no more.
        """
        _, words = chosen("", reason)
        case = await self._look(hold_id, actor)
        if Party.HANDLER not in case.parties:
            raise RightsError(f"hold {hold_id}: the sender cannot decide on it")
        wanted = await self._store.trust_asked(hold_id)
        if wanted is None:
            raise NotFoundError(f"hold {hold_id}: no trust was asked for")
        if wanted.answer is not None:
            raise ConflictError(f"hold {hold_id}: {wanted.answer.by} has answered")
        notice = self._notices.trust_answered(case.hold, case.whole, wanted, words, approved)
        return await self._store.answer_trust(
            case.hold, actor.recorded, approved, words, some(notice)
        )


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
