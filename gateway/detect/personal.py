"""Personal data beside a number: who it may belong to.

Answers: ``weight`` of a text, in powers of ten: how much likelier the words and values in it
stand beside a My Number than beside any other twelve digits.
Trusts: the caller to hand in what a reader sees as beside. Fails: never; linear time.

Words (氏名, 生年月日 …) say that a form about a person is filled in; values (a name of one of
the commonest families, a postal address, a date of birth) that it is about somebody. Parcels
have names and addresses, too, so only a birth date or family weighs much by itself.
Weights are judged, not measured: no corpus of real letters is at hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.detect.labels import folded

WORD_WEIGHTS = (0.0, 1.8, 2.4)  # by kinds of words: 0, 1, more
VALUE_WEIGHTS = {"name": 0.5, "address": 0.4, "birth": 1.8}
MOST = 2.4  # all together; less than any label of My Number

_WORDS = {
    "name": r"氏名|お名前|フリガナ|ふりがな|(?<![a-z])(?:full )?name(?![a-z])",
    "birth": r"生年月日|誕生日|生まれ|date of birth|birth ?date|(?<![a-z])dob(?![a-z])",
    "address": r"住所|居所|(?<![a-z])address(?![a-z])",
    "family": r"扶養|配偶者|続柄|被保険者|受給者|dependent|spouse",
}
_SURNAMES = """
佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口
松本 井上 木村 林 斎藤 清水 山崎 森 池田 橋本 阿部 石川 山下 中島 石井
小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 斉藤 福田 太田
西村 藤井 金子 岡本 藤原 三浦 中野 中川 原田 松田 竹内 小野 田村 中山 和田
石田 森田 上田 原 内田 柴田 酒井 宮崎 横山 高木 安藤 宮本 大野 小島 谷口
工藤 今井 高田 増田 丸山 杉山 村田 大塚 新井 小山 平野 藤本 河野 上野 野口
武田 松井 千葉 岩崎 菅原 木下 久保 佐野 野村 松尾 市川 菊地 杉本 古川 大西
島田 水野 桜井 高野 渡部 吉川 山内 西田 飯田 菊池 西川 小松 北村 安田
五十嵐 川口 平田 関 中田 久保田 服部 東 岩田 土屋 川崎 福島 本田 辻 樋口
秋山 田口 永井 山中 中西 吉村 川上 石原 大橋 松岡 馬場 浜田 森本 星野 矢野
浅野 松下 大久保 吉岡 小池 野田 荒木 熊谷 大谷 松浦 黒田 尾崎 永田 川村 堀
望月 田辺 内藤 松村 西山 大島 平井 栗原 早川 荒井 片山 横田 岡崎 本間 岡
富田 金田 宮田 松原 福井 小沢 鎌田 成田 篠原 古賀 高山 須藤 小西 堀内 上原
関口 小田 大石 三宅 松永 福岡 石橋 萩原 大森 田島 児玉 甲斐 奥村 鈴村 今村
村山 山根 栗田 植田 石塚 南 天野 飯塚 宮下 高島 吉野 根本 白石 桑原 坂口
小原 川島 長尾 八木 杉浦 宮川 河合 西岡 小倉 竹田 神田 野中 大川 河村 西尾
大山 北川 稲垣 荒川 角田 江口 長田 二宮 今野 安部 関根 津田 平山 戸田 福本
川田 沢田 藤沢 千田 竹中 川端 岩本 三好 森下 福原 榎本 山岸 中井 黒木 塚本
小泉 入江 大田 高井 岩井 田原 三木 藤川 柳沢 中尾 滝沢 長島 倉田 牧野 町田
"""
_FAMILIES = frozenset(_SURNAMES.split())
# A surname, then one to three characters of a given name, a blank between or none.
_NAME = re.compile(
    r"(?<![一-龥々])([一-龥々]{1,6})"
    r"(?:[ \u3000]?([一-龥々]{1,3}|[ぁ-ん]{2,4}|[ァ-ヶー]{2,4}))?(?![一-龥々])"
)
_LONGEST_FAMILY, _LONGEST_GIVEN = 3, 3
_ADDRESS = re.compile(
    r"〒\s?[0-9]{3}-[0-9]{4}"
    r"|(?:東京都|北海道|(?:京都|大阪)府|[一-龥]{2,3}県)[一-龥々ぁ-んァ-ヶ]{1,8}[市区町村郡]"
    r"|[一-龥々]{1,4}[市区町村][一-龥々ぁ-んァ-ヶ]{1,10}[0-9]{1,4}(?:丁目|番|-[0-9])"
)
_BIRTH = re.compile(
    r"(?:昭和|平成|大正)\s?(?:元|[0-9]{1,2})年\s?[0-9]{1,2}月\s?[0-9]{1,2}日"
    r"|(?<![a-z0-9])[mtsh][0-9]{1,2}[./\-][0-9]{1,2}[./\-][0-9]{1,2}(?![0-9])"
    r"|(?<![0-9])(?:19[2-9][0-9]|200[0-9]|2010)(?:[./\-](?:0?[1-9]|1[0-2])[./\-][0-3]?[0-9](?![0-9])"
    r"|年\s?[0-9]{1,2}月\s?[0-9]{1,2}日|(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?![0-9]))"
)
_WORD_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _WORDS.items()}


def _holds_name(text: str) -> bool:
    """Whether somebody of one of the commonest families is named."""
    for found in _NAME.finditer(text):
        run, after = found[1], found[2] or ""
        if after and (run in _FAMILIES):
            return True
        for length in range(1, min(_LONGEST_FAMILY, len(run) - 1) + 1):
            if run[:length] in _FAMILIES and len(run) - length <= _LONGEST_GIVEN:
                return True
    return False


_VALUES: dict[str, Callable[[str], object]] = {
    "name": _holds_name,
    "address": _ADDRESS.search,
    "birth": _BIRTH.search,
}


def weight(text: str) -> float:
    """Return the weight of the personal data that ``text`` names or holds.

    >>> weight("見積の件"), weight("氏名と住所")
    (0.0, 2.4)
    """
    plain = folded(text)
    named = {kind for kind, pattern in _WORD_PATTERNS.items() if pattern.search(plain)}
    words = WORD_WEIGHTS[min(len(named), len(WORD_WEIGHTS) - 1)]
    values = sum(
        VALUE_WEIGHTS[kind] for kind, holds in _VALUES.items() if kind not in named and holds(plain)
    )
    return min(MOST, words + values)
