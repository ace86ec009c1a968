"""Words that say what a number is.

Answers: where in a text stands a label of My Number (個人番号, マイナンバー …), a label of
some other number (送り状, 口座 …), or a nameless 「…番号」; and what a cell or a field's
label as a whole says.
Trusts: nothing. Fails: never; linear time.

Read alike: full and half width, small and capital letters, blanks and line ends between
the characters of a Japanese word (個 人 番 号), decomposed kana (macOS file names).
Sources: forms of the National Tax Agency, e-Tax field names, labels met in the wild.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What a label says of the number beside it."""

    STRONG = auto()  # it is a My Number
    COMPETING = auto()  # it is a number of a known other kind
    OTHER = auto()  # it has a name of its own: 「…番号」, ID, No.

    __hash__ = object.__hash__  # each is one of a kind; Enum hashes its name in Python


@dataclass(frozen=True, slots=True)
class Label:
    """One label in a text; offsets are the source's."""

    start: int
    end: int
    kind: Kind


LABEL_CELL_CHARS = 80  # a longer cell is a text, not a heading

_STRONG_WORDS = (
    "特定個人情報",
    "12桁の番号",
    "12桁の個人番号",
    "特定の個人を識別するための番号",
    "マイナ番号",
)
_MY_NUMBER = (
    *("個人番号", "個人No", "個人№", "マイナンバー", "マイナンバ", "個人ナンバー"),
    *("マイナカード", "通知カード番号", "マイナno", "個人識別番号"),
)
_MY_NUMBER_LATIN = (
    r"my[\s_\-]{0,2}n(?:umber|umba|mbr|um(?![a-z])|o(?![a-z]))",
    r"mynmbr",
    r"kojin[\s_\-]{0,2}(?:bang(?:ou?|ō|ô)|number|no)(?![a-z])",
    r"(?<![a-z])mai ?nanb(?:aa?|ā)(?![a-z])",
    r"(?<![a-z])personal (?:id(?:entification)? )?number(?![a-z])",
    r"individual[\s_\-]{0,2}number",
    r"social security and tax number",
)
_NO_LETTER_BEFORE = "(?<![a-z])"
_COMPETING_WORDS = (
    *("法人番号", "会社法人等番号", "登録番号", "免許証", "免許番号", "整理番号", "指定番号"),
    *("送り状", "送状", "問い合わせ番号", "問合せ番号", "問合番号", "追跡", "伝票", "荷物"),
    *("佐川急便", "ヤマト運輸", "クロネコ", "日本郵便", "ゆうパック", "レターパック", "宅急便"),
    *("配送番号", "注文番号", "注文No", "ご注文", "受注", "発注", "請求書", "見積"),
    *("口座", "振込", "電話", "携帯", "ファックス", "カード番号", "クレジット"),
    *("利用者識別番号", "保険者番号", "被保険者番号", "記号・番号", "記号番号", "基礎年金"),
    *("年金番号", "雇用保険", "住民票コード", "在留カード", "会議ID", "ミーティングID"),
    *("アカウント", "商品コード", "製造番号", "シリアル", "予約番号"),
)
_COMPETING_LATIN = (
    *("tel", "fax", "phone", "mobile", "jan", "gtin", "isbn", "ean", "upc", "imei", "iban"),
    *("aws", "account", "order", "invoice", "tracking", "parcel", "shipment", "waybill"),
    *("serial", "meeting id", "message-id", "card", "barcode", "sku"),
)
# Forms whose one column holds either number: the label is My Number's.
_JOINED_WITH = ("法人番号", "基礎年金番号", "雇用保険被保険者番号")

_GAP = r"[\s\u00ad\u200b-\u200d\u2060\ufeff]{0,2}"
_CONNECTOR = r"[\s又は及びまたおよもしく若・/／、,()（）「」]{1,6}"
# What may follow a competing word and still belong to it: 送り状(番号), order (no.).
_NUMBER = f"(?:{_GAP}の?{_GAP}番{_GAP}号|コード|no\\.?|id)?"
_NUMBER_LATIN = r"(?:[ _\-]?(?:no\.?|number|id|code)(?![a-z]))?"
_SUFFIX = f"(?:{_GAP}:?{_GAP}(?:id|no|№|#)(?![a-z])\\.?)?"  # マイナンバーNo.
_VOICED = {"バ": "(?:バ|ハ\u3099)", "ド": "(?:ド|ト\u3099)"}  # half-width ﾊﾞ and decomposed kana


