"""What runs in a worker when a handler looks into a parked mail.

Answers: ``review``, a target of the pool: a mail in, and one of five things out: what it says
with every number masked (``review``), one HTML part made harmless and masked (``html``), one
page as a picture (``page``), the bytes of one part (``part``), one number (``reveal``).
Trusts: the head of the job; the mail is hostile.
Fails: by an exception, which ends the worker.
HTML is cleaned by nh3 down to tags that only shape text: no address, style, picture or script
stays, so that nothing in it can ask anybody for anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from html import escape, unescape
from typing import Any

import nh3

from gateway import extract
from gateway.detect import Context, weigh
from gateway.detect.conclusion import where
from gateway.inspection import drawing
from gateway.inspection.masked import Marked, shown, uncoded, whole
from gateway.inspection.payload import told
from gateway.inspection.walk import Walk
from gateway.masking import mask
from gateway.message import Leaf, parse
from gateway.message.charset import decode
from gateway.message.header import read_block
from gateway.message.words import decode_header
from gateway.model import Delimited, Field, InspectionLimits, Place, Prose, Unit
from gateway.sandbox.worker import Line

UNITS = 300  # texts, tables and fields that are shown of one mail
ROWS = 3_000  # lines and rows of all of them
NUMBERS = 1_000  # marks of one mail
HEADERS = 100
HEADER_CHARS = 600
HTML_CHARS = 500_000
_SHAPES = (
    "a abbr article b blockquote br caption center code col colgroup dd del div dl dt em font "
    "footer h1 h2 h3 h4 h5 h6 header hr i ins li main ol p pre q s section small span strike "
    "strong sub sup table tbody td tfoot th thead tr tt u ul"
)
_TAGS = frozenset(_SHAPES.split())
_ATTRIBUTES = {"*": set[str](), "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_TOKEN = re.compile(r"<[^>]*>")

extract.warm()


def review(head: bytes, content: bytes, line: Line) -> bytes:
    """Do what the head asks with the mail in ``content``."""
    asked, _, rest = head.partition(b"\n")
    wish, limits = json.loads(asked), told(rest).limits
    if wish["want"] == "part":
        return _part(_leaf(content, limits, wish["number"]))
    if wish["want"] == "page":
        line.native()
        leaf = _leaf(content, limits, wish["number"])
        return drawing.page(leaf, wish["page"], limits, masked=wish["masked"])
    if wish["want"] == "html":
        line.native()
        return _harmless(_leaf(content, limits, wish["number"])).encode("utf-8", "replace")
    looked = _Look(reveal=wish["number"] if wish["want"] == "reveal" else 0)
    walk = Walk(
        limits,
        partial(extract.read, before_native=line.native),
        partial(extract.media_type, before_native=line.native),
        lambda part, place: line.at(part, mask(str(place))),
        witness=looked.witness,
    )
    message = parse(content, limits)
    walk.mail(message)
    if looked.reveal:
        return json.dumps({"text": looked.revealed}, ensure_ascii=False).encode()
    return _json(
        {
            "units": looked.units,
            "numbers": looked.numbers,
            "cut": looked.cut,
            "parts": [[mask(str(p.place)), p.media_type, p.size_bytes, p.read] for p in walk.parts],
            "unread": [[mask(str(u.place)), u.reason, u.detail] for u in walk.unread],
            "headers": list(_headers(content, limits)),
            "leaves": [
                [
                    leaf.number,
                    mask(leaf.name),
                    mask(leaf.declared_type),
                    len(leaf.content),
                    drawing.pages_of(leaf, limits),
                ]
                for leaf in message.leaves
            ],
        }
    )


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


class _Look:
    """Takes down what the walk sees, masked."""

    def __init__(self, reveal: int) -> None:
        self.reveal = reveal  # the mark whose number is asked for; 0: none
        self.revealed = ""
        self.units: list[dict[str, Any]] = []
        self.numbers: list[list[Any]] = []
        self.cut = False
        self._rows = 0

    def witness(self, unit: Unit, context: Context) -> None:
        met: dict[int, tuple[Unit, list[Marked]]] = {}
        if not isinstance(unit, Delimited):
            met[id(unit)] = (unit, [])
        for cut, weighed in weigh(unit, context):
            _, marks = met.setdefault(id(cut), (cut, []))
            for one in (w for w in weighed if w.confidence):
                if len(self.numbers) >= NUMBERS:
                    self.cut = True
                    break
                numbered = cut.numbered if isinstance(cut, Prose) else ""
                place = mask(str(where(cut.place, numbered, one.sighting.spot)))
                self.numbers.append([place, str(one.confidence), [p for p, _ in one.pieces]])
                marks.append(Marked(len(self.numbers), one.sighting.spot))
                if self.reveal == len(self.numbers):
                    self.revealed = whole(cut, one.sighting.spot)
        for cut, marks in met.values():
            self._show(cut, marks)

    def _show(self, unit: Unit, marks: list[Marked]) -> None:
        if self.reveal or (isinstance(unit, Field) and not unit.value):
            return
        if len(self.units) >= UNITS or self._rows >= ROWS:
            self.cut = True
            return
        seen = shown(unit, marks)
        self._rows += len(seen.rows)
        self.cut |= seen.cut
        self.units.append(
            {
                "place": seen.place,
                "label": seen.label,
                "table": seen.table,
                "rows": [[n, [list(p) for p in row]] for n, row in seen.rows],
                "cut": seen.cut,
            }
        )


def _headers(content: bytes, limits: InspectionLimits) -> Iterator[list[str]]:
    ends = (n for mark in (b"\r\n\r\n", b"\n\n") if (n := content.find(mark)) >= 0)
    head = content[: min(min(ends, default=len(content)), limits.header_bytes)]
    for name, raw in read_block(head).fields[:HEADERS]:
        value = mask(uncoded(" ".join(decode_header(raw).split())))
        yield [mask(name.decode("ascii", "replace")), value[:HEADER_CHARS]]


# ------------------------------------------------------------------ one part


def _leaf(content: bytes, limits: InspectionLimits, number: int) -> Leaf:
    found = next((x for x in parse(content, limits).leaves if x.number == number), None)
    return found or Leaf(0, Place(("?",)), "", "text/plain", "", False, b"")


def _part(leaf: Leaf) -> bytes:
    """Return name and bytes of a part; the name is the mail's own, for whoever may have it."""
    return _json([leaf.number, leaf.name]) + b"\n" + leaf.content


def _harmless(leaf: Leaf) -> str:
    source = decode(leaf.content, leaf.charset)[0][:HTML_CHARS]
    clean = nh3.clean(source, tags=set(_TAGS), attributes=_ATTRIBUTES, link_rel=None)
    return _masked_html(clean)


def _masked_html(html: str) -> str:
    """Mask the text of clean HTML as one: a number goes on through tags."""
    tags = [m.group() for m in _TOKEN.finditer(html)]
    texts = [unescape(t) for t in _TOKEN.split(html)]
    safe = mask(uncoded("".join(texts)))
    out, at = [], 0
    for n, text in enumerate(texts):
        out.append(escape(safe[at : at + len(text)], quote=False))
        at += len(text)
        out += map(mask, tags[n : n + 1])
    return "".join(out)
