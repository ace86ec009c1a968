"""The walk through a mail: every part, and every part in a part, under one budget.

Answers: candidates, coverage and doubts of a whole mail.
Trusts: nothing. Which readers are used is the caller's choice: in the gateway's own
process only the one for plain text, in a worker all of them.
Fails: never by a part; a part that is not read is named, with the reason. A lack of
memory passes, since the process is then lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from gateway import detect
from gateway.extract.escapes import percent_decoded
from gateway.extract.sample import RATIO, UNPACKED, Member, Sample, Yielded
from gateway.inspection import passwords
from gateway.inspection.budget import Budget
from gateway.inspection.mentions import Mentions
from gateway.inspection.pictures import SeenPictures
from gateway.message import Leaf, Message, parse
from gateway.message.charset import decode
from gateway.message.greeting import greets_another
from gateway.message.words import step
from gateway.model import (
    Confidence,
    Field,
    InspectionLimits,
    PartCoverage,
    Place,
    Prose,
    Unit,
    Unread,
    UnreadReason,
)
from gateway.patterns import Patterns

MAIL = "message/rfc822"
FILE_NAME = "file name"
_PICTURE = "image/"
_CLEAREST = "個人番号"
_MAILS = frozenset({MAIL, "message/global", "message/news"})
_LABEL_CHARS = 1000
_LETTERS = 4  # texts of a mail in which a password is looked for
_LETTER_BYTES = 64 * 1024  # of each
_HALF = _LABEL_CHARS // 2
_SHOWN = ("To", "Cc")
_GREETING_BYTES = 2048

Readers = Callable[[Sample, InspectionLimits], Iterator[Yielded]]
Sniff = Callable[[bytes], str]
Witness = Callable[[Unit, detect.Context], None]
Progress = Callable[[int, Place], None]  # number of the part, in the order of the walk; 0: none
WHOLE_MAIL = Place(("mail",))
_UNKNOWN = "application/octet-stream"
LOST = {UnreadReason.LIMIT: "time or memory", UnreadReason.DAMAGED: "reader ended"}


@dataclass(slots=True)
class Walk:
    """Reads one mail; its lists are the result."""

    limits: InspectionLimits
    readers: Readers
    sniff: Sniff
    progress: Progress
    lost: Mapping[int, UnreadReason] = field(default_factory=dict)  # parts to leave out, why
    candidates: list[detect.Candidate] = field(default_factory=list, repr=False)
    parts: list[PartCoverage] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    attachments: int = 0
    budget: Budget = field(init=False)
    mentions: Mentions = field(init=False)
    greets_another: bool = False
    pictures: SeenPictures = field(default_factory=SeenPictures)
    patterns: Patterns = field(default_factory=lambda: Patterns(()), repr=False)
    passwords: tuple[str, ...] = field(default=(), repr=False)  # that the mail gives away
    tally: detect.Tally = field(default_factory=detect.Tally, repr=False)
    witness: Witness | None = None  # told of every unit and what is around it
    _mentioned: bool = False  # whether a text so far names My Number
    _fields: detect.FieldRun = field(default_factory=detect.FieldRun)
    _numbered: int = 0  # parts so far
    _suspect: bool = False  # the picture that is being read could hold a number elsewhere
    _here: tuple[int, Place] = (0, WHOLE_MAIL)  # the part that is being read

    def __post_init__(self) -> None:
        self.budget = Budget(self.limits)
        self.mentions = Mentions(self.limits.inside_domains)

    def mail(self, message: Message, labels: tuple[str, ...] = (), depth: int = 0) -> None:
        """Read a parsed mail: its texts, then its leaves."""
        self.unread += message.unread
        self.budget.viewed(message.viewed)
        inside = (*labels, *filter(None, [_label(message.headers.subject)]))
        for told in message.fields:
            self._told(told, inside)
        for told in message.trace:
            self._detect(told, (), Confidence.LIKELY)
        for glimpse in message.glimpses:
            self._detect(glimpse, inside)
        if depth == 0:
            self.mentions.take(a.rpartition("@")[2] for a in message.headers.reply_to)
            self.greets_another = _greets_another(message)
        if len(message.leaves) > 1:  # a lone part has nothing to unlock
            self.passwords = tuple(dict.fromkeys((*_given_away(message), *self.passwords)))
        for leaf in message.leaves:
            self.attachments += leaf.attachment and depth == 0
            self._part(_member(leaf), inside, depth)

    def _part(self, member: Member, labels: tuple[str, ...], depth: int) -> None:
        """Read one part, and account for it whatever happens; tell where the walk is."""
        around = self._here
        self._numbered += 1
        self._here = (self._numbered, member.place)
        self.progress(*self._here)
        if self._numbered in self.lost:
            self._leave_out(member, self.lost[self._numbered])
        else:
            self._account(member, labels, depth)
        self._here = around
        self.progress(*around)  # what fails from here on is not this part's doing

    def _leave_out(self, member: Member, reason: UnreadReason) -> None:
        """A part that has cost a worker: not even its kind is looked at again."""
        self.budget.part(len(member.content))
        self._skip(member.place, reason, LOST[reason])
        self.parts.append(PartCoverage(member.place, _UNKNOWN, len(member.content), False))

    def _account(self, member: Member, labels: tuple[str, ...], depth: int) -> None:
        kind = self.sniff(member.content) if member.content else "application/x-empty"
        before = len(self.unread)
        met = self.budget.part(len(member.content)) or (
            "depth" if depth > self.limits.depth else ""
        )
        if met:
            self._skip(member.place, UnreadReason.LIMIT, met)
        elif kind.startswith(_PICTURE):
            self._read_picture(member, kind, labels, depth)
        else:
            self._read(member, kind, (*labels, *filter(None, [_label(member.name)])), depth)
        whole = len(self.unread) == before and not any(u.place == member.place for u in self.unread)
        self.parts.append(PartCoverage(member.place, kind, len(member.content), whole))

    def _read_picture(self, member: Member, kind: str, labels: tuple[str, ...], depth: int) -> None:
        """Read a picture, unless it is known to hold no number; remember if it holds none."""
        if self.pictures.holds_none(member.content, member.packed):
            return
        before = (len(self.unread), self._numbered, len(self.candidates))
        self._suspect = False
        self._read(member, kind, (*labels, *filter(None, [_label(member.name)])), depth)
        if not self._suspect and before == (
            len(self.unread),
            self._numbered,
            len(self.candidates),
        ):
            self.pictures.claim(member.content, member.packed)

    def _read(self, member: Member, kind: str, labels: tuple[str, ...], depth: int) -> None:
        declared = member.declared_type in _MAILS
        if (kind == MAIL or declared) and kind.startswith(("text/", "message/")):
            self.mail(parse(member.content, self.budget.left, member.place), labels, depth + 1)
            if declared:
                return
        sample = Sample(
            place=member.place,
            name=member.name,
            declared_type=member.declared_type,
            charset=member.charset,
            content=member.content,
            media_type=kind,
            decode=decode,
            passwords=self.passwords,
        )
        outer, self._fields = self._fields, detect.FieldRun()
        reading = self.readers(sample, self.budget.left)
        picture = kind.startswith(_PICTURE)
        for met in self.budget.picture(reading) if picture else reading:
            self._suspect |= picture and _could_hold_one(met)
            self._take(met, sample, labels, depth)
        for joined in self._fields.joined():
            self._detect(joined, labels)
        self._fields = outer

    def _take(self, met: Yielded, sample: Sample, labels: tuple[str, ...], depth: int) -> None:
        if isinstance(met, Unread):
            if met.detail in (UNPACKED, RATIO):
                self.budget.bomb()
            self._skip(_shown(met.place), met.reason, met.detail)
        elif isinstance(met, Member):
            place = _shown(met.place)
            if met.name:
                self._told(Field(place, FILE_NAME, met.name), labels)
            inner = replace(met, place=place, labels=())
            self._part(inner, (*labels, *met.labels), depth + 1)
        else:
            inside = met.place.steps[len(sample.place.steps) :]
            self._detect(met, (*labels, *inside))

    def _told(self, told: Field, labels: tuple[str, ...]) -> None:
        """Look at a field; at a file's name also as it was before a browser saved it as an URL."""
        self._detect(told, labels)
        meant = percent_decoded(told.value, decode) if told.label == FILE_NAME else told.value
        if meant != told.value:
            self._detect(replace(told, value=meant), labels)

    def _detect(
        self, unit: Unit, labels: tuple[str, ...], least: Confidence = Confidence.POSSIBLE
    ) -> None:
        fitting, met = self.budget.unit(unit)
        if met:
            self._skip(unit.place, UnreadReason.LIMIT, met)
        if fitting is not None:
            context = detect.Context(labels, self._mentioned)
            tally = self.tally if least is Confidence.POSSIBLE else None
            found = detect.candidates(fitting, context, tally)
            self.candidates += [c for c in found if c.confidence.reaches(least)]
            if self.witness:
                self.witness(fitting, context)
            self._remember(fitting)
            self.patterns.search(fitting, labels)
            self.mentions.see(fitting)

    def _remember(self, unit: Unit) -> None:
        """Keep what the units after this one are read by."""
        if isinstance(unit, Field):
            self._fields.add(unit)
        elif isinstance(unit, Prose) and not self._mentioned:
            self._mentioned = detect.mentions(unit.text)

    def _skip(self, place: Place, reason: UnreadReason, detail: str) -> None:
        """Note what was not read; one note a place and reason is enough."""
        if not any(u.place == place and u.reason is reason for u in self.unread[-100:]):
            self.unread.append(Unread(place, reason, detail))


