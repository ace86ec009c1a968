"""Tax, insurance, registers, schools: official numbers that are not My Numbers, under their own names."""

from __future__ import annotations

from tests.corpus.business.case import Draft, File, Kind
from tests.corpus.business.digits import (
    corporate_number,
    employment,
    insurer,
    isbn,
    licence,
    pension,
    registry_number,
    split,
)
from tests.corpus.business.draw import Draw, wareki
from tests.corpus.business.tables import table


def _tax_notices(d: Draw) -> Draft:
    return Draft(
        d.one(
            "納税通知書について", "市県民税のお知らせ", "申告書等送信のお知らせ", "還付金のご案内"
        ),
        d.one(
            f"整理番号：{d.digits(8)}\n通知書番号：{d.digits(d.one(10, 12))}\n納付番号：{d.digits(d.one(12, 16))}\n確認番号：{d.digits(6)}\n納付区分：{d.digits(10)}\n期別税額：{d.yen():,}円",
            f"利用者識別番号：{split(d.digits(16), 4, 4, 4, 4)}\n受付番号：{d.moment():%Y%m%d%H%M%S}{d.digits(6)}\n受付日時：{d.moment():%Y/%m/%d %H:%M:%S}\n種目：所得税申告書",
            f"宛名番号：{d.digits(d.one(8, 10, 12))}\n相当年度：{d.randint(2020, 2026)}\n指定番号：{d.digits(10)}\n特別徴収義務者：{d.firm()}\n法人番号：{corporate_number(d)}",
            f"収納機関番号：{d.digits(5)}\nお客様番号：{split(d.digits(12), 4, 4, 4)}\n延滞金：{d.yen(9000):,}円\n納期限：{wareki(d.day())}",
        ),
    )


def _social_insurance(d: Draw) -> Draft:
    rows = [
        (who.name, who.kana, f"{who.born:%Y.%m.%d}", employment(d), pension(d), d.written(d.day()))
        for who in d.people(d.randint(1, 25))
    ]
    head = (
        "氏名",
        "カナ",
        "生年月日",
        d.one("雇用保険被保険者番号", "雇用保険番号"),
        "基礎年金番号",
        d.one("資格取得日", "入社日"),
    )
    return table(
        d,
        d.one("資格取得届の件", "社会保険手続きの完了", "離職票の発行について"),
        f"手続きが完了しました。事業所番号 {split(d.digits(11), 4, 6, 1)}",
        head,
        rows,
    )


def _medical(d: Draw) -> Draft:
    who = d.person(1, 90)
    return Draft(
        d.one("健診結果のお知らせ", "資格確認のご依頼", "紹介状について", "予約の確認"),
        f"患者番号：{d.digits(d.one(8, 10, 12))}\n氏名：{who.name}　{wareki(who.born)}生\n保険者番号：{insurer(d)}\n記号・番号：{d.one(f'{d.digits(4)}・{d.digits(6)}', f'{d.digits(6)}-{d.digits(6)}', f'{d.digits(8)}　{d.digits(4)}')}（枝番 0{d.randint(0, 4)}）\n"
        f"受診日：{d.written(d.day())}\n医療機関コード：{d.digits(10)}\n血圧 {d.randint(95, 160)}/{d.randint(55, 100)}　HbA1c {d.randint(4, 9)}.{d.digits(1)}　カルテNo. {d.digits(d.one(7, 12))}",
    )


def _schools(d: Draw) -> Draft:
    rows = [
        (
            d.digits(d.one(8, 10)),
            who.name,
            who.kana,
            f"{d.randint(1, 6)}年{d.randint(1, 5)}組",
            f"{d.randint(0, 100)}点",
        )
        for who in d.people(d.randint(3, 35))
    ]
    return table(
        d,
        d.one("学級名簿", "成績一覧の送付", "就学援助の申請について"),
        f"学校コード {d.one('B', 'C')}{d.digits(12)}　対象児童の一覧です。",
        ("学籍番号", "氏名", "ふりがな", "学年組", "点数"),
        rows,
    )


def _licences(d: Draw) -> Draft:
    by = d.one("", "", "-")
    write = lambda n: split(n, 4, 4, 4, by=by) if by else n  # noqa: E731
    if d.maybe(0.5):
        return Draft(
            d.one("運転免許証の更新", "車両使用届", "本人確認書類について"),
            f"氏名：{d.person().name}\n{d.one('免許証番号', '運転免許証番号', '免許証の番号', '免許番号')}：{d.one('第 {} 号', '{}').format(write(licence(d)))}\n有効期限：{wareki(d.day())}\n種類：中型・普通\n車両番号：品川 300 あ {d.digits(2)}-{d.digits(2)}",
        )
    rows = [
        (who.name, write(licence(d)), wareki(d.day()), d.one("普通", "準中型", "大型"))
        for who in d.people(d.randint(2, 30))
    ]
    return table(
        d,
        "運転者台帳",
        "運転者の一覧です。",
        ("氏名", d.one("免許証番号", "運転免許証番号", "免許番号"), "有効期限", "種類"),
        rows,
    )


def _corporations(d: Draw) -> Draft:
    form = d.one("{}", "{}", "T{}")
    rows = [
        (form.format(corporate_number(d)), d.firm(), d.address(), d.written(d.day()))
        for _ in range(d.randint(2, 40))
    ]
    head = (
        d.one(
            "法人番号",
            "登録番号",
            "インボイス登録番号",
            "法人番号又は個人番号",
            "個人番号又は法人番号",
        ),
        "名称",
        "所在地",
        "登録日",
    )
    return table(
        d,
        d.one("取引先一覧", "適格請求書発行事業者の確認", "法定調書の対象先（法人）"),
        "取引先の一覧です。",
        head,
        rows,
    )


