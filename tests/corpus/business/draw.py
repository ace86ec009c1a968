"""A seeded source of what business mail is made of: people, firms, places, days, telephones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from tests.numbers import my_numbers, wrong_numbers

T = TypeVar("T")

_FAMILIES = (
    "佐藤 サトウ/鈴木 スズキ/高橋 タカハシ/田中 タナカ/伊藤 イトウ/渡辺 ワタナベ/山本 ヤマモト/中村 ナカムラ/"
    "小林 コバヤシ/加藤 カトウ/吉田 ヨシダ/山田 ヤマダ/佐々木 ササキ/山口 ヤマグチ/松本 マツモト/井上 イノウエ/"
    "木村 キムラ/林 ハヤシ/斎藤 サイトウ/清水 シミズ/山崎 ヤマザキ/森 モリ/池田 イケダ/橋本 ハシモト/阿部 アベ/"
    "石川 イシカワ/山下 ヤマシタ/中島 ナカジマ/石井 イシイ/小川 オガワ/前田 マエダ/岡田 オカダ/長谷川 ハセガワ/"
    "藤田 フジタ/後藤 ゴトウ/近藤 コンドウ/村上 ムラカミ/遠藤 エンドウ/青木 アオキ/坂本 サカモト/五十嵐 イガラシ/"
    "三浦 ミウラ/一ノ瀬 イチノセ/二宮 ニノミヤ/八木 ヤギ/千葉 チバ/九条 クジョウ/七海 ナナミ"
)
_GIVEN = (
    "太郎 タロウ/花子 ハナコ/一郎 イチロウ/美咲 ミサキ/健 ケン/葵 アオイ/翔太 ショウタ/陽菜 ヒナ/大輔 ダイスケ/"
    "直樹 ナオキ/由美 ユミ/恵子 ケイコ/浩二 コウジ/三郎 サブロウ/千尋 チヒロ/五郎 ゴロウ/七海 ナナミ/一葉 カズハ/"
    "真一 シンイチ/百合 ユリ/拓也 タクヤ/優子 ユウコ/誠 マコト/彩 アヤ/隆 タカシ/香織 カオリ/亮 リョウ/麻衣 マイ/"
    "和也 カズヤ/裕子 ユウコ/聡 サトシ/久美 クミ/哲也 テツヤ/愛 アイ/学 マナブ/瞳 ヒトミ"
)
_PLACES = (
    "北海道札幌市中央区北一条西/宮城県仙台市青葉区本町/東京都千代田区霞が関/東京都港区芝公園/東京都新宿区西新宿/"
    "神奈川県横浜市中区日本大通/千葉県千葉市中央区市場町/埼玉県さいたま市浦和区高砂/新潟県新潟市中央区学校町通/"
    "石川県金沢市鞍月/長野県長野市大字南長野字幅下/静岡県静岡市葵区追手町/愛知県名古屋市中区三の丸/京都府京都市上京区藪ノ内町/"
    "大阪府大阪市中央区大手前/兵庫県神戸市中央区下山手通/広島県広島市中区基町/香川県高松市番町/福岡県福岡市博多区東公園/"
    "熊本県熊本市中央区水前寺/鹿児島県鹿児島市鴨池新町/沖縄県那覇市泉崎"
)
_FIRMS = "青葉 ひかり 東亜 北斗 山手 みらい 大和田 三ツ星 サンライズ あさひ野 グリーン 丸の木 第一中央 オリエント 瀬戸 富士見 桜 エイト"
_TRADES = "商事 工業 システムズ 物流 食品 建設 印刷 電機 製作所 サービス 薬品 不動産 社会保険労務士事務所 会計事務所 ソリューションズ 運輸"
_OFFICES = "総務課 人事課 経理課 税務課 市民課 保険年金課 情報政策課 契約検査課 教育総務課 福祉課 営業部 購買部 業務部 サポート窓口"
_DOMAINS = "exp.co.jp aoba-shoji.example hikari.example.jp toa-kogyo.example mirai-sys.example city.example.lg.jp office.example.or.jp"
_ERAS = (("令和", date(2019, 5, 1)), ("平成", date(1989, 1, 8)), ("昭和", date(1926, 12, 25)))


@dataclass(frozen=True)
class Person:
    """An invented person."""

    family: str
    given: str
    kana: str
    born: date

    @property
    def name(self) -> str:
        return f"{self.family} {self.given}"


def wareki(day: date) -> str:
    """The day in the Japanese era: 令和8年4月1日."""
    era, began = next((e, b) for e, b in _ERAS if day >= b)
    year = day.year - began.year + 1
    return f"{era}{'元' if year == 1 else year}年{day.month}月{day.day}日"


class Draw(random.Random):
    """Random choices with the words of an office."""

    def one(self, *choices: T) -> T:
        return self.choice(choices)

    def weighted(self, **weights: int) -> str:
        return self.choices(list(weights), list(weights.values()))[0]

    def maybe(self, chance: float) -> bool:
        return self.random() < chance

    def digits(self, count: int) -> str:
        return "".join(self.choice("0123456789") for _ in range(count))

    # ---- people and places

    def person(self, youngest: int = 18, oldest: int = 80) -> Person:
        family, family_kana = self.choice(_FAMILIES.split("/")).split()
        given, given_kana = self.choice(_GIVEN.split("/")).split()
        born = date(2026, 4, 1) - timedelta(days=self.randint(youngest * 365, oldest * 365))
        return Person(family, given, f"{family_kana} {given_kana}", born)

    def people(self, count: int) -> list[Person]:
        return [self.person() for _ in range(count)]

    def firm(self) -> str:
        name = self.choice(_FIRMS.split()) + self.choice(_TRADES.split())
        return self.one(
            f"株式会社{name}", f"{name}株式会社", f"有限会社{name}", f"(株){name}", name
        )

    def office(self) -> str:
        return self.choice(_OFFICES.split())

    def domain(self) -> str:
        return self.choice(_DOMAINS.split())

    def address(self) -> str:
        lot = self.one("{}-{}-{}", "{}丁目{}番{}号", "{}の{}の{}", "{}丁目{}－{}")
        place = self.choice(_PLACES.split("/")) + lot.format(
            *(self.randint(1, 30) for _ in range(3))
        )
        return place + (
            f" {self.choice(_FIRMS.split())}ビル{self.randint(1, 20)}F" if self.maybe(0.3) else ""
        )

    def postcode(self) -> str:
        return f"{self.digits(3)}-{self.digits(4)}"

    def phone(self) -> str:
        return self.one(
            f"03-{self.digits(4)}-{self.digits(4)}", f"0{self.digits(2)}-{self.digits(3)}-{self.digits(4)}",
            f"090-{self.digits(4)}-{self.digits(4)}", f"0{self.digits(3)}({self.digits(2)}){self.digits(4)}",
            f"０３－{self.digits(4)}－{self.digits(4)}", f"0120-{self.digits(3)}-{self.digits(3)}",
        )  # fmt: skip

    def mailbox(self) -> str:
        return f"{self.one('sato', 'tanaka', 'kyuyo', 'info', 'soumu', 'n.ito', 'yamada-t')}@{self.domain()}"

    # ---- days and sums

    def day(self, back: int = 400, ahead: int = 60) -> date:
        return date(2026, 4, 1) + timedelta(days=self.randint(-back, ahead))

    def moment(self) -> datetime:
        return datetime(2026, 4, 1) - timedelta(seconds=self.randrange(400 * 86400))  # noqa: DTZ001

    def written(self, day: date) -> str:
        return self.one(
            f"{day:%Y/%m/%d}",
            f"{day:%Y-%m-%d}",
            f"{day.year}年{day.month}月{day.day}日",
            wareki(day),
            f"{day:%Y%m%d}",
        )

    def yen(self, most: int = 2_000_000) -> int:
        return self.randrange(most) // self.one(1, 10, 100, 1000) * self.one(1, 10, 100) + 100

    # ---- persons' numbers

    def my_numbers(self, count: int) -> list[str]:
        """Numbers as they are given out: one in ten begins with 0, one in a hundred with 00."""
        return [self.my_number() for _ in range(count)]

    def my_number(self) -> str:
        lead = self.choices(("", "0", "00"), (90, 9, 1))[0]
        return my_numbers(self.randrange(1 << 40), 1, first=lead)[0]

    def mistyped(self) -> str:
        return wrong_numbers(self.randrange(1 << 40), 1)[0]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        return self.sample(items, len(items))
