"""Forms of the tax and pension offices and of programs, filled in: as text, as data, as pages."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Sequence

from tests.corpus.business.case import Draft, Evidence, File, Kind
from tests.corpus.business.draw import Draw, wareki
from tests.corpus.business.tables import pdf_page
from tests.numbers import FULL_WIDTH, grouped

_SUBJECTS = (
    "申告書の送付",
    "届出データ",
    "手続きの件",
    "書類をお送りします",
    "電子申請用データ",
    "提出資料",
    "確認のお願い",
)


def _sent(
    d: Draw, lead: str, name: str, content: bytes, *numbers: str, media_type: str = "text/csv"
) -> Draft:
    return Draft(
        d.choice(_SUBJECTS),
        lead,
        files=(File(name, content, media_type),),
        numbers=frozenset(numbers),
    )


def _lines(rows: Sequence[Sequence[str]], charset: str = "cp932") -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(charset, "replace")


def _boxed(d: Draw, number: str) -> str:
    return d.one(
        " ".join(number),
        "｜".join(number),
        "　".join(number.translate(FULL_WIDTH)),
        grouped(number, " "),
        number,
        "[" + "][".join(number) + "]",
    )


def _dependants(d: Draw) -> Draft:
    """扶養控除等（異動）申告書 as text."""
    me, own = d.person(), d.my_number()
    numbers = [own]
    lines = [
        "令和8年分　給与所得者の扶養控除等（異動）申告書", f"給与の支払者の名称　{d.firm()}", f"給与の支払者の法人（個人）番号　{d.one('', '8' + d.digits(12))}",
        f"あなたの氏名　{me.name}（{me.kana}）", f"あなたの個人番号　{_boxed(d, own)}", f"あなたの生年月日　{wareki(me.born)}", f"あなたの住所又は居所　〒{d.postcode()} {d.address()}",
    ]  # fmt: skip
    for role in d.sample(
        ["源泉控除対象配偶者", "控除対象扶養親族", "特定親族", "16歳未満の扶養親族"],
        d.randint(0, 4),
    ):
        numbers.append(d.my_number())
        lines += [
            f"{role}の氏名　{d.person(1, 80).name}",
            d.one(
                f"{role}の個人番号　{_boxed(d, numbers[-1])}",
                f"　個人番号　{_boxed(d, numbers[-1])}",
            ),
        ]
    return Draft(d.choice(_SUBJECTS), "\n".join(lines), numbers=frozenset(numbers))


def _etax(d: Draw) -> Draft:
    """e-Tax: the number in three fields of four digits."""
    numbers = d.my_numbers(d.randint(1, 4))
    fields = [
        (f"mynmbrNyrykList[{i}].mynmbr{k + 1}", n[4 * k : 4 * k + 4])
        for i, n in enumerate(numbers)
        for k in range(3)
    ]
    way = d.one("json", "html", "csv", "form")
    if way == "json":
        return _sent(
            d,
            "入力データの控えです。",
            "etax.json",
            json.dumps(dict(fields)).encode(),
            *numbers,
            media_type="application/json",
        )
    if way == "csv":
        return _sent(
            d,
            "入力データの控えです。",
            "etax.csv",
            _lines([[k for k, _ in fields], [v for _, v in fields]]),
            *numbers,
        )
    if way == "form":
        return _sent(
            d,
            "入力データの控えです。",
            "etax.txt",
            "\n".join(f"{k}={v}" for k, v in fields).encode(),
            *numbers,
            media_type="text/plain",
        )
    inputs = "".join(f"<input name='{k}' value='{v}'>" for k, v in fields)
    return _sent(
        d,
        "入力画面の保存です。",
        "etax.html",
        f"<html><body><form><p>個人番号</p>{inputs}</form></body></html>".encode(),
        *numbers,
        media_type="text/html",
    )


def _social_insurance_file(d: Draw) -> Draft:
    """SHFD0006.CSV and its kin: no heading, no label, known by its shape."""
    code = d.one("2200700", "2201700", "2202700", "2221700", "2225700", "2265700")
    office = [d.digits(2), d.one("ｱｱ", "ｲﾛﾊ", "ｶﾅ"), d.digits(5)]
    numbers = d.my_numbers(d.randint(1, 15))
    rows: list[list[str]] = [
        [d.digits(5), "001", f"{d.day():%Y%m%d}", "22223"],
        ["[kanri]"],
        ["", "001"],
    ]
    rows += [
        [
            *office,
            d.digits(3),
            d.digits(4),
            d.address(),
            d.firm(),
            d.person().name,
            *d.phone().split("-"),
        ],
        ["[data]"],
    ]
    for order, number in enumerate(numbers, 1):
        who = d.person()
        pension = d.one("", d.digits(10))
        rows.append(
            [
                code,
                *office,
                str(order),
                who.kana,
                who.name,
                d.one("5", "7", "9"),
                f"{who.born:%y%m%d}",
                d.one("1", "2"),
                "1",
                number,
                pension,
                "9",
                f"{d.day():%y%m%d}",
                "0",
                str(d.yen(700_000)),
                "0",
                d.postcode().replace("-", ""),
                who.kana,
                d.address(),
                "",
            ]
        )
    name = d.one("SHFD0006.CSV", "SHFD0006.CSV", "KPFD0006.CSV", "KNFD0006.CSV", "shutoku.csv")
    return _sent(
        d,
        d.one("資格取得届のデータです。", "申請データをお送りします。", "CSVを添付します。"),
        name,
        _lines(rows),
        *numbers,
    )


def _statutory_records(d: Draw) -> Draft:
    """法定調書・給与支払報告書 as CSV: form code, serials of 10 and 13 digits, numbers further on."""
    code = d.one("315", "375", "309", "316", "377")
    numbers, rows = [], []
    for _ in range(d.randint(1, 12)):
        row = [
            code,
            d.digits(10),
            "0",
            d.address(),
            d.firm(),
            d.phone(),
            d.digits(13),
            "",
            "",
            "0",
            "8",
            d.address(),
            "0",
            d.person().name,
            d.one("", "課長"),
            "給料",
            str(d.yen(9_000_000)),
            "",
            str(d.yen(500_000)),
        ]
        row += [str(d.randint(0, 9)) for _ in range(20)]
        own = d.my_numbers(d.randint(1, 3))
        for who in own:
            row += [d.person().kana, d.person().name, "", who]
        numbers += own
        rows.append(row + [""] * 6)
    return _sent(
        d,
        d.one(
            "給報データの送付です。", "法定調書のデータをお送りします。", "eLTAX取込用のCSVです。"
        ),
        d.one("315.csv", "kyuho_R08.csv", "houtei.csv", "data.csv"),
        _lines(rows),
        *numbers,
    )


def _api_records(d: Draw) -> Draft:
    """What programs keep: JSON, XML, SQL with a key that names the number."""
    numbers = d.my_numbers(d.randint(1, 8))
    key = d.one("my_number", "mynumber", "myNumber", "kojin_bango", "個人番号", "individual_number")
    people = list(zip(d.people(len(numbers)), numbers, strict=True))
    way = d.one("json", "xml", "sql", "yaml")
    if way == "json":
        content = json.dumps(
            [
                {"id": d.digits(6), "name": who.name, key: n, "birth": f"{who.born}"}
                for who, n in people
            ],
            ensure_ascii=d.maybe(0.5),
            indent=d.one(None, 2),
        )
    elif way == "xml":
        content = (
            "<?xml version='1.0' encoding='UTF-8'?>\n<list>"
            + "".join(
                f"<p><name>{html.escape(who.name)}</name><{key}>{n}</{key}></p>"
                for who, n in people
            )
            + "</list>"
        )
    elif way == "sql":
        content = (
            f"INSERT INTO staff (id, name, {key}) VALUES\n"
            + ",\n".join(f"({i}, '{who.name}', '{n}')" for i, (who, n) in enumerate(people))
            + ";\n"
        )
    else:
        content = "".join(f"- name: {who.name}\n  {key}: '{n}'\n" for who, n in people)
    if d.maybe(0.3):
        return Draft(
            d.choice(_SUBJECTS), f"データを貼り付けます。\n\n{content}", numbers=frozenset(numbers)
        )
    return _sent(
        d,
        "データをお送りします。",
        f"staff.{way}",
        content.encode(),
        *numbers,
        media_type="application/octet-stream",
    )


def _web_forms(d: Draw) -> Draft:
    """A web form's notice: one field a line."""
    who, number = d.person(), d.my_number()
    label = d.one(
        "マイナンバー", "個人番号", "マイナンバー（12桁）", "個人番号（ハイフンなし）", "my_number"
    )
    form = d.one("[{}] {}", "{}: {}", "{} = {}", "■{}\n{}", "【{}】\n{}", "{}\t{}")
    pairs = [
        ("受付番号", d.digits(8)),
        ("お名前", who.name),
        ("フリガナ", who.kana),
        ("生年月日", f"{who.born:%Y-%m-%d}"),
        (label, d.one(number, grouped(number), number.translate(FULL_WIDTH))),
        ("メール", d.mailbox()),
        ("送信日時", f"{d.moment():%Y/%m/%d %H:%M}"),
    ]
    return Draft(
        d.one("フォームからのお問い合わせ", "申請を受け付けました", "【自動通知】登録"),
        "\n".join(form.format(k, v) for k, v in pairs),
        numbers=frozenset((number,)),
    )


