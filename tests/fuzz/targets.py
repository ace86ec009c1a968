"""What is fuzzed: for each reader of foreign bytes, one function and the seeds to begin with.

A target takes bytes, does what the product does with them, and raises ``Broken`` where a
promise is not kept. What it returns is looked through for the planted number by ``oracle``.
To add one: write a function, name it in ``TARGETS``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from unittest import mock

from gateway import detect, extract, log
from gateway.extract import Member, Sample, Yielded
from gateway.extract.compound import BrokenCompound, Compound
from gateway.extract.deflate64 import Broken as Broken64
from gateway.extract.deflate64 import TooMuch, inflate
from gateway.extract.pdf import revisions, strings
from gateway.extract.picture.blocks import unshown
from gateway.extract.picture.ends import beside
from gateway.extract.registry import PURE, families
from gateway.extract.sheet import biff, xlsb
from gateway.extract.text_type import is_text, text_type
from gateway.inspection import inspect_now, wire, wrap
from gateway.masking import mask
from gateway.message import parse
from gateway.message.charset import decode
from gateway.model import (
    Confidence,
    Delimited,
    Field,
    Inspection,
    InspectionLimits,
    Place,
    Prose,
    Table,
    Unread,
)
from gateway.outbound.faults import ProtocolFaultError
from gateway.outbound.replies import ReplyParser
from gateway.recipients.normalise import read_address, read_domain, salvage
from gateway.smtp import xforward
from gateway.smtp.grammar import PathError, parse_mail, parse_rcpt
from gateway.smtp.parameters import PASSED_ON, mail_options, rcpt_options
from tests.fuzz import seeds
from tests.fuzz.seeds import LINE, PLANTED

LIMITS = InspectionLimits(
    part_bytes=1 << 20, total_bytes=4 << 20, cells=50_000, text_chars=1 << 20, pages=20, parts=200
)
HERE = Place(("fuzzed",))


class Broken(AssertionError):  # noqa: N818 (what became of a promise)
    """A promise was not kept; says which."""


@dataclass(frozen=True)
class Target:
    """One thing to fuzz."""

    run: Callable[[bytes], object]  # what it returns is searched for the planted number
    seeds: Callable[[], Iterable[bytes]]
    linear: bool = True  # whether eightfold input must cost no more than eightfold time
    most_bytes: int = 8192  # of one input


def _promise(kept: bool, what: str) -> None:
    if not kept:
        raise Broken(what)


# ------------------------------------------------------------------ mail


def mime(content: bytes) -> Inspection:
    """A mail with a clear line that stands in it as it is is never clean."""
    found = inspect_now(content, LIMITS)
    _promise(bool(found.parts or found.unread), "nothing seen")
    if LINE in content:
        _promise(not found.clean, "a clear line passes in a mail that is called clean")
    return found


def delimiters(content: bytes) -> object:
    message = parse(content, LIMITS)
    if LINE in content and not message.unread:
        texts = [leaf.content for leaf in message.leaves]
        seen = b"\n".join([*texts, *(str(g).encode() for g in message.glimpses)])
        told = "".join(f.value for f in message.fields)
        kept = PLANTED.encode() in seen or PLANTED in told
        _promise(kept or any(map(seeds.spells_planted, texts)), "a line of the mail is in no part")
    return message


def charset(content: bytes) -> object:
    """What stands there in ASCII is in one reading at least, whatever the label says."""
    labels = ("", "utf-8", "iso-2022-jp", "shift_jis", "euc-jp", "utf-16", "utf-7", "x-unknown")
    label = labels[content[0] % len(labels)] if content else ""
    texts = decode(content[1:], label)
    _promise(len(texts) > 0, "no reading")
    for text in texts:
        text.encode()  # no half of a surrogate pair
    if LINE in content[1:] and not any(b in content for b in (b"\x1b", b"\0", b"+", b"\x0e", b"~")):
        _promise(any(PLANTED in text for text in texts), f"ASCII digits read as none: {label}")
    return len(texts)


# ------------------------------------------------------------------ documents


def _sample(content: bytes, media_type: str) -> Sample:
    return Sample(HERE, "名簿.bin", "", "", content, media_type, decode)


def _says(yielded: Iterable[Yielded]) -> tuple[str, bool]:
    """All that was read, as one text; and whether anything was not."""
    words: list[str] = []
    unread = False
    for met in yielded:
        if isinstance(met, Unread):
            unread = True
        elif isinstance(met, Member):
            words += [met.name, met.content.decode("latin-1")]
        elif isinstance(met, Table):
            words += ["\n".join("\t".join(row) for row in met.rows)]
        elif isinstance(met, Field):
            words += [met.label, met.value]
        else:
            words.append(met.text)
    return "\n".join(words), unread


def texts(content: bytes) -> object:
    """The readers of texts raise nothing at all, not even behind the border that maps it."""
    if not is_text(content):
        return None
    sample = _sample(content, text_type(content))
    yielded: list[Yielded] = []
    for name, reader in families():
        if name in PURE and reader.recognises(sample):
            yielded += reader.read(sample, LIMITS)
    told, unread = _says(yielded)
    if LINE in content:
        _promise(PLANTED in told or unread, "a line of a text is not read")
    return yielded


def attached(content: bytes) -> Inspection:
    """Whatever is attached is seen with all its bytes, and read or named as not read."""
    found = inspect_now(wrap("名簿.bin", content), LIMITS)
    if content:
        whole = [p for p in found.parts if p.size_bytes == len(content)]
        _promise(bool(whole) or bool(found.unread), "the attachment is not accounted for")
        places = Counter(p.place for p in found.parts)  # a member met twice may be read once
        unread = {u.place for u in found.unread if places[u.place] == 1}
        _promise(not any(p.read and p.place in unread for p in found.parts), "read and unread")
    return found


def _family(name: str, media_type: str) -> Callable[[bytes], object]:
    """One family behind the border, given everything as its own format."""

    def run(content: bytes) -> object:
        sample = _sample(content, media_type)
        if dict(families())[name].recognises(sample):
            return list(extract.read(sample, LIMITS))
        return None

    return run


def compound(content: bytes) -> object:
    try:
        file = Compound(content)
        read = [file.read(node) for node in file.streams()]
        read.append(file.unowned())
    except BrokenCompound as error:
        return str(error)
    return sum(map(len, read)) <= 64 * len(content) or _promise(False, "more than was there")


def sheet_records(content: bytes) -> object:
    """BIFF and XLSB records, as they stand in a stream."""
    biff.locked(content)
    read = list(biff.read(content, HERE, LIMITS))
    xlsb.role(content[:512], whole=False)
    xlsb.strings(content), xlsb.styles(content, base_1904=False), xlsb.book(content)
    return read


def pdf_parts(content: bytes) -> object:
    """Our own parts of PDF reading, which see the bytes before any library does."""
    words = list(strings.strings_in(content, decode))
    revisions.earlier(content), list(revisions.outside(content)), revisions.comments(content)
    return len(words)


def picture_files(content: bytes) -> object:
    """What of a file is no picture lies in the file, and asking for it raises nothing."""
    found = [*beside(content), *unshown(content)]
    kept = all(0 <= start <= len(content) for start, _ in found)
    _promise(kept, "bytes beside a picture that are not there")
    return len(found)


def deflate64(content: bytes) -> object:
    try:
        return len(inflate(content, 1 << 20))
    except (Broken64, TooMuch) as error:
        return type(error).__name__


# ------------------------------------------------------------------ detection and masking


def detection(content: bytes) -> object:
    """Nothing that detection would find is left once a text is masked (law 4)."""
    text = content.decode("utf-8", "replace")
    units = (Prose(HERE, text), Field(HERE, "個人番号", text), Delimited(HERE, text, ","))
    found = [c for unit in units for c in detect.candidates(unit, detect.Context(()))]
    hidden = Prose(HERE, mask(text))
    left = [c for c in detect.candidates(hidden, detect.Context(())) if _sure(c)]
    _promise(not left, "a masked text still shows a number")
    return found


def glances(content: bytes) -> object:
    """What the first look at a text or a table leaves out holds nothing."""
    text = content.decode("utf-8", "replace")
    rows = tuple(tuple(line.split("\t")) for line in text.split("\n"))
    units = (Prose(HERE, text), Table(HERE, rows), Delimited(HERE, text, ","))
    quick = [detect.candidates(unit, detect.Context(("個人番号",))) for unit in units]
    with ExitStack() as slow:
        for name in ("prose.worth_reading", "delimited.delimited_worth_reading"):
            slow.enter_context(mock.patch(f"gateway.detect.{name}", return_value=True))
        every = mock.patch(
            "gateway.detect.table.rows_worth_reading", lambda r: (True, range(len(r)))
        )
        slow.enter_context(every)
        whole = [detect.candidates(unit, detect.Context(("個人番号",))) for unit in units]
    _promise(quick == whole, "a glance leaves out a number")
    return quick


def _sure(candidate: detect.Candidate) -> bool:
    return candidate.confidence.reaches(Confidence.LIKELY)


def masking(content: bytes) -> object:
    """What is logged holds no run of twelve digits, however it is written."""
    text = content.decode("utf-8", "replace")
    _promise(len(mask(text)) == len(text), "masking moves characters")
    event = {"event": text, text[:40]: text, "list": list(text[:64]), "map": {"a": {text: [text]}}}
    line = repr(log.mask_values(None, "", dict(event)))
    _promise(PLANTED not in line, "a log line shows a number")
    return line


# ------------------------------------------------------------------ the wire


def smtp_reply(content: bytes) -> object:
    """A reply means the same however the network cuts it."""
    whole, cut = _answers([content]), _answers([content[i : i + 1] for i in range(len(content))])
    _promise(whole == cut, "a reply depends on how it is cut")
    return None


def _answers(pieces: list[bytes]) -> list[object]:
    parser, found = ReplyParser(), []
    try:
        for piece in pieces:
            for answer in parser.feed(piece):
                found.append((answer.code, str(answer.reply)))
    except ProtocolFaultError:
        found.append(("fault", ""))
    return found


def smtp_command(content: bytes) -> object:
    """Only a refusal with a reply of ours comes back, and no text of the client's."""
    try:
        line = content.decode("utf-8").strip(" ")
    except UnicodeDecodeError:  # answered by the conversation
        return None
    refused = []
    for read in (_mail, _rcpt, xforward.parse):
        try:
            read(line)
        except PathError as error:
            refused.append(f"{error} {error.reply}")
    return refused


