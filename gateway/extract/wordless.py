"""Parts of an office package with no character between their tags: styles, settings, relationships.

Answers: ``attribute_texts``: what ``xml_text`` would read in such a part, which is attributes
alone, by a pattern; None for a part that has to go through ``Story``.
Trusts: nothing. That a part is well-formed is expat's word, without a call into Python for each
tag, which is what a Story costs; what a pattern could misread (an entity, a ">" in a value, a
comment, another encoding) is None.
Fails: never; linear time.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from xml.parsers import expat

_TEXT = re.compile(rb">\s*+[^<\s]")
_DECLARATION = re.compile(rb"\s*<\?xml(\s[^<>&?]*)\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"'](?!utf-8[\"']|us-ascii[\"'])", re.IGNORECASE)
_UNUSUAL = (b"&", b"\x00", b"<!", b"<?")
_VALUE = re.compile(rb"=\s*(?:\"([^\"]*)\"|'([^']*)')")
_BLANKS = bytes.maketrans(b"\t\n", b"  ")
_SIGNS = (b"sym", b"noBreakHyphen")  # elements that stand for a character


def attribute_texts(content: bytes, telling: Collection[str]) -> list[list[str]] | None:
    """Return the attributes' values of each element in ``telling``, in the part's order."""
    if not _plain(content) or not _well_formed(content):
        return None
    # As an XML parser hands values on (XML 1.0, 2.11 and 3.3.3).
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").translate(_BLANKS)
    tags = _telling(frozenset(telling)).findall(lines)
    return [[(a or b).decode() for a, b in _VALUE.findall(tag)] for tag in tags]


def _plain(content: bytes) -> bool:
    """Whether a pattern can tell its tags, and nothing stands between them."""
    declared = _DECLARATION.match(content)
    body = content[declared.end() :] if declared else content
    return (
        body.lstrip().startswith(b"<")
        and not _TEXT.search(body)  # sees a ">" in a value, too
        and not (declared and _ENCODING.search(declared[1]))
        and not any(sign in body for sign in (*_UNUSUAL, *_SIGNS))
    )


def _well_formed(content: bytes) -> bool:
    try:
        expat.ParserCreate().Parse(content, True)
    except expat.ExpatError:
        return False
    return True


@cache
def _telling(names: frozenset[str]) -> re.Pattern[bytes]:
    """The start tag of one of these elements, with its attributes as a group."""
    named = "|".join(sorted(names)).encode()
    return re.compile(rb"<(?:[^\s<>/]*:)?(?:" + named + rb")(\s[^<>]*)>")