def _cards(d: Draw) -> Draft:
    """What is copied from a card, a notice card or a certificate of residence."""
    who, number = d.person(1, 90), d.my_number()
    shown = d.one(grouped(number, " "), grouped(number, "　"), number)
    text = d.one(
        f"個人番号カード（裏面）\n個人番号\n{shown}\n氏名　{who.name}\n{wareki(who.born)}生\n{d.office()}",
        f"個人番号通知書\n個人番号　{shown}\n氏名　{who.name}\n生年月日　{wareki(who.born)}",
        f"通知カード\n個人番号 {shown}\n氏名 {who.name}\n住所 {d.address()}\n{wareki(who.born)}生 性別 {d.one('男', '女')}",
        f"住民票\n氏名　{who.name}\n生年月日　{wareki(who.born)}　性別　{d.one('男', '女')}　続柄　世帯主\n個人番号　{shown}\n住民票コード　省略\n住所　{d.address()}",
    )
    return Draft(
        d.choice(_SUBJECTS),
        f"{d.one('控えの文字起こしです。', '内容は次のとおりです。', 'コピーの代わりに記載します。')}\n\n{text}",
        numbers=frozenset((number,)),
    )


def _withholding(d: Draw) -> Draft:
    """源泉徴収票: the fifth and later dependants stand in the remarks, a bracketed digit before each."""
    who, number = d.person(), d.my_number()
    more = d.my_numbers(d.randint(1, 3))
    mark = d.one("({})", "（{}）", "⑴⑵⑶")
    notes = "　".join(
        (mark[i] if mark == "⑴⑵⑶" else mark.format(i + 1)) + n for i, n in enumerate(more)
    )
    text = f"令和7年分　給与所得の源泉徴収票（税務署提出用）\n支払を受ける者　{d.address()}\n（個人番号）{number}\n（フリガナ）{who.kana}　氏名　{who.name}\n支払金額 {d.yen():,}円　源泉徴収税額 {d.yen(90000):,}円\n（備考）扶養親族の個人番号　{notes}\n支払者　{d.firm()}　電話 {d.phone()}"
    return Draft(d.choice(_SUBJECTS), text, numbers=frozenset((number, *more)))