def _fold_table() -> dict[int, str]:
    """One character for one, so that offsets stay valid: width, case, half-width kana."""
    table = {code: chr(code - 0xFEE0).lower() for code in range(0xFF01, 0xFF5F)}
    table.update({code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)})
    half = "ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ"
    full = (
        "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノ"
        "ハヒフヘホマミムメモヤユヨラリルレロワン"
    )
    table.update({ord(h): f for h, f in zip(half, full, strict=True)})
    table.update({0xFF9E: "\u3099", 0xFF9F: "\u309a", 0x309B: "\u3099", 0x3000: " "})
    return table


_FOLD = _fold_table()
_FOLDABLE = re.compile("[" + re.escape("".join(map(chr, _FOLD))) + "]+")


def folded(text: str) -> str:
    """Return ``text`` with width, case and half-width kana folded, offsets kept."""
    if text.isascii():
        return text.lower()
    return _FOLDABLE.sub(_folded_run, text)  # ``translate`` alone takes 100 ns a character


def _folded_run(found: re.Match[str]) -> str:
    return found[0].translate(_FOLD)


def _spaced(word: str) -> str:
    """The pattern of a word whose characters may stand apart."""
    return _GAP.join(_VOICED.get(c, re.escape(c)) for c in word.lower())


def _latin(word: str) -> str:
    """A Latin word with borders; its first letter leads, which keeps the search fast."""
    first, rest = re.escape(word[0]), re.escape(word[1:])
    return f"{first}(?<![a-z]{first}){rest}(?![a-z])"


def _strong_patterns() -> list[str]:
    card = f"(?:{_GAP}{_spaced('カード')})?(?:{_GAP}の?{_GAP}{_spaced('番号')})?"
    latin = [f"(?:{word})(?:{_GAP}card)?{_SUFFIX}" for word in _MY_NUMBER_LATIN]
    others = "|".join(map(_spaced, sorted(_JOINED_WITH, key=len, reverse=True)))
    joined = f"(?:{_CONNECTOR}(?:{others}))?"
    mine = [_spaced(word) + card + joined + _SUFFIX for word in _MY_NUMBER]
    turned = [f"{_spaced(w)}{_CONNECTOR}{_spaced('個人番号')}" for w in _JOINED_WITH]
    form = f"{_spaced('法人')}{_CONNECTOR}{_spaced('個人')}[)）]?{_GAP}{_spaced('番号')}"
    return [form, *turned, *mine, *map(_spaced, _STRONG_WORDS), *latin]


def _at_firsts(patterns: Iterable[str], words: Iterable[str]) -> re.Pattern[str]:
    """All patterns, tried only where a word's first letter stands: a tenth of the time."""
    firsts = "".join(sorted({word[0].lower() for word in words}))
    return re.compile(f"(?=[{firsts}])(?:{'|'.join(patterns)})")


def _named() -> re.Pattern[str]:
    """The same with every other number's name."""
    latin = map(_latin, _COMPETING_LATIN)
    patterns = [
        *_strong_patterns(),
        *(_spaced(w) + _NUMBER for w in sorted(_COMPETING_WORDS, key=len, reverse=True)),
        *(word + _NUMBER_LATIN for word in latin),
    ]
    return _at_firsts(patterns, (*_STRONG_FIRSTS, *_COMPETING_WORDS, *_COMPETING_LATIN))