def _mail(line: str) -> None:
    path = parse_mail(line)
    mail_options(path, PASSED_ON, 1 << 20)


def _rcpt(line: str) -> None:
    path = parse_rcpt(line)
    rcpt_options(path, PASSED_ON, smtputf8=True)


def addresses(content: bytes) -> object:
    typed = content.decode("utf-8", "replace")
    read_domain(typed)
    salvage(typed)
    return read_address(typed)


def worker_answer(content: bytes) -> object:
    """An answer of a worker is an inspection or a ``WireError``."""
    try:
        return wire.loads(content)
    except wire.WireError as error:
        return str(error)


TARGETS: dict[str, Target] = {
    "mime": Target(mime, seeds.mails, most_bytes=4096),
    "delimiters": Target(delimiters, seeds.mails),
    "charset": Target(charset, seeds.charsets),
    "texts": Target(texts, seeds.texts),
    "html": Target(_family("html", "text/html"), seeds.pages),
    "json": Target(_family("json", "text/plain"), seeds.jsons),
    "cards": Target(_family("cards", "text/plain"), seeds.cards),
    "coded": Target(_family("coded blocks", "text/plain"), seeds.coded),
    "rtf": Target(_family("rtf", "text/rtf"), seeds.rtfs),
    "compound": Target(compound, seeds.compounds, most_bytes=16384),
    "ole": Target(_family("ole", "application/x-ole-storage"), seeds.compounds, most_bytes=16384),
    "outlook": Target(
        _family("outlook", "application/vnd.ms-outlook"), seeds.compounds, most_bytes=16384
    ),
    "records": Target(sheet_records, seeds.records),
    "tnef": Target(_family("tnef", "application/ms-tnef"), seeds.tnefs),
    "cms": Target(_family("cms", "application/pkcs7-signature"), seeds.signed),
    "pdf-parts": Target(pdf_parts, seeds.pdfs),
    "pdf": Target(_family("pdf", "application/pdf"), seeds.pdfs, linear=False),
    "picture-files": Target(picture_files, seeds.picture_files),
    "deflate64": Target(deflate64, seeds.deflate64, linear=False),
    "glued": Target(_family("glued", "application/octet-stream"), seeds.glued),
    "zip": Target(_family("zip", "application/zip"), seeds.zips),
    "archive": Target(_family("archive", "application/octet-stream"), seeds.archives),
    "packed": Target(_family("packed", "application/gzip"), seeds.streams, linear=False),
    "attached": Target(attached, seeds.everything, linear=False),
    "detection": Target(detection, seeds.proses),
    "glances": Target(glances, seeds.proses),
    "masking": Target(masking, seeds.proses),
    "smtp-reply": Target(smtp_reply, seeds.replies, linear=False),
    "smtp-command": Target(smtp_command, seeds.commands, most_bytes=2048),
    "addresses": Target(addresses, seeds.addresses, most_bytes=1024),
    "worker-answer": Target(worker_answer, seeds.answers),
}