def _pages(d: Draw) -> Draft:
    """A filled form as a PDF: label to the left, a box a digit or the number at once."""
    number, who = d.my_number(), d.person()
    lines: list[tuple[float, float, str]] = [
        (60, 800, d.one("個人番号届出書", "扶養親族届", "受給者情報")),
        (60, 770, "氏名"),
        (150, 770, who.name),
        (60, 740, d.one("個人番号", "マイナンバー")),
    ]
    if d.maybe(0.6):
        pitch = d.one(14, 18, 22)
        lines += [(150 + pitch * i, 740, digit) for i, digit in enumerate(number)]
    else:
        lines.append((150, 740, d.one(number, grouped(number, " "), grouped(number))))
    lines += [(60, 710, "住所"), (150, 710, d.address()), (60, 680, "電話"), (150, 680, d.phone())]
    return _sent(
        d,
        "届出書をお送りします。",
        d.one("届出書.pdf", "scan.pdf", "書類.pdf"),
        pdf_page(lines, 10),
        number,
        media_type="application/pdf",
    )


KINDS = (
    Kind("dependants' declarations", _dependants, Evidence.LABEL, 60),
    Kind("e-Tax, three fields", _etax, Evidence.LABEL, 40),
    Kind("SHFD0006.CSV", _social_insurance_file, Evidence.STRUCTURE, 60),
    Kind("statutory records", _statutory_records, Evidence.STRUCTURE, 60),
    Kind("records of programs", _api_records, Evidence.LABEL, 50),
    Kind("web forms", _web_forms, Evidence.LABEL, 50),
    Kind("copied from a card", _cards, Evidence.LABEL, 50),
    Kind("withholding slips", _withholding, Evidence.LABEL, 30),
    Kind("filled forms as PDF", _pages, Evidence.LABEL, 20),
)