_STRONG_FIRSTS = (
    *(*_JOINED_WITH, "法人", *_MY_NUMBER, *_STRONG_WORDS),
    *(word.removeprefix(_NO_LETTER_BEFORE) for word in _MY_NUMBER_LATIN),
)
_STRONG = _at_firsts(_strong_patterns(), _STRONG_FIRSTS)
_NAMED = _named()
_OTHER_NAME = r"(?:[一-龥々ァ-ヶー]{1,8}(?:番号|コード)|№|(?<![a-z])(?:id|no\.?|code)(?![a-z]))"
_OTHER_BEFORE = re.compile(_OTHER_NAME + r"[\s.:は=#\]】)」]{0,4}\Z")
_OTHER = re.compile(_OTHER_NAME)
_OTHER_SIGNS = ("番号", "コード", "№")
_OTHER_LATIN = re.compile(r"(?<![a-z])(?:id|no|code)(?![a-z])")
_NO_WORD = b"0123456789.,:/+-E \x1f"  # of ASCII: figures and dates
OTHER_REACH = 24  # characters before a number in which its own nameless label can stand


_LETTER = re.compile(r"[^\W\d_]")
_WORDLESS = "0123456789 \n\t-,."
_BEFORE_LETTER, _AFTER_LETTER = 8, 8  # what of a label can stand before its letters: 12桁の番号


def _worded(text: str) -> tuple[int, int]:
    """From where to where ``text`` has letters: a long list may have none but its heading."""
    first = _LETTER.search(text)
    if not first:
        return 0, 0
    return max(0, first.start() - _BEFORE_LETTER), len(text.rstrip(_WORDLESS)) + _AFTER_LETTER


class Labels:
    """The labels of one text, in order. Holds no text."""

    def __init__(self, text: str) -> None:
        plain = folded(text)
        self.all = [
            Label(
                m.start(),
                m.end(),
                Kind.STRONG if _STRONG.match(plain, m.start()) else Kind.COMPETING,
            )
            for m in _NAMED.finditer(plain, *_worded(plain))
        ]
        self._starts = [label.start for label in self.all]
        self._ends = [label.end for label in self.all]

    def last_before(self, at: int, floor: int) -> Label | None:
        """The last label that ends at or before ``at`` and starts at or after ``floor``."""
        i = bisect_right(self._ends, at) - 1
        return self.all[i] if i >= 0 and self._starts[i] >= floor else None

    def first_after(self, at: int, ceiling: int) -> Label | None:
        """The first label that starts at or after ``at`` and ends at or before ``ceiling``."""
        i = bisect_left(self._starts, at)
        return self.all[i] if i < len(self.all) and self._ends[i] <= ceiling else None

    def within(self, start: int, end: int) -> list[Label]:
        """The labels that lie between two offsets."""
        return self.all[bisect_left(self._starts, start) : bisect_right(self._ends, end)]


def says_my_number(text: str) -> bool:
    """Return whether a label of My Number stands anywhere in ``text``."""
    return _STRONG.search(folded(text)) is not None


def container_kind(texts: Iterable[str]) -> Kind | None:
    """Return what the labels around a whole unit say; one of My Number wins."""
    kinds = {Kind.STRONG if says_my_number(text) else kind_of(text) for text in texts}
    if Kind.STRONG in kinds:
        return Kind.STRONG
    return Kind.COMPETING if Kind.COMPETING in kinds else None


def other_before(text: str, at: int, floor: int) -> str:
    """Return the nameless 「…番号」, ID or No. that stands right before ``at``, "" for none."""
    near = text[max(floor, at - OTHER_REACH) : at]
    found = _OTHER_BEFORE.search(folded(near))
    return found.group() if found else ""


def may_label(cells: str) -> bool:
    """Return whether one of these cells, a control character between, could name a number."""
    if cells.isascii() and not cells.encode().translate(None, _NO_WORD):
        return False
    plain = folded(cells)
    if any(sign in plain for sign in _OTHER_SIGNS) or _OTHER_LATIN.search(plain):
        return True
    return _NAMED.search(plain) is not None


def kind_of(text: str) -> Kind | None:
    """Return what a heading, a cell or a field's label says as a whole; None for nothing.

    A heading that names My Number beside something else still names it.
    """
    if not text or len(text) > LABEL_CELL_CHARS:
        return None
    plain = folded(text)
    if _STRONG.search(plain):
        return Kind.STRONG
    if _NAMED.search(plain):
        return Kind.COMPETING
    return Kind.OTHER if _OTHER.search(plain) else None