def _could_hold_one(met: Yielded) -> bool:
    """Whether anything here were a number under the clearest label, in whatever mail."""
    if isinstance(met, (Member, Unread)):
        return True
    return bool(detect.candidates(met, detect.Context((_CLEAREST,))))


def _greets_another(message: Message) -> bool:
    """Whether the letter itself greets nobody whom To and Cc name."""
    shown = [f.value for f in message.fields if f.label in _SHOWN]
    letter = next(
        (x for x in message.leaves if x.declared_type == "text/plain" and not x.attachment), None
    )
    if not shown or letter is None:
        return False
    text = decode(letter.content[:_GREETING_BYTES], letter.charset)[0]
    return greets_another(shown, text)


def _given_away(message: Message) -> tuple[str, ...]:
    """Passwords for locked files that the mail's own subject and letter tell."""
    letters = [
        decode(leaf.content[:_LETTER_BYTES], leaf.charset)[0]
        for leaf in message.leaves[:_LETTERS]
        if leaf.declared_type.startswith("text/") and not leaf.attachment
    ]
    return passwords.candidates((message.headers.subject, *letters))


def _member(leaf: Leaf) -> Member:
    return Member(leaf.place, leaf.name, leaf.content, leaf.declared_type, leaf.charset)


def _label(text: str) -> str:
    """A subject or a file name as a label: its ends, since each part is judged under it."""
    return text if len(text) <= _LABEL_CHARS else text[:_HALF] + " " + text[-_HALF:]


def _shown(place: Place) -> Place:
    """The place with each step on one line and not endless: member names are hostile."""
    return Place(tuple(step(s) or "?" for s in place.steps))
