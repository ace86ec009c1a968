"""Buying, sending and paying: mails full of numbers, none of them a person's."""

from __future__ import annotations

from tests.corpus.business.case import Draft, File, Kind
from tests.corpus.business.digits import card, corporate_number, gtin_12, iban, jan, parcels, split
from tests.corpus.business.draw import Draw
from tests.corpus.business.tables import table

_GOODS = "コピー用紙 A4 5000枚/トナーカートリッジ/ボールペン 0.5mm 黒/緑茶 2L×6本/作業用手袋 L/LED電球 60形/ノートPC 14型/折りたたみ椅子/名刺 100枚/封筒 角2/消毒液 5L/USBメモリ 32GB/段ボール 100サイズ/養生テープ"
_CARRIERS = "ヤマト運輸 佐川急便 日本郵便（ゆうパック） 西濃運輸 レターパックプラス"


def _order_id(d: Draw) -> str:
    return d.one(
        d.digits(12), d.digits(10), split(d.digits(17), 3, 7, 7), f"{d.day():%Y%m%d}{d.digits(4)}",
        f"{d.digits(6)}-{d.day():%Y%m%d}-{d.digits(10)}", f"ORD-{d.digits(8)}", f"PO{d.digits(10)}", split(d.digits(12), 4, 4, 4),
    )  # fmt: skip


def _lines(d: Draw, most: int = 8) -> list[tuple[str, int, int]]:
    return [
        (d.choice(_GOODS.split("/")), d.randint(1, 200), d.yen(50_000))
        for _ in range(d.randint(1, most))
    ]


def _orders(d: Draw) -> Draft:
    head = f"下記のとおり注文いたします。\n\n注文番号：{_order_id(d)}\n注文日：{d.written(d.day())}\n納期：{d.written(d.day())}\n納入先：〒{d.postcode()} {d.address()}"
    rows = [
        (str(i), name, str(n), f"{price:,}", f"{n * price:,}")
        for i, (name, n, price) in enumerate(_lines(d), 1)
    ]
    return table(
        d,
        d.one("発注のご連絡", "注文書送付の件", "【発注】消耗品"),
        head,
        ("No", "品名", "数量", "単価", "金額"),
        rows,
    )


def _order_confirmations(d: Draw) -> Draft:
    goods = "\n".join(f"・{name} × {n} {price:,}円(税込)" for name, n, price in _lines(d, 4))
    return Draft(
        d.one(
            "ご注文ありがとうございます",
            "【ご注文内容の確認】",
            f"ご注文受付のお知らせ（注文番号 {_order_id(d)}）",
        ),
        f"このたびはご注文いただき誠にありがとうございます。\n\n■ご注文番号 {_order_id(d)}\n■ご注文日時 {d.moment():%Y/%m/%d %H:%M:%S}\n■お客様番号 {d.digits(d.one(8, 10, 12))}\n"
        f"■お届け先\n〒{d.postcode()}\n{d.address()}\n{d.person().name} 様\nTEL {d.phone()}\n\n{goods}\n\nお支払方法：クレジットカード（下4桁 {d.digits(4)}、承認番号 {d.digits(6)}）\n",
    )


def _shipping(d: Draw) -> Draft:
    by = d.one("-", "-", "-", "", " ")
    found = parcels(d, d.choices((1, 2, 3, 5), (70, 15, 10, 5))[0], by=by)
    label = d.one(
        "お問い合わせ番号", "送り状番号", "伝票番号", "追跡番号", "お荷物番号", "お問合せ伝票番号"
    )
    lines = (
        "\n".join(f"{label}：{p}" for p in found)
        if d.maybe(0.6)
        else f"【{label}】\n" + "\n".join(found)
    )
    return Draft(
        d.one("商品発送のお知らせ", "【発送完了】ご注文の商品を発送しました", "出荷のご連絡"),
        f"ご注文の商品を本日発送いたしました。\n\n配送会社：{d.choice(_CARRIERS.split())}\n{lines}\nお届け予定日：{d.written(d.day())}\nお届け先：{d.person().name}様 〒{d.postcode()} {d.address()} {d.phone()}\n"
        f"\n配送状況は https://toi.example.co.jp/cgi-bin/tneko?no={found[0].replace('-', '').replace(' ', '')} でご確認いただけます。",
    )


