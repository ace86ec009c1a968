"""Work inside an office: meetings, people and the yearly talk of My Numbers without one."""

from __future__ import annotations

from tests.corpus.business.case import Draft, File, Kind
from tests.corpus.business.digits import meeting, parcels, split
from tests.corpus.business.draw import Draw, wareki
from tests.corpus.business.tables import pdf_page, table

_TOPICS = "来期予算の確認/システム更新の進め方/新人研修の準備/備品購入の承認/防災訓練の反省/定例報告/窓口対応の改善/文書管理規程の改定"


def _schedules(d: Draw) -> Draft:
    rows = [
        (
            f"{d.day():%Y/%m/%d}",
            f"{d.randint(8, 17)}:{d.one('00', '15', '30', '45')}",
            d.choice(_TOPICS.split("/")),
            f"第{d.randint(1, 9)}会議室",
            d.person().family,
        )
        for _ in range(d.randint(3, 15))
    ]
    return table(
        d,
        d.one("来月の予定", "日程表の送付", "会議日程の調整"),
        "予定をお送りします。",
        ("日付", "時刻", "件名", "場所", "担当"),
        rows,
    )


def _invitations(d: Draw) -> Draft:
    number = meeting(d)
    day = d.moment()
    text = d.one(
        f"Microsoft Teams 会議\nコンピューター、モバイル アプリで参加する\n会議 ID: {split('4' + d.digits(11), 3, 3, 3, 3, by=' ')}\nパスコード: {d.one('aB3xYz', 'Q7mKp2')}\n電話で参加 +81 3-{d.digits(4)}-{d.digits(4)},,{d.digits(9)}# 電話会議 ID: {split(d.digits(9), 3, 3, 3, by=' ')}#",
        f"Zoomミーティングに参加する\nhttps://zoom.example/j/{number.replace(' ', '')}?pwd=abcDEF\n\nミーティングID: {number}\nパスコード: {d.digits(6)}\n\nワンタップモバイル機器\n+81{d.one('3', '50')}{d.digits(8)},,{number.replace(' ', '')}#",
        f"Webexミーティング\nミーティング番号（アクセスコード）：{number}\n日時：{day:%Y年%m月%d日 %H:%M}",
    )
    return Draft(
        d.one("会議のご案内", "Web会議のURL", f"【{d.choice(_TOPICS.split('/'))}】打ち合わせ"),
        f"下記のとおり開催します。\n議題：{d.choice(_TOPICS.split('/'))}\n日時：{d.written(day.date())} {day:%H:%M}～\n\n{text}",
    )


def _telephones(d: Draw) -> Draft:
    form = d.one(
        "+81-{0}-{1}-{2}",
        "+81 {0} {1} {2}",
        "81{0}{1}{2}",
        "0{0}-{1}-{2}",
        "+81{0}{1}{2}",
        "0{0}{1}{2}",
    )
    rows = [
        (
            who.name,
            d.office(),
            form.format(d.one("90", "80", "70"), d.digits(4), d.digits(4)),
            d.digits(4),
        )
        for who in d.people(d.randint(3, 40))
    ]
    return table(
        d,
        d.one("連絡先一覧", "緊急連絡網", "電話番号表の更新"),
        "最新の連絡先です。",
        ("氏名", "所属", d.one("電話番号", "携帯", "TEL", "連絡先"), "内線"),
        rows,
    )


def _rosters(d: Draw) -> Draft:
    rows = [
        (str(i), who.name, who.kana, f"{who.born:%Y/%m/%d}", d.postcode(), d.address(), d.phone())
        for i, who in enumerate(d.people(d.randint(3, 40)), 1)
    ]
    head = ("No", "氏名", "フリガナ", "生年月日", "郵便番号", "住所", "電話番号")
    return table(
        d,
        d.one("参加者名簿", "名簿の送付", "会員名簿"),
        "名簿をお送りします。取り扱いにご注意ください。",
        head,
        rows,
    )


