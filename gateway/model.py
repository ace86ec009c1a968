"""The vocabulary: frozen values that every room shares.

Answers: what is a mail, a part, a finding, a recipient, a verdict. No value here does
anything; a value that may hold a My Number (個人番号) masks its own ``repr``.
Trusts: nothing; imports nothing of ours but ``shapes`` and ``reading_limits``, its other parts.
Fails: never.
Terms: RFC 5321 (envelope, next hop, reverse-path), RFC 3464 (DSN), Act on the Use of
Numbers to Identify a Specific Individual (番号法).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from gateway.reading_limits import InspectionLimits as InspectionLimits
from gateway.shapes import Delimited as Delimited
from gateway.shapes import Field as Field
from gateway.shapes import Place as Place
from gateway.shapes import Prose as Prose
from gateway.shapes import Table as Table
from gateway.shapes import Unit as Unit

MY_NUMBER = "my-number"  # the detector that is always there


class Confidence(StrEnum):
    """How sure a detector or a judgement is, weakest first.

    The same three words serve findings (``confidence``) and look-alikes (``strength``).
    """

    POSSIBLE = "possible"
    LIKELY = "likely"
    CERTAIN = "certain"

    @property
    def rank(self) -> int:
        """0 for possible … 2 for certain."""
        return _SURENESS[self]

    def reaches(self, floor: Confidence) -> bool:
        """Whether this is at least as sure as ``floor``."""
        return self.rank >= floor.rank


class Verdict(StrEnum):
    """What happens to a recipient's copy, mildest first."""

    ALLOW = "allow"
    WARN = "warn"
    HOLD = "hold"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """0 for allow … 3 for block."""
        return _STRICTNESS[self]

    @classmethod
    def strictest(cls, verdicts: Iterable[Verdict]) -> Verdict:
        """The strictest of them; allow, when there is none."""
        found = set(verdicts)
        if len(found) == 1:
            return found.pop()
        return max(found, key=_STRICTNESS.__getitem__, default=cls.ALLOW)


_SURENESS = {confidence: n for n, confidence in enumerate(Confidence)}
_STRICTNESS = {verdict: n for n, verdict in enumerate(Verdict)}


class RecipientClass(StrEnum):
    """What a recipient's domain is to this organisation (contract: ``class``)."""

    INTERNAL = "internal"
    TRUSTED = "trusted"
    KNOWN = "known"
    FIRST_TIME = "first-time"
    FREEMAIL = "freemail"
    LOOK_ALIKE = "look-alike"
    NONEXISTENT = "nonexistent"
    INVALID = "invalid"


class UnreadReason(StrEnum):
    """Why a part was not read (contract: ``uninspected[].reason``)."""

    ENCRYPTED = "encrypted"
    UNSUPPORTED = "unsupported"
    LIMIT = "limit"
    DAMAGED = "damaged"
    AMBIGUOUS = "ambiguous"
    EXTERNAL = "external"


# ------------------------------------------------------------------ the mail as it came


@dataclass(frozen=True, slots=True)
class Client:
    """Who is on the other end of the incoming connection."""

    address: str  # IP address as text; set by the server; "" in `inspect` and tests
    port: int = 0
    helo: str = ""  # what it said in EHLO/HELO, printable ASCII
    tls: bool = False
    identity: str = ""  # authenticated or XFORWARDed identity; "" when there is none


@dataclass(frozen=True, slots=True)
class Envelope:
    """RFC 5321 envelope. Addresses may hold a number, so ``repr`` shows counts only."""

    mail_from: str  # without angle brackets; "" is the null reverse-path <>
    rcpt_tos: tuple[str, ...]  # in the order they were given; never empty in a submission
    smtputf8: bool = False
    body: str = ""  # "", "7BIT" or "8BITMIME", as the client declared it
    mail_parameters: tuple[str, ...] = ()  # DSN's (RFC 3461), verbatim: "RET=HDRS", "ENVID=x"
    rcpt_parameters: tuple[tuple[str, ...], ...] = ()  # beside rcpt_tos; () = none for anybody

    def __repr__(self) -> str:
        return f"<Envelope {len(self.rcpt_tos)} recipients>"

    def only(self, rcpt_tos: tuple[str, ...]) -> Envelope:
        """The envelope cut down to these recipients, each with its own parameters."""
        theirs = dict(zip(self.rcpt_tos, self.rcpt_parameters, strict=False))
        kept = tuple(theirs.get(address, ()) for address in rcpt_tos) if theirs else ()
        return replace(self, rcpt_tos=rcpt_tos, rcpt_parameters=kept)


