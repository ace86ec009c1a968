"""The floor: every rule whose breach gives a mail more than one reading.

Answers: the codes that the reading of a mail notes as ``Unread(place, AMBIGUOUS, code)``,
and the rules that concern its bytes as a whole. A mail without a code is read alike by
every program; with one it is read in every view (``views``) and is never clean.
Trusts: nothing.
Fails: never. Linear: each rule is one pass.
Standards: RFC 5322, RFC 2045, RFC 2046, RFC 2231; each code's sentence for people stands
in ``gateway/messages/floor.toml``.
"""

from __future__ import annotations

import re

# --- lines and headers
LINE_ENDS = "line-ends"  # CRLF beside bare LF or bare CR, anywhere in the mail
HEADER_LINE = "header-line"
HEADER_NAME_SPACE = "header-name-space"
HEADER_STARTS_FOLDED = "header-starts-folded"
HEADER_BLANK_FOLD = "header-blank-fold"
HEADER_HIDDEN = "header-hidden"  # a MIME header in the fold of another
HEADER_CONTROL = "header-control"
HEADER_LINE_ENDS = "header-line-ends"
TYPE_TWICE = "content-type-twice"
CODING_TWICE = "content-transfer-encoding-twice"
DISPOSITION_TWICE = "content-disposition-twice"
VERSION_TWICE = "mime-version-twice"
VERSION = "mime-version"

# --- values and parameters
VALUE_WORD = "value-word"
VALUE_GRAMMAR = "value-grammar"
VALUE_PARAMETERS = "value-parameters"
PARAMETER_TWICE = "parameter-twice"
PARAMETER_GRAMMAR = "parameter-grammar"
PARAMETER_GAP = "parameter-gap"
PARAMETER_EXTENDED = "parameter-extended"
TYPE_MALFORMED = "type-malformed"
CHARSET_UNKNOWN = "charset-unknown"

# --- transfer encodings
CODING_UNKNOWN = "transfer-encoding-unknown"
CODED_MESSAGE = "coded-message"
CODED_MULTIPART = "coded-multipart"
BASE64 = "base64"
BASE64_LINES = "base64-lines"
QUOTED_PRINTABLE = "quoted-printable"
UUENCODE = "uuencode"
YENC = "yenc"
BINHEX = "binhex"

# --- parts
BOUNDARY = "boundary"
BOUNDARY_LINE = "boundary-line"
BOUNDARY_PREFIX = "boundary-prefix"  # a delimiter that goes on where this one ends
BOUNDARY_ELSEWHERE = "boundary-elsewhere"  # on a part that is no multipart
CLOSING_BOUNDARY = "closing-boundary"
NO_PARTS = "no-parts"
PART_OUTSIDE = "part-outside"
PART_IN_TEXT = "part-in-text"  # a MIME header where the body has begun

CODES = frozenset(v for k, v in globals().items() if k.isupper() and isinstance(v, str))

_LONE_RETURN = re.compile(rb"\r(?!\n)")
_FINE_VERSION = re.compile(rb"\s*(?:\([^()]*\)\s*)?1\s?\.\s?0\s*(?:\(.*\)\s*)?", re.DOTALL)


def lines_in_doubt(content: bytes) -> bool:
    """Whether the mail's line ends are of two kinds, so that programs cut it differently."""
    returns = content.count(b"\r")
    return returns > 0 and (returns != content.count(b"\n") or has_lone_return(content))


def has_lone_return(content: bytes) -> bool:
    """Whether a CR stands without its LF; faster than counting the pairs."""
    return _LONE_RETURN.search(content) is not None


def version_in_doubt(value: bytes) -> bool:
    """Whether a MIME-Version is other than 1.0, comments aside (RFC 2045 4)."""
    return value.strip() != b"1.0" and not _FINE_VERSION.fullmatch(value)
