"""The path of one mail, from the last byte received to the one reply. Start reading here.

Answers: ``Pipeline.run`` takes a submission and the open transaction with the next hop,
and returns the SMTP reply that the client gets.
Trusts: the wire to hand over exactly the bytes that will be sent (law 1); the store to
have committed when it returns (law 2).
Fails: any ``SekishoError`` on the way means nothing was promised: the wire answers with
the error's own reply, a 451. After the relay the next hop's answer is the truth.

    receive   smtp/          bytes + envelope, limits, canonical line ends
    judge     recipients/    what each recipient's domain is to us
    inspect   inspection/    bytes → findings + coverage
    decide    policy/        one verdict for each recipient, the rule, the reasons
    plan      planning.py    whose copy is relayed, what is parked, who is told; no effect yet
    intend    store/         what is about to happen; sealed mail, holds, incident, audit
    act       outbound/      relay to the next hop · refuse · nothing more for a park
    settle    store/         the outcome; staged holds become active (else behind the answer)
    answer                   one SMTP reply
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime

import structlog

from gateway import metrics
from gateway.afterwards import Afterwards
from gateway.errors import InspectionError, NextHopError, StoreError
from gateway.failpoint import reached
from gateway.inspection import Inspector
from gateway.judging import Judging, mail_facts
from gateway.model import (
    Envelope,
    Fate,
    Inspection,
    MailFacts,
    Outcome,
    Recipient,
    Reply,
    Submission,
    Verdict,
)
from gateway.outbound.client import Connection
from gateway.planning import Plan, Planner
from gateway.policy import decide
from gateway.recipients import domain_of
from gateway.rules import Rules as Rules
from gateway.store import Store

log = structlog.get_logger(__name__)


class Pipeline:
    """The house's one way through, shared by all connections of a gateway process."""

    def __init__(
        self,
        rules: Rules,
        *,
        inspector: Inspector,
        judging: Judging,
        store: Store,
        planner: Planner,
        afterwards: Afterwards,
        inspect_s: float = 45.0,
        relay_s: float = 900.0,
    ) -> None:
        self.rules = rules  # replaced on reload; a mail under way keeps the one it began with
        self._inspector = inspector
        self._judging = judging
        self._store = store
        self._planner = planner
        self._inspect_s = inspect_s  # judging and reading one mail, then InspectionError
        self._behind: set[asyncio.Task[None]] = set()  # outcomes that are being committed
        self._afterwards = afterwards
        self._relay_s = relay_s  # beginning anew with the next hop, all commands of it

    async def run(self, submission: Submission, connection: Connection) -> Reply:
        """Take one mail through the house; ``connection`` has its MAIL and RCPTs accepted."""
        rules, today = self.rules, submission.received_at.astimezone().date()
        reached("received")
        recipients, inspection = await self.look(submission, rules, today)
        facts = await self.facts(submission, inspection, recipients, rules, today)
        decision = decide(facts, recipients, rules.policy, submission.received_at)
        decision, goes_with = await self._afterwards.paired(submission, decision, rules.policy)
        plan = self._planner.plan(submission, facts, decision, rules, goes_with)
        reached("decided")
        if plan.relayed == submission.envelope:
            connection.announce(submission.outgoing)  # answered while the intent is committed
        await self.intend(plan)
        reached("intended")
        outcome = await self.act(plan, connection)
        reached("acted")
        reply = await self.settle(plan, outcome)
        reached("settled")
        self.record(plan, outcome, reply)
        if reply.positive:
            self._afterwards.begin(plan.submission, facts, plan.decision, rules.policy, plan.parks)
        return reply

    async def look(
        self, submission: Submission, rules: Rules, today: date
    ) -> tuple[list[Recipient], Inspection]:
        """Judge and inspect, within the budget that the waiting client leaves.

        Raises: InspectionError: it took too long; the client tries again.
        """
        try:
            async with asyncio.timeout(self._inspect_s):
                named = await self.judge(submission, rules, today)
                if not self._judging.doubts(named):
                    return named, await self.inspect(submission, rules)
                return await asyncio.gather(
                    self._judging.testified(named), self.inspect(submission, rules)
                )
        except TimeoutError as error:
            raise InspectionError("the budget for inspecting one mail is used up") from error

    def has_room(self, size: int) -> bool:
        """Whether a mail of ``size`` bytes could be kept; asked before its bytes are taken."""
        return self._store.room(size)

    async def judge(self, submission: Submission, rules: Rules, today: date) -> list[Recipient]:
        """Judge every recipient by name, trust and our own sending history."""
        envelope, wanted = submission.envelope, rules.policy.wanted
        return await self._judging.named(
            envelope.rcpt_tos, envelope.mail_from, rules.directory, today, wanted
        )

    async def inspect(self, submission: Submission, rules: Rules) -> Inspection:
        """Read the mail whole and report what was found and what was not read."""
        inspection = await self._inspector.inspect(submission.content, rules.patterns)
        metrics.inspected(inspection.elapsed_ms / 1000, tuple(u.reason for u in inspection.unread))
        return inspection

    async def facts(
        self,
        submission: Submission,
        inspection: Inspection,
        recipients: Sequence[Recipient],
        rules: Rules,
        today: date,
    ) -> MailFacts:
        """Gather what a decision may look at."""
        return mail_facts(
            submission.envelope.mail_from,
            inspection,
            recipients,
            rules.directory,
            await self._judging.inside(inspection.domains, rules.directory, today),
            client=submission.client,
            size_bytes=len(submission.content),
        )

    async def intend(self, plan: Plan) -> None:
        """Commit what is about to happen: journal, sealed mail, holds, incident, audit.

        A sender's link is kept before the notice that carries it can leave.
        """
        for link in plan.links:
            await self._store.keep_link(link.token, link.hold_id, link.ends_at)
        await self._store.intend(
            plan.submission,
            plan.inspection,
            plan.decision,
            plan.parks,
            plan.notices,
            incident_id=plan.incident_id,
            staged=plan.staged,
            journalled=plan.journals,
            features=plan.features,
        )

    async def act(self, plan: Plan, connection: Connection) -> Outcome | None:
        """Relay to those whose verdict lets them have it; None when nobody does.

        A transaction begun anew for fewer recipients has a budget of its own; ``data`` keeps
        its time by itself, since only it knows whether the dot has left.
        """
        if plan.relayed is None:
            return None
        try:
            if plan.relayed != plan.submission.envelope:
                async with asyncio.timeout(self._relay_s):
                    refusal = await connection.envelope(plan.relayed)
                if refusal is not None:
                    return Outcome(Fate.REFUSED, refusal)
            return await connection.data(plan.submission.outgoing)
        except (NextHopError, TimeoutError) as error:
            connection.close()
            return Outcome(Fate.FAILED, getattr(error, "reply", NextHopError.reply))

    async def settle(self, plan: Plan, outcome: Outcome | None) -> Reply:
        """Commit the outcome of a relay, and choose the one reply.

        Where parks or notices hang on the outcome, or the next hop did not take the mail,
        the reply waits for the commit; a commit that fails means that the client must retry.
        Else the next hop's 250 is the truth already: the client gets it at once, and the
        outcome is committed behind it (should that fail, the next start says unknown).
        """
        if outcome is None:
            return answer(plan, None)
        if outcome.fate is Fate.RELAYED and plan.relayed is not None:
            self._note_written(plan.relayed)
        if plan.staged or outcome.fate is not Fate.RELAYED:
            await self._store.settle(plan.submission.queue_id, outcome)
        else:
            task = asyncio.create_task(self._settle_behind(plan.submission.queue_id, outcome))
            self._behind.add(task)
            task.add_done_callback(self._behind.discard)
        return answer(plan, outcome)

    def _note_written(self, relayed: Envelope) -> None:
        """Where a rule asks for new addresses, these are none any more; in memory, for now."""
        if self.rules.policy.wanted.addresses:
            to = [(a.rpartition("@")[0].lower(), domain_of(a)) for a in relayed.rcpt_tos]
            self._store.note_written([pair for pair in to if pair[1]], relayed.mail_from)

    async def _settle_behind(self, queue_id: str, outcome: Outcome) -> None:
        try:
            await self._store.settle_patiently(queue_id, outcome)
        except StoreError as error:
            log.error("outcome not recorded", fate=outcome.fate.value, cause=str(error))

    async def finish(self) -> None:
        """Wait until every outcome is committed; before the store is closed."""
        await self._afterwards.finish()
        if self._behind:
            await asyncio.wait(set(self._behind))

    def record(self, plan: Plan, outcome: Outcome | None, reply: Reply) -> None:
        """Say in one log line and in the metrics what became of the mail."""
        decision = plan.decision
        metrics.mail_decided(decision.verdict, decision.would)
        if outcome is not None:
            metrics.relayed(outcome.fate)
        log.info(
            "mail",
            verdict=decision.verdict.value,
            would=decision.would.value,
            rules=sorted({r.rule for r in decision.rulings}),
            recipients=len(decision.rulings),
            my_numbers=plan.inspection.persons.likely,
            unread=len(plan.inspection.unread),
            fate=outcome.fate.value if outcome else "none",
            reply=reply.code,
            holds=[p.hold_id for p in plan.parks],
            incident_id=plan.incident_id,
            size=len(plan.submission.content),
            inspect_ms=round(plan.inspection.elapsed_ms, 2),
        )


