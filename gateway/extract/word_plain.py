"""Runs of Word text in which only the text matters, made one before the XML is parsed.

Answers: ``merged``: the same part with the same text, in a third of the tags; where whole
paragraphs follow one another that hold nothing else, in a hundredth.
Trusts: nothing. Word cuts a paragraph into a run at every change of font and every doubt about
its spelling, and each costs a dozen calls from expat into Python. A pattern takes the runs that
hold one text and properties that no ``story`` asks for, from tag to tag with nothing between;
whatever is written in another way stays as it is, and all that is left goes through expat.
Fails: never; linear time. A part with a comment, a CDATA section or a DTD is returned as it is,
since a tag might be none there. What is not well-formed stays so, but for an attribute given
twice.
Standards: ECMA-376 part 1, 17.3.2 (runs and their properties).
"""

from __future__ import annotations

import re

DULL = (  # properties of a run that hide no text and hold none
    *("b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike", "outline", "shadow"),
    *("emboss", "imprint", "noProof", "snapToGrid", "u", "effect", "bdr", "shd", "fitText"),
    *("vertAlign", "rtl", "cs", "em", "lang", "eastAsianLayout", "rFonts", "rStyle", "spacing"),
    *("w", "kern", "position", "szCs", "highlight"),
)
STYLING = (  # the same of paragraphs, tables and styles, most of a file's styles
    *("top", "bottom", "left", "right", "insideH", "insideV", "tblInd", "tblStyleRowBandSize"),
    *("tblStyleColBandSize", "tblW", "tblLayout", "tblLook", "tcW", "gridCol", "rsid"),
    *("uiPriority", "basedOn", "next", "link", "lsdException", "qFormat", "semiHidden"),
    *("unhideWhenUsed", "pStyle", "jc", "ind", "keepNext", "keepLines", "contextualSpacing"),
    "outlineLvl",
)
BETWEEN = ("proofErr", "bookmarkEnd")  # what Word notes between two runs
_ATTRIBUTES = rb'(?: [A-Za-z0-9_:.-]+="[^"<>&\x00-\x1f]*")*+'
_LEGIBLE = (  # of a size that can be seen, of a colour that is not white
    rb'sz w:val="(?:[5-9]|[1-9][0-9]{1,2})"'
    rb'|color w:val="(?!FFFFFF"|ffffff")[0-9A-Za-z]{1,8}"(?: w:theme[A-Za-z]*="\w*")*+'
)


def _properties(names: tuple[str, ...]) -> bytes:
    """The pattern of an empty element that is one of these."""
    named = "|".join(sorted(names, key=len, reverse=True)).encode()
    return rb"<w:(?:(?:" + named + rb")" + _ATTRIBUTES + rb"|" + _LEGIBLE + rb") ?/>"


_RUN = (
    rb"<w:r" + _ATTRIBUTES + rb">(?:<w:rPr>(?:" + _properties(DULL) + rb")*+</w:rPr>)?"
    rb"(?:<w:lastRenderedPageBreak ?/>)?"
    rb"<w:t" + _ATTRIBUTES + rb">[^<]*+</w:t></w:r>(?:" + _properties(BETWEEN) + rb")*+"
)
_RUNS = re.compile(_RUN + rb"(?:" + _RUN + rb")*+")
_TAG = re.compile(rb"<[^<>]*+>")
# A paragraph of such runs alone, each with text in one line, one after the other. Written out for
# itself, since a text that ends its own line would not end one more.
_LINE = _RUN.replace(rb">[^<]*+</w:t>", rb">[^<&\r\n]++</w:t>")
_SETTING = rb"(?:" + _properties((*DULL, *STYLING)) + rb")*+"
_PARAGRAPH = (
    rb"<w:p" + _ATTRIBUTES + rb">"
    rb"(?:<w:pPr>" + _SETTING + rb"(?:<w:rPr>" + _SETTING + rb"</w:rPr>)?</w:pPr>)?"
    rb"(?:" + _LINE + rb")++</w:p>"
)
_PARAGRAPHS = re.compile(_PARAGRAPH + rb"(?:" + _PARAGRAPH + rb")*+")
_TEXT = re.compile(rb">([^<]++)<")
_PARAGRAPH_END = b"</w:p>"
_CONTROL = b"<w:sdt>"  # whose text is one value, however many paragraphs it has
# Before the next beginning of an element, so that no text could be theirs.
_ONE = _properties((*DULL, *STYLING)) + rb"\s*+"
_EMPTY = re.compile(_ONE + rb"(?:" + _ONE + rb")*(?=<[A-Za-z])")


def merged(content: bytes) -> bytes:
    """Return a part of a Word file with neighbouring plain runs as one, and less styling.

    >>> merged(b'<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>12</w:t></w:r><w:r><w:t>34</w:t></w:r></w:p>')
    b'<w:p><w:r><w:t>1234</w:t></w:r></w:p>'

    Neighbouring paragraphs of such runs become one, with a line for each.
    """
    if b"<w:" not in content or b"<!" in content:
        return content
    if _CONTROL not in content:
        content = _PARAGRAPHS.sub(_as_lines, content)
    return _EMPTY.sub(b"", _RUNS.sub(_as_one, content))


def _as_lines(found: re.Match[bytes]) -> bytes:
    lines = b"".join(_TEXT.findall(found[0].replace(_PARAGRAPH_END, b"\n<")))
    return b"<w:p><w:r><w:t>" + lines[:-1] + b"</w:t></w:r></w:p>"


def _as_one(found: re.Match[bytes]) -> bytes:
    return b"<w:r><w:t>" + _TAG.sub(b"", found[0]) + b"</w:t></w:r>"