@dataclass(frozen=True, slots=True)
class Submission:
    """One mail as it was received: the bytes inspected are the bytes sent (law 1)."""

    queue_id: str  # ours; in every log line, row and reply about this mail
    received_at: datetime  # aware, UTC
    client: Client
    envelope: Envelope
    content: bytes = field(repr=False)  # canonical CRLF, dot-unstuffed; secret
    trace: bytes = b""  # our one `Received:` line with CRLF; goes on top when relayed

    @property
    def outgoing(self) -> bytes:
        """The bytes for the next hop: our trace line and the mail, nothing else."""
        return self.trace + self.content


# ------------------------------------------------------------------ what reading yields


@dataclass(frozen=True, slots=True)
class Unread:
    """A part that was not read, and why. ``detail`` is ours (a type, a limit's name)."""

    place: Place
    reason: UnreadReason
    detail: str = ""  # never text from the mail


@dataclass(frozen=True, slots=True)
class PartCoverage:
    """One part that was seen: how big it was and whether all of it was read."""

    place: Place
    media_type: str  # by content, e.g. "application/pdf"
    size_bytes: int
    read: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """A detector's report about one place. Holds no digit."""

    detector: str  # "my-number", or the id of an administrator's detector
    confidence: Confidence
    count: int  # distinct numbers at this place
    place: Place
    reasons: tuple[str, ...]  # constants of gateway.reasons, strongest first


@dataclass(frozen=True, slots=True)
class Persons:
    """Distinct My Numbers in the whole mail: each field counts that confidence or better."""

    certain: int = 0
    likely: int = 0
    possible: int = 0

    def at(self, floor: Confidence) -> int:
        """Distinct numbers whose confidence reaches ``floor``."""
        return (self.possible, self.likely, self.certain)[floor.rank]


