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
    intend    store/         what is about to happen; sealed mail, holds, incident, audit
    act       outbound/      relay to the next hop · refuse · nothing more for a park
    settle    store/         the outcome; staged holds become active (else behind the answer)
    answer                   one SMTP reply
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import structlog

from gateway import metrics
from gateway.afterwards import Afterwards
from gateway.errors import InspectionError, NextHopError, StoreError
from gateway.failpoint import reached
from gateway.ids import new_id
from gateway.inspection import Inspector
from gateway.judging import Judging, is_ours, mail_facts
from gateway.model import (
    Decision,
    Envelope,
    Fate,
    Inspection,
    MailFacts,
    Outcome,
    Outgoing,
    Park,
    Recipient,
    Reply,
    Ruling,
    Submission,
    Verdict,
)
from gateway.notify import Notices
from gateway.outbound.client import Connection
from gateway.policy import Policy, Rule, decide, explain, journalled
from gateway.recipients import domain_of
from gateway.rules import Rules as Rules
from gateway.store import Store, features_of
from gateway.store.opaque import fresh

log = structlog.get_logger(__name__)

LANGUAGES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is about to happen to one mail; made from the decision, before any effect."""

    submission: Submission
    inspection: Inspection
    decision: Decision
    relayed: Envelope | None  # None when nobody's copy is relayed
    parks: tuple[Park, ...] = ()
    notices: tuple[Outgoing, ...] = ()
    incident_id: str | None = None  # set whenever anything but "allow" would have happened
    # Hold → what opens it on the sender's page; for warns whose notice has a link alone.
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    from_inside: bool = False  # the sender's domain is ours; only then is a name told
    journals: tuple[str, ...] = ()  # journal rules that ask for the record
    features: Mapping[str, object] = field(
        default_factory=dict
    )  # what the journal keeps of the facts

    @property
    def staged(self) -> bool:
        """Parks and notices wait for the outcome of the relay of the other copies."""
        return self.relayed is not None and bool(self.parks or self.notices)


class Pipeline:
    """The house's one way through, shared by all connections of a gateway process."""

    def __init__(
        self,
        rules: Rules,
        *,
        inspector: Inspector,
        judging: Judging,
        store: Store,
        notices: Notices,
        afterwards: Afterwards,
        hold_expires: timedelta,
        warn_expires: timedelta,
        inspect_s: float = 45.0,
        relay_s: float = 900.0,
    ) -> None:
        self.rules = rules  # replaced on reload; a mail under way keeps the one it began with
        self._inspector = inspector
        self._judging = judging
        self._store = store
        self._notices = notices
        self._expires = {Verdict.HOLD: hold_expires, Verdict.WARN: warn_expires}
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
        plan = self.plan(submission, facts, decision, rules.policy, goes_with)
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

    def plan(
        self,
        submission: Submission,
        facts: MailFacts,
        decision: Decision,
        policy: Policy,
        goes_with: str = "",
    ) -> Plan:
        """Turn verdicts into effects: whose copy is relayed, what is parked, who is told."""
        features = features_of(facts, [r.recipient for r in decision.rulings])
        journals = tuple(j.id for j in journalled(facts, decision, policy, submission.received_at))
        if decision.would is Verdict.ALLOW:
            envelope, found = submission.envelope, facts.inspection
            return Plan(submission, found, decision, envelope, journals=journals, features=features)
        blocked = decision.verdict is Verdict.BLOCK  # one block stops the whole mail
        relayed = None if blocked else _relayed(submission.envelope, decision)
        parks = () if blocked else self._parks(submission, decision, policy, goes_with)
        plan = Plan(
            submission,
            facts.inspection,
            decision,
            relayed,
            parks,
            incident_id=new_id(),
            from_inside=is_ours(submission.envelope.mail_from, self.rules.directory),
            tokens=self._tokens(submission, parks),
            journals=journals,
            features=features,
        )
        return replace(plan, notices=tuple(self._compose(plan, facts)))

    async def intend(self, plan: Plan) -> None:
        """Commit what is about to happen: journal, sealed mail, holds, incident, audit.

        A sender's link is kept before the notice that carries it can leave.
        """
        for park in plan.parks:
            if token := plan.tokens.get(park.hold_id):
                ends = park.expires_at or plan.submission.received_at + self._expires[park.verdict]
                await self._store.keep_link(token, park.hold_id, ends)
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
        if not reply.positive:
            metrics.refused(reply.code)
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

    def _parks(
        self, submission: Submission, decision: Decision, policy: Policy, goes_with: str
    ) -> tuple[Park, ...]:
        """One park for each rule that parks, with the recipients it ruled."""
        groups: dict[tuple[Verdict, str], list[Ruling]] = {}
        for ruling in decision.of(Verdict.WARN, Verdict.HOLD):
            if not _goes_at_once(ruling):
                groups.setdefault((ruling.verdict, ruling.rule), []).append(ruling)
        return tuple(
            Park(
                hold_id=new_id(),
                verdict=verdict,
                rule=rule,
                rcpt_tos=tuple(r.recipient.address for r in rulings),
                approvers=rulings[0].approvers,
                expires_at=submission.received_at + self._wait(verdict, policy.rule(rule)),
                on_expiry=policy.on_expiry(verdict, rule),
                goes_with=goes_with,
            )
            for (verdict, rule), rulings in groups.items()
        )

    def _tokens(self, submission: Submission, parks: Sequence[Park]) -> dict[str, str]:
        """Make what opens the sender's page, for each mail that waits for its sender."""
        if not self._notices.offers_page(submission.envelope):
            return {}
        return {p.hold_id: fresh() for p in parks if p.verdict is Verdict.WARN}

    def _wait(self, verdict: Verdict, rule: Rule | None) -> timedelta:
        """How long a park waits: the rule's own time, else the configured one."""
        own = (rule.delay or rule.expires) if rule else None
        return own or self._expires[verdict]

    def _compose(self, plan: Plan, facts: MailFacts) -> list[Outgoing]:
        """Write the notices: to the sender for every verdict that is not silent, to handlers."""
        rulings = plan.decision.rulings
        wanted: list[Outgoing | None] = []
        if plan.decision.verdict is Verdict.BLOCK:
            blocked = plan.decision.of(Verdict.BLOCK)
            lines = _lines(blocked, facts)
            wanted.append(
                self._notices.to_sender_blocked(
                    plan.submission, plan.inspection, blocked, plan.incident_id or "", lines
                )
            )
        for park in plan.parks:
            ruled = [r for r in rulings if r.recipient.address in park.rcpt_tos]
            lines = _lines(ruled, facts)
            wanted.append(
                self._notices.to_sender_parked(
                    plan.submission,
                    plan.inspection,
                    ruled,
                    park,
                    lines,
                    plan.tokens.get(park.hold_id, ""),
                )
            )
            if park.verdict is Verdict.HOLD:
                wanted.append(
                    self._notices.to_handlers(plan.submission, plan.inspection, ruled, park)
                )
        warned = [r for r in plan.decision.of(Verdict.WARN) if _goes_at_once(r)]
        if warned and plan.relayed is not None:
            wanted.append(
                self._notices.to_sender_warned(
                    plan.submission, plan.inspection, warned, _lines(warned, facts)
                )
            )
        return [notice for notice in wanted if notice is not None]


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


def _goes_at_once(ruling: Ruling) -> bool:
    """Whether the copy is relayed now: allowed, or only warned about without asking."""
    return ruling.verdict is Verdict.ALLOW or (
        ruling.verdict is Verdict.WARN and not ruling.confirm
    )


def _relayed(envelope: Envelope, decision: Decision) -> Envelope | None:
    """The envelope cut down to those whose copy is relayed now; None when nobody's is."""
    wanted = tuple(r.recipient.address for r in decision.rulings if _goes_at_once(r))
    return envelope.only(wanted) if wanted else None


def _lines(rulings: Sequence[Ruling], facts: MailFacts) -> Mapping[str, list[str]]:
    """The explanation by language, each sentence once however many rulings share it."""
    return {
        language: list(dict.fromkeys(s for r in rulings for s in explain(r, facts, language)))
        for language in LANGUAGES
    }


def utcnow() -> datetime:
    """The time that a mail is stamped with."""
    return datetime.now(UTC)
