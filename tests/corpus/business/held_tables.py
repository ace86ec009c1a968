"""Rosters: columns of numbers under a heading, as they are kept, split, mixed and spoilt."""

from __future__ import annotations

from tests.corpus.business.case import Draft, Evidence, Kind
from tests.corpus.business.digits import corporate_number, employment
from tests.corpus.business.draw import Draw
from tests.corpus.business.tables import WAYS, records, table
from tests.numbers import FULL_WIDTH, grouped

_HEADINGS = (
    "個人番号", "マイナンバー", "個人番号（マイナンバー）", "マイナンバー(12桁)", "個人\n番号", "MyNumber", "my_number", "kojin_bango",
    "個人番号（12桁）", "ﾏｲﾅﾝﾊﾞｰ", "本人個人番号", "Individual Number",
)  # fmt: skip
_SUBJECTS = (
    "名簿の送付",
    "従業員データ",
    "資料をお送りします",
    "給与システム登録用データ",
    "対象者一覧",
    "年末調整データの件",
    "異動者リスト",
)
_TEXT_WAYS = {way: share for way, share in WAYS.items() if way != "records"}
_FLAT = {"csv": 50, "tabs": 15, "html": 20, "xlsx": 15}
_FORMS = (
    lambda n: n,
    lambda n: n,
    grouped,
    lambda n: grouped(n, " "),
    lambda n: n.translate(FULL_WIDTH),
)


def _heading(d: Draw, way_has_lines: bool = False) -> str:
    heading = d.choice(_HEADINGS)
    return heading if way_has_lines else heading.replace("\n", "")


def _lead(d: Draw) -> str:
    return d.one(
        "一覧をお送りします。",
        "対象者は下記のとおりです。",
        "登録をお願いします。",
        "ご依頼のデータです。",
    )


def _rosters(d: Draw) -> Draft:
    count = d.choices((1, 2, 3, 8, 25), (15, 15, 25, 30, 15))[0]
    form, numbers = d.choice(_FORMS), d.my_numbers(count)
    rows = [
        (str(i), who.name, f"{who.born:%Y/%m/%d}", form(n), d.address())
        for i, (who, n) in enumerate(zip(d.people(count), numbers, strict=True), 1)
    ]
    head = ("No", "氏名", "生年月日", _heading(d), "住所")
    order = d.sample(range(5), 5) if d.maybe(0.4) else range(5)
    return table(
        d,
        d.choice(_SUBJECTS),
        _lead(d),
        [head[i] for i in order],
        [[r[i] for i in order] for r in rows],
        numbers=numbers,
    )


def _wide_rosters(d: Draw) -> Draft:
    """Other numbers of twelve digits stand in the next columns and must not be counted."""
    count = d.randint(3, 20)
    numbers = d.my_numbers(count)
    serial = int(d.digits(7))
    rows = [
        (f"{serial + i:012d}", who.name, who.kana, n, employment(d), d.phone(), str(d.yen()))
        for i, (who, n) in enumerate(zip(d.people(count), numbers, strict=True))
    ]
    head = ("社員番号", "氏名", "フリガナ", _heading(d), "雇用保険番号", "電話番号", "支給額")
    return table(d, d.choice(_SUBJECTS), _lead(d), head, rows, numbers=numbers, ways=_TEXT_WAYS)


def _family_columns(d: Draw) -> Draft:
    """A person a row, the family's numbers in columns of their own; most cells are empty."""
    rows, numbers = [], []
    for who in d.people(d.randint(2, 15)):
        cells = [n if i == 0 or d.maybe(0.4) else "" for i, n in enumerate(d.my_numbers(4))]
        numbers += [c for c in cells if c]
        rows.append(
            (
                who.name,
                cells[0],
                "" if not cells[1] else d.person().name,
                cells[1],
                cells[2],
                cells[3],
            )
        )
    head = (
        "氏名",
        "本人個人番号",
        "配偶者氏名",
        "配偶者個人番号",
        "扶養親族1個人番号",
        "扶養親族2個人番号",
    )
    return table(
        d,
        d.choice(_SUBJECTS),
        _lead(d),
        head,
        rows,
        numbers=numbers,
        ways={"csv": 60, "html": 20, "xlsx": 15, "tabs": 5},
    )


def _mixed(d: Draw) -> Draft:
    """法定調書の支払先: persons with twelve digits, firms with thirteen, in one column."""
    rows, numbers = [], []
    for _ in range(d.randint(2, 20)):
        if d.maybe(0.5) or not numbers:
            numbers.append(d.my_number())
            rows.append((d.person().name, d.address(), numbers[-1], str(d.yen())))
        else:
            rows.append((d.firm(), d.address(), corporate_number(d), str(d.yen())))
    head = (
        "氏名又は名称",
        "住所",
        d.one(
            "個人番号又は法人番号", "個人番号・法人番号", "法人(個人)番号", "マイナンバー／法人番号"
        ),
        "支払金額",
    )
    return table(
        d, "支払調書の明細", _lead(d), head, d.shuffled(rows), numbers=numbers, ways=_TEXT_WAYS
    )