@dataclass(frozen=True, slots=True)
class Detected:
    """Different values that an administrator's detector found; counted as ``Persons`` are."""

    detector: str
    certain: int = 0
    likely: int = 0
    possible: int = 0

    def at(self, floor: Confidence) -> int:
        """Different values whose confidence reaches ``floor``."""
        return (self.possible, self.likely, self.certain)[floor.rank]


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """What the mail says of itself. From the mail, so unmasked and never to be stored."""

    subject: str = field(default="", repr=False)
    header_from: tuple[str, ...] = field(default=(), repr=False)  # addresses only
    recipients: tuple[str, ...] = field(default=(), repr=False)  # To, Cc, Bcc addresses
    message_id: str = field(default="", repr=False)
    reply_to: tuple[str, ...] = field(default=(), repr=False)  # addresses; known to the reader only


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything the engine says about one mail: findings and coverage, no digit."""

    findings: tuple[Finding, ...] = ()
    persons: Persons = Persons()
    detected: tuple[Detected, ...] = ()  # by the administrator's own detectors
    parts: tuple[PartCoverage, ...] = ()
    unread: tuple[Unread, ...] = ()
    attachments: int = 0  # parts with a file name or Content-Disposition: attachment
    domains: tuple[str, ...] = field(default=(), repr=False)  # of addresses inside the mail
    greets_another: bool = False  # the first lines name nobody of To and Cc
    headers: HeaderFacts = HeaderFacts()
    elapsed_ms: float = 0.0

    @property
    def clean(self) -> bool:
        """Read whole, and nothing found at ``likely`` or better (law 3)."""
        return not self.unread and not any(
            f.confidence.reaches(Confidence.LIKELY) for f in self.findings
        )


# ------------------------------------------------------------------ recipients


@dataclass(frozen=True, slots=True)
class Recipient:
    """How one recipient is judged. Fields as in the contract's ``address --json``."""

    address: str = field(repr=False)  # as given, verbatim
    domain: str = field(repr=False)  # normalised A-label form; "" when there is none
    recipient_class: RecipientClass
    strength: Confidence | None = None  # with class look-alike only
    resembles: str = field(default="", repr=False)  # known name probably meant; look-alike only
    suggestion: str = field(default="", repr=False)  # the address with it; look-alike only
    reasons: tuple[str, ...] = ()  # constants of gateway.reasons, strongest first
    score: float = 0.0  # the larger, the surer; comparable within one judgement only
    dns: str = "not-asked"
    may_receive: frozenset[str] = frozenset()  # detectors it is trusted with, today
    trusted_until: date | None = None  # end of that trust; None: no end or not trusted
    resembles_own: bool = False  # the name that was meant is one of ours; look-alike only
    new_address: bool = False  # nobody here wrote to it before; set where a rule asks for it
    new_to_sender: bool = False  # this sender did not; set where a rule asks for it


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What a decision may look at, besides the recipients. Pure data."""

    sender: str = field(repr=False)  # envelope sender; "" for <>
    inspection: Inspection
    header_from: tuple[str, ...] = field(default=(), repr=False)
    client: str = ""  # IP address
    identity: str = ""
    size_bytes: int = 0
    outside_domains: int = 0  # different ones among the envelope's recipients
    visible_outside: int = 0  # different outside addresses that To and Cc show to everybody
    inside: tuple[Recipient, ...] = ()  # look-alikes among the domains inside the mail

    @property
    def sender_differs(self) -> bool:
        """Whether the header From names somebody else than the envelope sender."""
        return bool(self.header_from) and self.sender.lower() not in {
            a.lower() for a in self.header_from
        }


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict for one recipient, with what explains it."""

    recipient: Recipient
    verdict: Verdict  # what happens; ALLOW under monitor
    rule: str  # the rule's id; DEFAULT_ALLOW or DEFAULT_HOLD when none matched
    would: Verdict  # what would have happened without monitor; equals verdict otherwise
    approvers: int = 1  # persons needed to release; meaningful for a hold
    confirm: bool = True  # False on a warn: relay at once and send the warning only
    advice: dict[str, str] = field(default_factory=dict)  # language → text, from the rule


DEFAULT_ALLOW = "default-allow"  # no rule matched; read whole, nothing found
DEFAULT_HOLD = "default-hold"  # no rule matched; a finding or an unread part
DEFAULT_INTERNAL = "default-internal"  # no rule names this internal recipient


@dataclass(frozen=True, slots=True)
class Decision:
    """One ruling a recipient, in the envelope's order."""

    rulings: tuple[Ruling, ...]
    policy: str  # version of the policy that decided: a digest of its text
    verdict: Verdict = field(init=False)  # the strictest of the rulings'
    would: Verdict = field(init=False)  # the strictest without monitor

    def __post_init__(self) -> None:
        set_once = object.__setattr__
        set_once(self, "verdict", Verdict.strictest(r.verdict for r in self.rulings))
        set_once(self, "would", Verdict.strictest(r.would for r in self.rulings))

    def of(self, *verdicts: Verdict) -> tuple[Ruling, ...]:
        """The rulings with one of these verdicts."""
        return tuple(r for r in self.rulings if r.verdict in verdicts)


# ------------------------------------------------------------------ replies and outcomes


@dataclass(frozen=True, slots=True)
class Reply:
    """One SMTP reply: code, enhanced code (RFC 3463) and text, never apart."""

    code: int
    enhanced: str  # "5.7.1"; "" where a reply has none (greeting, EHLO, 354)
    text: str  # printable; cleaned by the wire before it is sent

    @property
    def positive(self) -> bool:
        return 200 <= self.code < 300

    @property
    def temporary(self) -> bool:
        return 400 <= self.code < 500

    @property
    def permanent(self) -> bool:
        return 500 <= self.code < 600

    def __str__(self) -> str:
        return " ".join(str(x) for x in (self.code, self.enhanced, self.text) if x)