def _bare_parcels(d: Draw) -> Draft:
    """A colleague tells a parcel's number in one line."""
    said = parcels(d, 1, by=d.one("-", "", " "))[0]
    return Draft(
        d.one("荷物の件", "サンプル発送しました", "書類の返送について"),
        d.one(
            f"本日、{d.choice(_CARRIERS.split())}で発送しました。番号は {said} です。到着は{d.day().day}日の午前の予定です。",
            f"書類一式を発送しましたのでお受け取りください。\n{said}（{d.choice(_CARRIERS.split())}）",
            f"ご送付いただいた荷物（{said}）を本日受領しました。",
            f"返送用の{d.one('レターパック', '宅急便')}の控えです。\n\n{said}\n",
        ),
    )


def _tracking_tables(d: Draw) -> Draft:
    count = d.randint(3, 40)
    rows = [
        (
            p,
            d.person().name,
            d.choice(_CARRIERS.split()),
            d.written(d.day()),
            d.one("配達完了", "輸送中", "持戻", "発送済"),
        )
        for p in parcels(d, count, by=d.one("-", "", ""))
    ]
    head = (
        d.one("送り状番号", "お問い合わせ番号", "追跡番号", "伝票No", "荷物番号", "番号"),
        "お届け先",
        "配送会社",
        "出荷日",
        "状況",
    )
    return table(
        d,
        d.one("出荷一覧", "本日の発送分", "配送状況のご報告"),
        "本日出荷分の一覧をお送りします。",
        head,
        rows,
    )


def _invoices(d: Draw) -> Draft:
    total = d.yen()
    number = corporate_number(d)
    return Draft(
        d.one("ご請求書の送付", "【請求書】ご利用料金のご案内", "適格請求書の送付について"),
        f"請求書番号：{d.one(d.digits(12), f'INV-{d.digits(8)}', f'{d.day():%Y%m}-{d.digits(5)}')}\n発行日：{d.written(d.day())}\n登録番号：T{d.one(number, split(number, 1, 4, 4, 4))}\n"
        f"{d.firm()} 御中\n\nご請求金額 {total:,}円（消費税10％ {total // 11:,}円）\nお支払期限：{d.written(d.day())}\n\n"
        f"お振込先：{d.one('みどり', 'ひので', '中央', '第四')}銀行 {d.one('本店', '駅前支店', '一番町支店')}（{d.digits(3)}） 普通 {d.digits(7)} {d.one('カ）', 'ユ）')}{d.person().kana.split()[0]}",
    )


def _quotations(d: Draw) -> Draft:
    rows = [
        (name, d.one("", f"MPN {d.digits(d.one(6, 8, 12))}"), str(n), f"{p:,}", f"{n * p:,}")
        for name, n, p in _lines(d, 10)
    ]
    lead = f"お見積りをお送りします。\n見積番号：{d.one(d.digits(10), f'Q{d.day():%y%m%d}-{d.digits(3)}', d.digits(12))}\n有効期限：{d.written(d.day())}"
    return table(d, "御見積書の送付", lead, ("品名", "型番", "数量", "単価", "金額"), rows)


def _inventories(d: Draw) -> Draft:
    code = d.one(jan, jan, gtin_12, lambda d: d.digits(12))
    rows = [
        (code(d), name, str(n), d.one("A-1", "B-12", "C-03"), f"{d.day():%Y%m%d}")
        for name, n, _ in _lines(d, 30)
    ]
    head = (
        d.one("JANコード", "JAN", "GTIN", "商品コード", "UPC"),
        "商品名",
        "在庫数",
        "棚番",
        "棚卸日",
    )
    return table(
        d,
        d.one("在庫一覧", "棚卸結果のご報告", "在庫データの送付"),
        "最新の在庫データをお送りします。",
        head,
        rows,
    )


def _zengin(d: Draw) -> Draft:
    """総合振込の全銀ファイル: 120 columns a line, half-width kana."""
    day = d.day()
    kana = "ｶ)ｱｵﾊﾞｼﾖｳｼﾞ"
    lines = [
        f"1210{d.digits(10)}{kana:<40}{day:%m%d}{d.digits(4)}{'ﾐﾄﾞﾘ':<15}{d.digits(3)}{'ﾎﾝﾃﾝ':<15}1{d.digits(7)}"[
            :120
        ].ljust(120)
    ]
    total = 0
    count = d.randint(3, 30)
    for _ in range(count):
        yen = d.yen(900_000)
        total += yen
        name = d.one("ﾔﾏﾀﾞ ﾀﾛｳ", "ｽｽﾞｷ ﾊﾅｺ", "ｻﾄｳ ｹﾝ", "ﾕ)ﾋｶﾘ", "ｶ)ﾎｸﾄ")
        lines.append(
            f"2{d.digits(4)}{'ﾋﾉﾃﾞ':<15}{d.digits(3)}{'ｴｷﾏｴ':<15}{d.digits(4)}1{d.digits(7)}{name:<30}{yen:010d}1{d.digits(20)}".ljust(
                120
            )
        )
    lines += [f"8{count:06d}{total:012d}".ljust(120), "9".ljust(120)]
    content = "\r\n".join(lines).encode("cp932")
    return Draft(
        d.one("総合振込データの送付", "給与振込データ（全銀形式）"),
        f"{day.month}月分の振込データをお送りします。件数 {count}件、合計 {total:,}円です。",
        files=(
            File(
                d.one("zengin.txt", "FURIKOMI.DAT", f"sogo{day:%Y%m%d}.txt"), content, "text/plain"
            ),
        ),
    )