def _staff_numbers(d: Draw) -> Draft:
    """Employees' own numbers of twelve digits: the year, the office, a serial."""
    style = d.one("serial", "year", "random")
    start = int(d.digits(8))
    count = d.randint(1, 40)
    numbers = {
        "serial": [f"{start + i:012d}" for i in range(count)],
        "year": [
            f"{d.randint(1990, 2026)}{d.digits(4)}{start % 10000 + i:04d}" for i in range(count)
        ],
        "random": [d.digits(12) for _ in range(count)],
    }[style]
    rows = [
        (n, who.name, d.office(), d.one("主事", "係長", "課長", "部長", "主任"), d.written(d.day()))
        for n, who in zip(numbers, d.people(count), strict=True)
    ]
    head = (
        d.one("社員番号", "職員番号", "社員コード", "従業員番号", "職員ID"),
        "氏名",
        "所属",
        "職位",
        "発令日",
    )
    return table(
        d,
        d.one("人事異動のお知らせ", "発令一覧", "社員証の再発行"),
        "人事に関するお知らせです。",
        head,
        rows,
    )


def _minutes(d: Draw) -> Draft:
    lines = [
        f"{i}. {d.choice(_TOPICS.split('/'))}\n　・{d.person().family}より説明。予算は{d.yen():,}円。\n　・次回（{d.written(d.day())}）までに確認する。"
        for i in range(1, d.randint(3, 8))
    ]
    return Draft(
        "議事録の送付",
        f"日時：{d.written(d.day())} {d.randint(9, 17)}:00～\n出席：{'、'.join(p.family for p in d.people(5))}\n文書番号：{d.one('総', '情', '税')}第{d.digits(4)}号\n\n"
        + "\n".join(lines),
    )


_TALK = (
    "年末調整にあたり、扶養控除等申告書のご提出をお願いします。マイナンバー（個人番号）は昨年ご提出いただいているため、今年度の記入は不要です。",
    "給与支払者に提供済みのマイナンバー（個人番号）と相違ない旨を余白にご記入ください。",
    "マイナンバー（12桁の番号）はメールに記載しないでください。所定の提出用封筒をご利用ください。",
    "個人番号カードの裏面のコピーは、簡易書留でお送りください。メールでの提出は受け付けておりません。",
    "特定個人情報の取扱いについては、社内規程第{0}条をご覧ください。個人番号の利用目的は、源泉徴収票作成事務および健康保険・厚生年金保険届出事務です。",
    "マイナンバーカードをお持ちの方は、e-Taxで申告できます。暗証番号は4桁の数字と、6～16文字の英数字です。",
    "通知カードは令和2年5月25日に廃止されましたが、氏名・住所が住民票と一致していれば番号確認書類として使えます。",
    "My Number (Individual Number) documents must be handed to the HR office in person. Do not send your number by e-mail.",
    "個人番号の記載欄は空欄のまま提出して差し支えありません。",
    "マイナ保険証の利用登録がお済みでない方は、資格確認書をご提示ください。",
)


def _my_number_talk(d: Draw) -> Draft:
    said = d.sample(_TALK, d.randint(2, 5))
    extra = d.choice((
        f"\n\n問い合わせ先：{d.office()} 内線{d.digits(4)}（直通 {d.phone()}）", f"\n\n提出期限：{d.written(d.day())}", f"\n\n文書番号：{d.digits(4)}-{d.digits(6)}",
        f"\n\n返送用レターパックの追跡番号：{parcels(d, 1)[0]}", f"\n\n説明会（Teams）会議 ID: {split('2' + d.digits(11), 3, 3, 3, 3, by=' ')}",
        f"\n\n手続ID {d.digits(10)}　更新日時 {d.moment():%Y%m%d%H%M}", "", "",
    ))  # fmt: skip
    return Draft(
        d.one(
            "年末調整のご案内",
            "マイナンバーの取扱いについて",
            "【再送】扶養控除等申告書の提出",
            "個人番号の収集について",
            "特定個人情報の適正な取扱い",
        ),
        "\n".join(said).format(d.randint(2, 30)) + extra,
    )


