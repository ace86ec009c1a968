"""HTML cut into tokens in one pass: text, tags with their attributes, comments.

Answers: ``tokens``, in the order of the source, with character references resolved.
Trusts: nothing. Pure Python and no tree: browsers' tree construction asks every open
element at every tag, and so takes quadratic time for 50,000 nested ``<div>``.
Fails: never; a tag that never ends is a comment, so that its text is read all the same.
Standards: WHATWG HTML 13.2.5 (tokenization) with scripting off, as in mail.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto


class Kind(Enum):
    """What a token is."""

    TEXT = auto()
    COMMENT = auto()  # also declarations, processing instructions, CDATA, unfinished tags
    START = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token. Secret."""

    kind: Kind
    value: str = field(repr=False)  # the text; or the tag's name in lower case
    attributes: dict[str, str] = field(default_factory=dict, repr=False)  # START only


# Elements whose content is no markup; in the first two character references still count.
_RAW = ("title", "textarea", "script", "style", "xmp", "iframe", "noembed", "noframes")
_REFERENCES = frozenset(("title", "textarea"))
_RAW_ENDS = {name: re.compile(f"</{name}(?=[\\s/>])", re.IGNORECASE) for name in _RAW}
_NAME = re.compile(r"[^\s/>]*+")
_TAG_END = re.compile(r"[\s/]*+>")
_ATTRIBUTE = re.compile(
    r"""[\s/]*+([^\s/>][^\s/>=]*+)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+|(?=>)))?+"""
)
_UNCLOSED = re.compile(r"\s*+=?\s*+[\"']")
_COMMENT_END = re.compile(r"--!?>")
_ZEROS = re.compile(r"&#0++(?=[0-9])")
_TOO_LONG = re.compile(r"&#[0-9]{8,}+;?")  # beyond Unicode, and beyond what int() takes


def unescape(text: str) -> str:
    """Resolve character references as browsers do, in linear time.

    >>> unescape("&#0000049;&#x32;&amp;")
    '12&'
    """
    if "&" not in text:
        return text
    return html.unescape(_TOO_LONG.sub("\ufffd", _ZEROS.sub("&#", text)))


def tokens(source: str) -> Iterator[Token]:
    """Yield the tokens of a document or a fragment."""
    at, end = 0, len(source)
    while at < end:
        mark = source.find("<", at)
        if mark < 0:
            mark = end
        elif not _opens(source, mark):
            mark = source.find("<", mark + 1)
            while mark >= 0 and not _opens(source, mark):
                mark = source.find("<", mark + 1)
            mark = end if mark < 0 else mark
        if mark > at:
            yield Token(Kind.TEXT, unescape(source[at:mark]))
        if mark == end:
            return
        token, at = _tag(source, mark) if source[mark + 1].isalpha() else _other(source, mark)
        yield token
        if token.kind is Kind.START and token.value in _RAW_ENDS:
            found = _RAW_ENDS[token.value].search(source, at)
            stop = found.start() if found else end
            raw = source[at:stop]
            yield Token(Kind.TEXT, unescape(raw) if token.value in _REFERENCES else raw)
            at = stop


def _opens(source: str, mark: int) -> bool:
    """Whether the ``<`` begins a tag or a comment, and is no sign for 'less than'."""
    following = source[mark + 1 : mark + 2]
    return following in ("!", "?", "/") or (following.isascii() and following.isalpha())


def _other(source: str, mark: int) -> tuple[Token, int]:
    if source.startswith("<!--", mark):
        return _comment(source, mark)
    if source.startswith("<![CDATA[", mark):
        stop = source.find("]]>", mark)
        stop = len(source) if stop < 0 else stop
        return Token(Kind.COMMENT, source[mark + 9 : stop]), stop + 3
    if source[mark + 1] == "/" and source[mark + 2 : mark + 3].isalpha():
        name = _NAME.match(source, mark + 2)
        stop = source.find(">", mark)
        stop = len(source) if stop < 0 else stop
        return Token(Kind.END, name[0].lower() if name else ""), stop + 1
    stop = source.find(">", mark)
    stop = len(source) if stop < 0 else stop
    return Token(Kind.COMMENT, source[mark + 2 : stop]), stop + 1


def _comment(source: str, mark: int) -> tuple[Token, int]:
    for short in ("<!-->", "<!--->"):
        if source.startswith(short, mark):
            return Token(Kind.COMMENT, ""), mark + len(short)
    found = _COMMENT_END.search(source, mark + 4)
    if found is None:
        return Token(Kind.COMMENT, source[mark + 4 :]), len(source)
    return Token(Kind.COMMENT, source[mark + 4 : found.start()]), found.end()


def _tag(source: str, mark: int) -> tuple[Token, int]:
    name = _NAME.match(source, mark + 1)
    assert name is not None  # noqa: S101 - the pattern matches the empty string, too
    at = name.end()
    attributes: dict[str, str] = {}
    while (stop := _TAG_END.match(source, at)) is None:
        found = _ATTRIBUTE.match(source, at)
        if found is None or (found[2] is None and _UNCLOSED.match(source, found.end())):
            return Token(Kind.COMMENT, source[mark + 1 :]), len(source)  # never ends
        value = found[2] or ""
        if value[:1] in ("'", '"'):
            value = value[1:-1]
        attributes.setdefault(found[1].lower(), unescape(value))
        at = found.end()
    return Token(Kind.START, name[0].lower(), attributes), stop.end()