def _registers(d: Draw) -> Draft:
    house, number = registry_number(d), registry_number(d)
    shown = d.one(split(number, 4, 2, 6), number, split(number, 4, 4, 4))
    rows = [
        (d.firm(), split(registry_number(d), 4, 2, 6), wareki(d.day()), f"第{d.digits(5)}号")
        for _ in range(d.randint(1, 8))
    ]
    lead = f"登記事項のご確認をお願いします。\n会社法人等番号：{shown}\n不動産番号：{house}{d.digits(1)}\n地番 {d.randint(1, 999)}番{d.randint(1, 30)}　地積 {d.randint(50, 900)}.{d.digits(2)}㎡\n受付 {wareki(d.day())} 第{d.digits(5)}号"
    return table(
        d,
        d.one("登記完了のご連絡", "登記簿謄本の件", "抵当権設定について"),
        lead,
        ("権利者", "会社法人等番号", "受付年月日", "受付番号"),
        rows,
    )


def _payment_records(d: Draw) -> Draft:
    """法定調書 for companies: form code, serials, corporate numbers; nobody's own number."""
    lines = []
    for _ in range(d.randint(2, 25)):
        fields = [
            "309",
            d.digits(10),
            d.digits(1),
            d.address(),
            d.firm(),
            d.phone(),
            d.digits(13),
            "0",
            "7",
            d.address(),
            d.firm(),
            corporate_number(d),
            "報酬",
            str(d.yen()),
            str(d.yen() // 10),
        ]
        lines.append(",".join(fields))
    content = "\r\n".join(lines).encode("cp932", "replace")
    return Draft(
        "法定調書データ（法人分）",
        "法人分のデータをお送りします。",
        files=(File(d.one("shiharai.csv", "309.csv", "houtei_R08.csv"), content, "text/csv"),),
    )


def _utilities(d: Draw) -> Draft:
    return Draft(
        d.one("検針のお知らせ", "ご使用量のお知らせ", "開栓のお申し込み", "回線工事の日程"),
        d.one(
            f"お客さま番号：{split(d.digits(13), 5, 5, 1, 2)}\n供給地点特定番号：{split('03' + d.digits(20), 2, 4, 4, 4, 4, 4)}\nご使用量 {d.randint(50, 900)}kWh",
            f"水栓番号：{d.digits(d.one(8, 12))}\nお客様番号：{split(d.digits(12), 4, 4, 4)}\n今回指針 {d.digits(4)}　前回指針 {d.digits(4)}　使用水量 {d.randint(5, 60)}㎥",
            f"お客さまID：CAF{d.digits(10)}\n受付番号：{d.digits(12)}\n工事日：{d.written(d.day())}\n機器番号 {d.digits(15)}",
            f"契約番号：{d.digits(12)}\n証券番号：{split(d.digits(d.one(10, 12)), 4, 4, 4)}\n保険料 {d.yen(90000):,}円\n口座振替日 {wareki(d.day())}",
        ),
    )


def _lottery(d: Draw) -> Draft:
    lines = "\n".join(
        f"{grade}等　{d.randint(1, 200)}組　{split(d.digits(6), 3, 3, by='')}　{d.yen():,}円"
        for grade in "123456"
    )
    sets = "\n".join(
        "　".join(f"{n:02d}" for n in sorted(d.sample(range(1, 44), 6)))
        for _ in range(d.randint(1, 5))
    )
    return Draft(
        d.one("抽選会の結果", "当せん番号のお知らせ", "福引の当選番号"),
        f"抽選結果をお知らせします。\n\n{lines}\n\n数字選択式\n{sets}\n\n応募者番号 {d.digits(d.one(6, 12))}",
    )


def _books(d: Draw) -> Draft:
    size = d.one(9, 10, 12)
    rows = [
        (
            isbn(d),
            d.one(
                "地方自治法講義",
                "実務会計入門",
                "ネットワーク基礎",
                "児童図書目録",
                "行政手続の手引",
            ),
            d.person().name,
            f"{d.yen(5000):,}円",
            d.digits(size),
        )
        for _ in range(d.randint(2, 20))
    ]
    return table(
        d,
        d.one("図書購入リスト", "貸出図書の延滞について", "選書リスト"),
        "対象の図書です。",
        ("ISBN", "書名", "著者", "価格", d.one("資料番号", "バーコード", "請求記号")),
        rows,
    )


def _grants(d: Draw) -> Draft:
    """A council's letter about a grant: many official numbers in running text."""
    return Draft(
        d.one("補助金交付決定通知", "給付金のお知らせ", "開示請求の受付", "入札参加資格の更新"),
        f"{d.one('市', '町', '県')}第{d.digits(4)}号\n{wareki(d.day())}\n\n{d.firm()} 代表者 様\n\n{wareki(d.day())}付けで申請のあった件（申請番号 {d.digits(12)}、受付番号 {d.digits(d.one(6, 10))}）について、下記のとおり決定しました。\n"
        f"交付決定額　金{d.yen():,}円\n業者番号 {d.digits(d.one(5, 8))}　許可番号 {d.one('般', '特')}-{d.randint(1, 8)} 第{d.digits(6)}号\n振込先　{d.digits(4)}-{d.digits(3)}-{d.digits(7)}",
    )


KINDS = (
    Kind("tax notices", _tax_notices),
    Kind("social insurance", _social_insurance),
    Kind("medical forms", _medical),
    Kind("school lists", _schools),
    Kind("driving licences", _licences, share=150),
    Kind("corporate numbers", _corporations),
    Kind("registers of firms and land", _registers),
    Kind("payment records of firms", _payment_records),
    Kind("utilities and contracts", _utilities),
    Kind("lotteries", _lottery),
    Kind("books", _books),
    Kind("official letters", _grants),
)