class Fate(StrEnum):
    """What became of one attempt to hand a mail to the next hop."""

    RELAYED = "relayed"  # 2xx after the dot
    REFUSED = "refused"  # 4xx or 5xx from the next hop
    FAILED = "failed"  # lost before the dot: surely not delivered
    UNKNOWN = "unknown"  # lost after the dot: perhaps delivered


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of a relay and the reply that goes to the client."""

    fate: Fate
    reply: Reply  # the next hop's, or ours where it gave none


class HoldState(StrEnum):
    """The life of a parked mail."""

    STAGED = "staged"  # written, not yet promised; deleted if its relay fails
    PARKED = "parked"  # waits for a person
    RELEASED = "released"  # approved; the outbound worker delivers
    DELIVERED = "delivered"  # the next hop took it
    FAILED = "failed"  # the next hop refused it for good; the sender has a DSN
    REJECTED = "rejected"  # a handler said no
    CANCELLED = "cancelled"  # the sender withdrew it, or a warn expired
    EXPIRED = "expired"  # nobody acted in time


class OnExpiry(StrEnum):
    """What the clock does with a parked mail whose time is up."""

    CANCEL = "cancel"  # a warn: the sender did not answer
    SEND = "send"  # a delay: the sender had the time to take it back
    REJECT = "reject"  # a hold: nobody decided
    ESCALATE = "escalate"  # a hold: the next one in the chain gets more time; then as reject


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail that we send ourselves: a notice or a DSN, for the durable queue."""

    kind: str  # "notice" or "dsn"
    mail_from: str  # "" for both: neither may bounce (RFC 3834 3.3, RFC 5321 4.5.5)
    rcpt_tos: tuple[str, ...] = field(repr=False)
    content: bytes = field(repr=False)  # a whole mail, CRLF; holds no digit of a number


@dataclass(frozen=True, slots=True)
class Park:
    """An order to park a mail for some of its recipients, all ruled by one rule."""

    hold_id: str
    verdict: Verdict  # WARN or HOLD
    rule: str
    rcpt_tos: tuple[str, ...] = field(repr=False)  # a subset of the envelope's
    approvers: int = 1
    expires_at: datetime | None = None  # aware, UTC; set by the pipeline from policy
    on_expiry: OnExpiry | None = None  # None: cancel a warn, reject a hold
    goes_with: str = ""  # hold whose locked files this mail seems to tell the password of


@dataclass(frozen=True, slots=True)
class Hold:
    """A parked mail as people see it. Every string from the mail is masked already."""

    hold_id: str
    queue_id: str
    incident_id: str
    state: HoldState
    verdict: Verdict  # WARN or HOLD
    rule: str
    sender: str
    recipients: tuple[str, ...]
    received_at: datetime
    expires_at: datetime
    approvers: int  # persons needed
    approved_by: tuple[str, ...]  # actors who approved so far
    my_numbers: int  # distinct, likely or better
    size_bytes: int
    parked_at: datetime | None = None  # set by the store
    on_expiry: OnExpiry = OnExpiry.REJECT
    assignee: str = ""  # person who has it in hand; "" while nobody has
    acknowledged_by: str = ""  # actor who said that somebody looks at it; stops escalation
    escalated: int = 0  # steps of the chain that were told so far
    escalated_at: datetime | None = None  # the last step, or the last assignment
    announced_at: datetime | None = None  # its end was announced
    corrected: bool = False  # an address is not the sender's any more
    reason_code: str = ""  # of the last decision; gateway.desk.answers
    goes_with: str = ""  # an earlier hold: this mail seems to tell its password
    revision: int = 0  # counts acts: who has read an older one is late
    second_look: Mapping[str, object] | None = None  # result, my_numbers, findings, unread