def _named_by_the_file(d: Draw) -> Draft:
    """No heading at all: only the file's name says what is in it."""
    numbers = d.my_numbers(d.randint(1, 12))
    rows = [
        (who.name, f"{who.born:%Y%m%d}", n)
        for who, n in zip(d.people(len(numbers)), numbers, strict=True)
    ]
    name = d.one(
        "マイナンバー一覧",
        "個人番号",
        "mynumber",
        "従業員マイナンバー",
        "個人番号データ_202604",
        "My Number list",
    )
    return table(
        d,
        d.choice(_SUBJECTS),
        _lead(d),
        (),
        rows,
        numbers=numbers,
        ways={"csv": 80, "xlsx": 20},
        name=name,
    )


def _zeros_lost(d: Draw) -> Draft:
    """A spreadsheet took the numbers for amounts: every leading zero is gone."""
    numbers = d.my_numbers(d.randint(5, 30))
    rows = [
        (who.name, n.lstrip("0")) for who, n in zip(d.people(len(numbers)), numbers, strict=True)
    ]
    return table(
        d, d.choice(_SUBJECTS), _lead(d), ("氏名", _heading(d)), rows, numbers=numbers, ways=_FLAT
    )


def _three_columns(d: Draw) -> Draft:
    numbers = d.my_numbers(d.randint(1, 10))
    rows = [
        (who.name, n[:4], n[4:8], n[8:])
        for who, n in zip(d.people(len(numbers)), numbers, strict=True)
    ]
    label = d.one("個人番号", "マイナンバー", "mynmbr", "my_number")
    return table(
        d,
        d.choice(_SUBJECTS),
        _lead(d),
        ("氏名", f"{label}1", f"{label}2", f"{label}3"),
        rows,
        numbers=numbers,
        ways={"csv": 60, "html": 25, "xlsx": 15},
    )


def _digit_cells(d: Draw) -> Draft:
    """A form drawn in a spreadsheet: the label, then a digit a cell."""
    numbers = d.my_numbers(d.randint(1, 5))
    rows: list[tuple[str, ...]] = []
    for number in numbers:
        rows.append(("氏名", d.person().name, *[""] * 11))
        rows.append((d.one("個人番号", "マイナンバー"), *number))
    return table(
        d,
        d.choice(_SUBJECTS),
        _lead(d),
        (),
        rows,
        numbers=numbers,
        ways={"csv": 35, "html": 35, "xlsx": 20, "docx": 10},
    )


def _with_gaps(d: Draw) -> Draft:
    """Some cells are empty or hold a remark, some numbers are mistyped; the rest counts."""
    rows, numbers = [], []
    for i, who in enumerate(d.people(d.randint(4, 25))):
        if i == 0 or d.maybe(0.7):
            numbers.append(d.my_number())
            cell = numbers[-1]
        else:
            cell = d.one("", "未提出", "提出拒否", "－", "確認中", d.mistyped())
        rows.append((who.name, d.office(), cell, d.written(d.day())))
    return table(
        d,
        d.choice(_SUBJECTS),
        _lead(d),
        ("氏名", "所属", _heading(d), "提出日"),
        rows,
        numbers=numbers,
        ways=_TEXT_WAYS,
    )


def _long(d: Draw) -> Draft:
    """Several hundred persons: the case of the Act's form that must be reported."""
    numbers = d.my_numbers(d.randint(101, 500))
    rows = [
        (who.name, f"{who.born:%Y/%m/%d}", n)
        for who, n in zip(d.people(len(numbers)), numbers, strict=True)
    ]
    return table(
        d,
        d.choice(_SUBJECTS),
        _lead(d),
        ("氏名", "生年月日", _heading(d)),
        rows,
        numbers=numbers,
        ways={"csv": 50, "xlsx": 30, "html": 10, "pdf": 10},
    )


def _records_with_spaces(d: Draw) -> Draft:
    """Records one below another, the label with blanks between its characters."""
    numbers = d.my_numbers(d.randint(1, 6))
    head = ("氏　　　名", d.one("個 人 番 号", "個　人　番　号", "マイナンバー"), "生 年 月 日")
    rows = [
        (who.name, d.choice(_FORMS)(n), f"{who.born:%Y/%m/%d}")
        for who, n in zip(d.people(len(numbers)), numbers, strict=True)
    ]
    return Draft(
        d.choice(_SUBJECTS), f"{_lead(d)}\n\n{records(head, rows)}", numbers=frozenset(numbers)
    )


KINDS = (
    Kind("rosters", _rosters, Evidence.HEADER, 200),
    Kind("rosters with other numbers", _wide_rosters, Evidence.HEADER, 60),
    Kind("families in columns", _family_columns, Evidence.HEADER, 50),
    Kind("persons and firms in one column", _mixed, Evidence.HEADER, 60),
    Kind("named by the file alone", _named_by_the_file, Evidence.HEADER, 50),
    Kind("leading zeros lost", _zeros_lost, Evidence.HEADER, 50),
    Kind("four digits a column", _three_columns, Evidence.HEADER, 40),
    Kind("a digit a cell", _digit_cells, Evidence.HEADER, 40),
    Kind("rosters with gaps and slips", _with_gaps, Evidence.HEADER, 50),
    Kind("records with spaced labels", _records_with_spaces, Evidence.LABEL, 40),
    Kind("hundreds of persons", _long, Evidence.HEADER, 6),
)
