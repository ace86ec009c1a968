"""Letters in which people tell their own or others' numbers, in the ways people write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.corpus.business.case import Draft, Evidence, Kind
from tests.corpus.business.draw import Draw, Person, wareki
from tests.numbers import FULL_WIDTH, grouped

_KANJI = str.maketrans("0123456789", "〇一二三四五六七八九")
_LABELS = (
    "個人番号", "マイナンバー", "マイナンバー（個人番号）", "個人番号（マイナンバー）", "My Number", "個人番号(12桁)", "ﾏｲﾅﾝﾊﾞｰ",
    "MyNumber", "個 人 番 号", "Individual Number",
)  # fmt: skip
_SUBJECTS = (
    "ご依頼の件",
    "入社手続きについて",
    "書類の件",
    "Re: ご提出のお願い",
    "年末調整の件",
    "ご連絡",
    "必要事項の送付",
    "扶養追加の件",
)


def written(d: Draw, number: str) -> str:
    """The number in one of the hands in which people write twelve digits."""
    hand = d.weighted(
        plain=34,
        hyphen=22,
        space=12,
        wide=10,
        wide_hyphen=6,
        ideographic=4,
        long=3,
        dot=2,
        kanji=2,
        spaced=3,
        odd=2,
    )
    match hand:
        case "hyphen":
            return grouped(number)
        case "space":
            return grouped(number, " ")
        case "wide":
            return number.translate(FULL_WIDTH)
        case "wide_hyphen":
            return grouped(number).translate(FULL_WIDTH)
        case "ideographic":
            return grouped(number.translate(FULL_WIDTH), "\u3000")
        case "long":
            return grouped(number.translate(FULL_WIDTH), d.one("ー", "‐", "―", "−"))
        case "dot":
            return grouped(number, d.one(".", "・", "_"))
        case "kanji":
            return number.translate(_KANJI)
        case "spaced":
            return " ".join(number)
        case "odd":
            return d.one(
                f"{number[:6]}-{number[6:]}",
                "-".join((number[:3], number[3:6], number[6:9], number[9:])),
            )
    return number


def _label(d: Draw) -> str:
    return d.choice(_LABELS)


def _prose(*numbers: str, text: str, d: Draw) -> Draft:
    return Draft(d.choice(_SUBJECTS), text, numbers=frozenset(numbers))


def _sentences(d: Draw) -> Draft:
    number, who = d.my_number(), d.person()
    said, label = written(d, number), _label(d)
    text = d.one(
        f"私の{label}は{said}です。",
        f"{label}は {said} となります。よろしくお願いします。",
        f"お尋ねの{label}ですが、{said} で間違いありません。",
        f"{who.name}の{label}をお知らせします。\n\n{said}",
        f"{label}の件、遅くなりすみません。{said}です。通知カードのコピーは後日郵送します。",
        f"下記のとおりです。\n{label}→{said}",
        f"{label}「{said}」で登録をお願いします。",
        f"主人の{label}：{said}　生年月日：{wareki(who.born)}",
        f"電話でお伝えした{label}、念のためメールします。{said}",
        f"My number is {said}. Please use it for the tax form."
        if d.maybe(0.5)
        else f"Here is my Individual Number: {said}",
    )
    return _prose(number, text=text, d=d)


def _labelled_lines(d: Draw) -> Draft:
    number, who = d.my_number(), d.person()
    colon = d.one("：", ":", "： ", "　", " ", "=", "…", "\t", "】")
    left = "【" if colon == "】" else ""
    bullet = d.one("", "・", "■", "1. ", "● ")
    pairs = [
        ("氏名", who.name), ("フリガナ", who.kana), ("生年月日", d.written(who.born)), (_label(d), written(d, number)),
        ("住所", f"〒{d.postcode()} {d.address()}"), ("電話番号", d.phone()), ("基礎年金番号", f"{d.digits(4)}-{d.digits(6)}"),
    ]  # fmt: skip
    kept = [p for i, p in enumerate(pairs) if i in (0, 3) or d.maybe(0.6)]
    lines = "\n".join(f"{bullet}{left}{key}{colon}{value}" for key, value in kept)
    return _prose(
        number,
        text=f"{d.one('必要事項をお送りします。', '以下のとおり登録をお願いします。', '')}\n\n{lines}",
        d=d,
    )


def _below(d: Draw) -> Draft:
    """The label on a line of its own, the number on the next."""
    number = d.my_number()
    gap = d.one("\n", "\n", "\n　", "\n  ", "\n\n")
    mark = d.one("{}", "【{}】", "■{}", "＜{}＞", "{}：", "[{}]")
    return _prose(
        number,
        text=f"{mark.format(_label(d))}{gap}{written(d, number)}\n\n氏名\n{d.person().name}",
        d=d,
    )


def _families(d: Draw) -> Draft:
    """A person and the dependants, a line each."""
    count = d.randint(2, 6)
    numbers = d.my_numbers(count)
    roles = ["本人", "妻", "長男", "長女", "母", "父"][:count]
    family = d.person().family
    lines = []
    for role, number in zip(roles, numbers, strict=True):
        who: Person = replace(d.person(1, 80), family=family)
        lines.append(
            d.one(
                f"{role}　{who.name}　{wareki(who.born)}　{grouped(number)}",
                f"{role}（{who.name}、{who.born:%Y/%m/%d}生）：{number}",
                f"{role} {who.name} {number}",
            )
        )
    lead = d.one(
        "家族のマイナンバーです。",
        "扶養家族の個人番号をお知らせします。",
        "世帯全員の個人番号は次のとおりです。",
    )
    return _prose(*numbers, text=lead + "\n\n" + "\n".join(lines), d=d)


def _quoted(d: Draw) -> Draft:
    """A reply that carries the number on in its quotation."""
    number, who = d.my_number(), d.person()
    asked = f"{who.family}様\n\n{_label(d)}：{written(d, number)}\n氏名：{who.name}\n生年月日：{wareki(who.born)}\n\nよろしくお願いします。"
    mark = d.one("> ", ">", "> > ", "| ", "＞")
    quoted = "\n".join(mark + line for line in asked.split("\n"))
    if d.maybe(0.3):
        quoted = f"-----Original Message-----\nFrom: {who.name} <{d.mailbox()}>\nSent: {d.moment():%Y/%m/%d %H:%M}\nSubject: 提出\n\n{asked}"
    text = f"{d.one('ありがとうございます。受領しました。', '下記の件、担当へ転送します。', '内容を確認しました。')}\n\n{quoted}"
    return _prose(number, text=text, d=d)


KINDS = (
    Kind("told in a sentence", _sentences, Evidence.LABEL, 300),
    Kind("label and number on a line", _labelled_lines, Evidence.LABEL, 300),
    Kind("label above the number", _below, Evidence.LABEL, 150),
    Kind("a family, a line each", _families, Evidence.LABEL, 150),
    Kind("quoted in a reply", _quoted, Evidence.LABEL, 150),
)
Write = Callable[[Draw], Draft]
