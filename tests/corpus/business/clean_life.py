"""The rest of what leaves an office by mail: events, travel, sport, food."""

from __future__ import annotations

from tests.corpus.business.case import Draft, Kind
from tests.corpus.business.digits import split
from tests.corpus.business.draw import Draw
from tests.corpus.business.tables import table


def _sport(d: Draw) -> Draft:
    rows = [
        (
            str(i),
            who.name,
            f"{d.randint(0, 59):02d}:{d.randint(0, 59):02d}.{d.digits(2)}",
            d.digits(4),
            d.one("青葉", "ひかり", "北斗"),
        )
        for i, who in enumerate(d.people(d.randint(5, 40)), 1)
    ]
    return table(
        d,
        d.one("市民マラソンの結果", "大会結果のお知らせ"),
        "大会の結果です。",
        ("順位", "氏名", "記録", "ゼッケン", "所属"),
        rows,
    )


def _recipes(d: Draw) -> Draft:
    goods = "\n".join(
        f"・{d.one('小麦粉', 'だし汁', '豆腐', '鶏もも肉', '醤油', 'みりん')} {d.one('{}g', '{}ml', '大さじ{}', '{}個').format(d.randint(1, 400))}"
        for _ in range(d.randint(4, 9))
    )
    return Draft(
        d.one("給食だよりの原稿", "料理教室のレシピ"),
        f"材料（{d.randint(2, 8)}人分）\n{goods}\n\n作り方\n1. {d.randint(160, 230)}℃のオーブンで{d.randint(10, 60)}分焼く。\n2. 1人分 {d.randint(90, 900)}kcal、食塩 {d.randint(0, 4)}.{d.digits(1)}g",
    )


def _travel(d: Draw) -> Draft:
    return Draft(
        d.one("出張の手配", "予約確認書", "宿泊のご予約"),
        f"予約番号：{d.one(d.digits(12), d.digits(9), 'XQ7' + d.digits(3))}\n航空券番号：{split('205' + d.digits(10), 3, 10)}\n便名：NH{d.digits(3)}　{d.written(d.day())} {d.randint(6, 21)}:{d.digits(1)}0発\n座席 {d.randint(1, 40)}{d.one(*'ABCDHK')}\n会員番号：{d.one(d.digits(10), d.digits(12), split(d.digits(12), 4, 4, 4))}\n料金 {d.yen(90000):,}円\nホテル {d.phone()}",
    )


def _events(d: Draw) -> Draft:
    rows = [
        (d.one(f"{i:04d}", d.digits(12)), who.name, d.firm(), d.mailbox(), stamp)
        for i, who in enumerate(d.people(d.randint(3, 40)), 1)
        for stamp in [f"{d.moment():%Y/%m/%d %H:%M}"]
    ]
    return table(
        d,
        d.one("申込者一覧", "セミナー参加者", "アンケート結果"),
        "申し込み状況です。",
        (d.one("受付番号", "申込番号", "回答ID"), "氏名", "所属", "メール", "申込日時"),
        rows,
    )


def _facilities(d: Draw) -> Draft:
    return Draft(
        d.one("施設予約の確認", "会場使用料のご案内", "忘れ物のお知らせ"),
        f"利用者番号：{d.digits(d.one(8, 10, 12))}\n予約番号：{d.moment():%Y%m%d}{d.digits(4)}\n利用日：{d.written(d.day())} {d.randint(9, 18)}:00～\n使用料：{d.yen(20000):,}円\n申請番号 {split(d.digits(12), 4, 4, 4)} をお控えください。",
    )


def _chats(d: Draw) -> Draft:
    """A short question and an answer, some with a number that anybody may mention."""
    ask = d.one(
        "例の件、どうなりましたか。",
        "先ほどの番号をもう一度お願いします。",
        "請求の内訳を教えてください。",
        "来週の件、承知しました。",
    )
    answer = d.one(
        f"受付番号は {d.digits(d.one(8, 10, 12))} です。",
        f"{d.digits(12)} で検索してください。",
        f"合計 {d.yen():,}円でした。",
        f"型番 {d.digits(4)}-{d.digits(4)} です。",
        "午後に折り返します。",
        f"コードは {split(d.digits(12), 4, 4, 4)} になります。",
    )
    return Draft(d.one("Re: 確認", "ご質問の件", "お返事"), f"> {ask}\n\n{answer}")


KINDS = (
    Kind("sports results", _sport),
    Kind("recipes", _recipes),
    Kind("travel", _travel),
    Kind("lists of applicants", _events),
    Kind("facilities", _facilities),
    Kind("short answers", _chats, share=200),
)