def _my_number_blanks(d: Draw) -> Draft:
    """A request, or a form, in which the number is empty, starred out or an obvious example."""
    who = d.person()
    blank = d.choice((
        "個人番号：＿＿＿＿－＿＿＿＿－＿＿＿＿", "個人番号：************", "個人番号　□□□□　□□□□　□□□□", "マイナンバー：XXXX-XXXX-XXXX",
        "個人番号：（別途、書面にて提出）", "マイナンバー：提出済", "個人番号|　|　|　|　|　|　|　|　|　|　|　|　|", "個人番号：●●●●-●●●●-" + d.digits(4), "マイナンバー：未収集", "個人番号：0000-0000-0000",
    ))  # fmt: skip
    return Draft(
        d.one("書類のご提出のお願い", "入社書類について", "様式の送付"),
        f"下記の様式にご記入のうえ、{d.one('総務課', '人事課')}へお持ちください。\n\n氏名：{who.name}\nフリガナ：{who.kana}\n生年月日：{wareki(who.born)}\n住所：〒{d.postcode()} {d.address()}\n{blank}\n電話：{d.phone()}\n社員番号：{d.digits(d.one(6, 8))}",
    )


def _my_number_forms(d: Draw) -> Draft:
    """The empty form itself as a PDF, with its printed labels and serials."""
    lines = [
        (60, 800, "令和8年分　給与所得者の扶養控除等（異動）申告書"), (60, 775, f"給与の支払者の名称　{d.firm()}"),
        (60, 755, f"給与の支払者の法人（個人）番号　{d.one('', d.digits(13))}"), (60, 735, "あなたの氏名"), (60, 715, "あなたの個人番号"),
        (60, 695, "あなたの住所又は居所"), (60, 675, "配偶者の氏名　　　　個人番号　　　　老人控除対象配偶者"), (60, 655, "控除対象扶養親族　個人番号　続柄　生年月日"),
        (60, 100, f"様式番号 {d.digits(4)}-{d.digits(2)}　{d.digits(8)}"),
    ]  # fmt: skip
    return Draft(
        "申告書様式の送付",
        "今年分の様式をお送りします。印刷してご記入ください。",
        files=(File("扶養控除等申告書.pdf", pdf_page(lines), "application/pdf"),),
    )


def _applications(d: Draw) -> Draft:
    who = d.person(20, 60)
    years = "\n".join(
        f"{d.randint(1995, 2025)}年{d.randint(1, 12)}月　{d.firm()} {d.one('入社', '退社')}"
        for _ in range(d.randint(2, 5))
    )
    return Draft(
        "応募書類の送付",
        f"応募番号：{d.digits(d.one(8, 12))}\n氏名：{who.name}（{who.kana}）\n生年月日：{wareki(who.born)}（満{2026 - who.born.year}歳）\n住所：〒{d.postcode()} {d.address()}\n電話：{d.phone()}\n\n職歴\n{years}\n\n資格\n普通自動車第一種運転免許\n簿記検定2級（証書番号 {d.digits(d.one(8, 10, 12))}）",
    )


def _newsletters(d: Draw) -> Draft:
    items = [
        f"<tr><td><h2>{d.choice(_TOPICS.split('/'))}</h2><p>{d.one('詳しくはこちら', '続きを読む', 'お申し込み')}：<a href='https://news.example/?cid={d.digits(12)}&amp;t={d.moment():%Y%m%d%H%M}'>{d.firm()}</a></p></td></tr>"
        for _ in range(d.randint(2, 8))
    ]
    page = f"<table width=600>{''.join(items)}</table><p style='font-size:10px'>配信停止 会員番号 {d.one(d.digits(8), d.digits(12), split(d.digits(12), 4, 4, 4))}</p><img src='https://t.example/o/{d.getrandbits(96):x}.gif' width=1 height=1>"
    return Draft(
        d.one("メールマガジン 4月号", "【新着】セミナーのご案内", "今週のお知らせ"),
        "HTMLメールです。表示できない場合はブラウザでご覧ください。",
        page,
    )


KINDS = (
    Kind("schedules", _schedules),
    Kind("meeting invitations", _invitations),
    Kind("telephone lists", _telephones),
    Kind("rosters without numbers", _rosters),
    Kind("employee numbers of twelve digits", _staff_numbers, share=150),
    Kind("minutes", _minutes),
    Kind("talk of My Numbers without one", _my_number_talk, share=150),
    Kind("My Numbers left blank", _my_number_blanks, share=150),
    Kind("empty My Number forms", _my_number_forms, share=50),
    Kind("applications for a post", _applications),
    Kind("newsletters", _newsletters),
)
