"""Numbers that no word names: whole columns of them, lone ones; and labelled ones with a slip."""

from __future__ import annotations

from tests.corpus.business.case import Draft, Evidence, Kind
from tests.corpus.business.draw import Draw, wareki
from tests.corpus.business.held_prose import written
from tests.corpus.business.tables import WAYS, table
from tests.numbers import grouped

_SUBJECTS = (
    "データ",
    "例の件",
    "送付します",
    "一覧",
    "Re: 先日の件",
    "お送りします",
    "添付のとおり",
)
_TEXT_WAYS = {way: share for way, share in WAYS.items() if way not in ("records", "docx")}


def _bare_list(d: Draw) -> Draft:
    """Eight numbers or more, one a line, not a word about them."""
    numbers = d.my_numbers(d.randint(8, 60))
    by = d.one("", "", "-", " ")
    lines = "\n".join(grouped(n, by) if by else n for n in numbers)
    return Draft(
        d.choice(_SUBJECTS),
        f"{d.one('以下です。', '下記のとおりです。', '')}\n\n{lines}",
        numbers=frozenset(numbers),
    )


def _bare_column(d: Draw) -> Draft:
    """Names, days and a column of numbers under no heading, or one that says nothing."""
    numbers = d.my_numbers(d.randint(8, 60))
    rows = [
        (str(i), who.name, f"{who.born:%Y/%m/%d}", n)
        for i, (who, n) in enumerate(zip(d.people(len(numbers)), numbers, strict=True), 1)
    ]
    head = d.one(
        (), ("No", "氏名", "生年月日", "番号"), ("A", "B", "C", "D"), ("id", "name", "birth", "no")
    )
    return table(
        d,
        d.choice(_SUBJECTS),
        "よろしくお願いします。",
        head,
        rows,
        numbers=numbers,
        ways=_TEXT_WAYS,
    )


def _slip_in_prose(d: Draw) -> Draft:
    number = d.mistyped()
    label = d.one("個人番号", "マイナンバー", "マイナンバー（個人番号）", "My Number")
    text = d.one(
        f"私の{label}は{written(d, number)}です。", f"{label}：{written(d, number)}", f"氏名：{d.person().name}\n{label}：{written(d, number)}\n生年月日：{wareki(d.person().born)}",
        f"{label}\n{written(d, number)}",
    )  # fmt: skip
    return Draft(d.choice(_SUBJECTS), text, numbers=frozenset((number,)))


def _slip_in_a_table(d: Draw) -> Draft:
    """A roster of one or two, every number mistyped."""
    numbers = [d.mistyped() for _ in range(d.randint(1, 2))]
    rows = [
        (who.name, f"{who.born:%Y/%m/%d}", n)
        for who, n in zip(d.people(len(numbers)), numbers, strict=True)
    ]
    return table(
        d,
        d.choice(_SUBJECTS),
        "登録をお願いします。",
        ("氏名", "生年月日", d.one("個人番号", "マイナンバー")),
        rows,
        numbers=numbers,
        ways=_TEXT_WAYS,
    )


def _alone(d: Draw) -> Draft:
    number = d.my_number()
    said = d.one(number, grouped(number), grouped(number, " "))
    text = d.one(
        f"{said} です。よろしくお願いします。",
        f"先ほどの番号は {said} です。",
        f"{said}",
        f"番号をお知らせします。\n\n{said}",
    )
    return Draft(d.choice(_SUBJECTS), text, numbers=frozenset((number,)))


def _alone_with_a_person(d: Draw) -> Draft:
    """The number stands beside a name, a birth date and an address, but nothing names it."""
    number, who = d.my_number(), d.person()
    said = d.one(number, grouped(number), grouped(number, " "))
    text = d.one(
        f"{who.name}\n{wareki(who.born)}\n{d.address()}\n{said}",
        f"{who.name}　{who.born:%Y/%m/%d}　{said}",
        f"{who.name}（{wareki(who.born)}生）　{said}\n〒{d.postcode()} {d.address()}",
    )
    return Draft(d.choice(_SUBJECTS), text, numbers=frozenset((number,)))


def _few(d: Draw) -> Draft:
    """Two to four bare numbers with names: too few for a population."""
    numbers = d.my_numbers(d.randint(2, 4))
    lines = "\n".join(
        f"{who.name}　{n}" for who, n in zip(d.people(len(numbers)), numbers, strict=True)
    )
    return Draft(d.choice(_SUBJECTS), f"お送りします。\n\n{lines}", numbers=frozenset(numbers))


KINDS = (
    Kind("a bare list of eight or more", _bare_list, Evidence.POPULATION, 60),
    Kind("a bare column of eight or more", _bare_column, Evidence.POPULATION, 80),
    Kind("mistyped in a letter", _slip_in_prose, Evidence.SLIP, 100),
    Kind("mistyped in a table", _slip_in_a_table, Evidence.SLIP, 50),
    Kind("a lone number", _alone, Evidence.ALONE, 50),
    Kind("a lone number beside a person", _alone_with_a_person, Evidence.ALONE, 50),
    Kind("two to four bare numbers", _few, Evidence.ALONE, 50),
)