def answer(plan: Plan, outcome: Outcome | None) -> Reply:
    """Choose the one reply for a mail whose effects are done and committed."""
    if outcome is not None and outcome.fate is not Fate.RELAYED:
        return outcome.reply
    if plan.decision.verdict is Verdict.BLOCK:
        return _blocked(plan)
    if not plan.parks:
        accepted = outcome.reply if outcome else Reply(250, "2.0.0", "OK")
        return Reply(250, "2.0.0", f"{accepted.text} id={plan.submission.queue_id}".strip())
    held = ", ".join(p.hold_id for p in plan.parks)
    asked = all(p.verdict is Verdict.WARN for p in plan.parks)
    why = "waits for the sender to confirm" if asked else "held for review"
    some = " for some recipients, relayed to the others" if plan.relayed else ""
    return Reply(250, "2.0.0", f"Accepted, {why}{some}, id={held}")


def _blocked(plan: Plan) -> Reply:
    """The refusal. The name meant stands in it where policy lists it: never a learnt one."""
    ruling = plan.decision.of(Verdict.BLOCK)[0]
    meant = ruling.recipient.resembles if ruling.recipient.suggestion else ""
    hint = f"; did you mean {meant}?" if meant.isascii() and meant and plan.from_inside else ""
    return Reply(
        550, "5.7.1", f"Blocked by policy rule {ruling.rule}, incident {plan.incident_id}{hint}"
    )


def utcnow() -> datetime:
    """The time that a mail is stamped with."""
    return datetime.now(UTC)