def _edi(d: Draw) -> Draft:
    """A fixed-length EDI file, or EDIFACT."""
    lines = []
    if d.maybe(0.5):
        lines.append(f"A{d.day():%y%m%d}{d.digits(12)}{d.digits(8)}")
        lines += [
            f"B{i:05d}{jan(d)}{d.randint(1, 999):07d}{d.yen():010d}{d.digits(12)}{d.one('ﾄﾅｰ', 'ﾖｳｼ', 'ﾍﾟﾝ'):<20}"
            for i in range(1, d.randint(3, 30))
        ]
        lines.append(f"Z{len(lines):06d}")
    else:
        lines += [
            f"UNH+{d.digits(6)}+ORDERS:D:96A:UN'",
            f"BGM+220+{d.digits(12)}+9'",
            f"DTM+137:{d.moment():%Y%m%d%H%M}:203'",
        ]
        for i in range(1, d.randint(2, 15)):
            lines += [
                f"LIN+{i}++{jan(d)}:EN'",
                f"QTY+21:{d.randint(1, 500)}'",
                f"RFF+ON:{d.digits(12)}'",
            ]
    content = "\r\n".join(lines).encode("cp932")
    return Draft(
        "EDIデータ送信のご連絡",
        f"受発注データを送信します。伝送番号 {d.digits(12)}",
        files=(File(d.one("order.dat", "EDI0401.txt", "JYUCHU.TXT"), content, "text/plain"),),
    )


def _payments(d: Draw) -> Draft:
    return Draft(
        d.one("決済完了のお知らせ", "カードご利用のお知らせ", "海外送金のご連絡", "ご入金の確認"),
        d.one(
            f"ご利用日時：{d.moment():%Y/%m/%d %H:%M}\nご利用金額：{d.yen():,}円\nカード番号：{card(d)}\n承認番号：{d.digits(6)}\n伝票番号：{d.digits(5)}",
            f"送金先口座(IBAN)：{iban(d)}\nBIC：DEUTDEFFXXX\n金額：EUR {d.randint(100, 90000):,}.00\n送金依頼番号：{d.digits(12)}",
            f"お支払い番号：{d.digits(12)}\n収納機関番号：{d.digits(5)}\nお客様番号：{d.digits(11)}\n確認番号：{d.digits(6)}\n{d.written(d.day())}までにコンビニエンスストアでお支払いください。",
            f"取引ID：{d.one('pi_', 'ch_', 'txn_')}{d.getrandbits(96):x}\n決済番号：{d.digits(12)}\n金額：{d.yen():,}円\n決済日時：{d.moment():%Y%m%d%H%M}",
        ),
    )


def _sales_reports(d: Draw) -> Draft:
    rows = [
        (
            d.one("東京", "大阪", "福岡", "札幌", "名古屋") + d.one("本店", "東店", "西店"),
            *(f"{d.yen(90_000_000):,}" for _ in range(3)),
            f"{d.randint(60, 130)}.{d.digits(1)}%",
        )
        for _ in range(d.randint(4, 15))
    ]
    return table(
        d,
        d.one("月次売上報告", "店舗別実績の共有"),
        "今月の実績を共有します。",
        ("店舗", "売上", "前年", "予算", "達成率"),
        rows,
    )


KINDS = (
    Kind("orders", _orders),
    Kind("order confirmations", _order_confirmations),
    Kind("shipping notices", _shipping, share=150),
    Kind("a parcel's number in a line", _bare_parcels),
    Kind("tracking tables", _tracking_tables),
    Kind("invoices", _invoices),
    Kind("quotations", _quotations),
    Kind("inventories", _inventories),
    Kind("bank transfer files", _zengin),
    Kind("EDI files", _edi),
    Kind("payments, cards, IBAN", _payments),
    Kind("sales reports", _sales_reports),
)
