"""The code pages of a Rich Text file: each font has one, and so has the file.

Answers: the text of bytes in the code page that holds where they stand.
Trusts: nothing. A Japanese file often names a Western font over cp932 bytes: what reads
without error in the file's own double-byte page is taken so.
Fails: never; bytes that are no character become U+FFFD.
Standards: Rich Text Format 1.9.1, font table.
"""

from __future__ import annotations

import codecs

_CHARSETS = {
    77: "mac_roman", 78: "shift_jis", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk",
    136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256",
    186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
SPELLED = {  # control words that stand for a character
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "column": "\n", "softline": "\n",
    "tab": "\t", "emdash": "—", "endash": "-", "bullet": "•", "lquote": "‘",
    "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ",
    "qmspace": " ", "lbr": "\n",
}  # fmt: skip
_WESTERN = "cp1252"
_DOUBLE_BYTE = frozenset(("cp932", "cp949", "gbk", "cp950", "johab", "shift_jis"))


class Fonts:
    """The font table of one file."""

    def __init__(self) -> None:
        self._default = _WESTERN
        self._charsets: dict[int, str] = {}
        self._open = 0  # font that is being described

    def default(self, code_page: int) -> None:
        """Take the file's code page; 65001 is UTF-8."""
        name = "utf-8" if code_page == 65001 else f"cp{code_page}"
        try:
            codecs.lookup(name)
        except LookupError:
            return
        self._default = name

    def begin(self, number: int) -> None:
        self._open = number

    def say(self, charset: int) -> None:
        if charset in _CHARSETS:
            self._charsets[self._open] = _CHARSETS[charset]

    def name(self, text: str) -> None:
        """Take a font's name: a file without charsets may say it there."""
        if text.rstrip(";").endswith(("明朝", "ゴシック", "Mincho", "Gothic")):
            self._charsets.setdefault(self._open, "cp932")

    def charset(self, number: int) -> str:
        return self._charsets.get(number, "")

    def decode(self, raw: bytes, charset: str) -> str:
        """Return the text of ``raw`` in a font's charset, or the file's where it says none."""
        if raw.isascii():
            return raw.decode("ascii")
        ladder = [charset or self._default]
        if charset not in _DOUBLE_BYTE and self._default in _DOUBLE_BYTE:
            ladder.insert(0, self._default)
        if not {"cp932", *ladder}.isdisjoint(_DOUBLE_BYTE) and "cp932" not in ladder:
            ladder.append("cp932")
        for name in ladder:
            try:
                return raw.decode(name)
            except UnicodeDecodeError:
                continue
        return raw.decode(ladder[0], "replace")


def joined(text: str) -> str:
    """Return ``text`` with the halves of characters beyond U+FFFF put together."""
    if not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
