"""Business text full of twelve-digit codes that are no My Numbers stays below likely."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from gateway.detect.check_digit import is_valid
from tests.detect.ground import level, persons, prose, table
from tests.numbers import grouped, my_number

M = my_number(51)


def courier(rng):
    body = f"{rng.randrange(10**11):011d}"
    return body + str(int(body) % 7)


def corporate(rng):
    body = f"{rng.randrange(10**11, 10**12)}"
    rest = sum(int(d) * (1 + i % 2) for i, d in enumerate(reversed(body))) % 9
    return f"{9 - rest}{body}"


def jan(rng):
    body = f"4{rng.randrange(10**11):011d}"
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(body))
    return body + str(-total % 10)


def card(rng):
    body = f"4{rng.randrange(10**14):014d}"
    doubled = (int(d) * (2 - i % 2) for i, d in enumerate(body))
    return body + str(-sum(n - 9 if n > 9 else n for n in doubled) % 10)


def licence(rng):
    return f"30{rng.randrange(10**9):09d}0"


def lines(seed, shape, n=300):
    rng = random.Random(seed)
    return [shape(rng) for _ in range(n)]


SHAPES = {
    "courier": lambda rng: f"送り状番号 {grouped(courier(rng))}",
    "courier on its own line": lambda rng: f"山田様分\n{grouped(courier(rng))}",
    "inquiry": lambda rng: f"お問い合わせ番号：{courier(rng)} にてお届けします。",
    "order": lambda rng: f"ご注文番号 {rng.randrange(10**11, 10**12)} を承りました。",
    "bare": lambda rng: f"{rng.randrange(10**11, 10**12)} をご確認ください。",
    "time": lambda rng: (
        f"{datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(500000)):%Y%m%d%H%M} 受信"
    ),
    "phone": lambda rng: f"携帯 8190{rng.randrange(10**8):08d}",
    "card": lambda rng: "カード " + "-".join(card(rng)[i : i + 4] for i in (0, 4, 8, 12)),
    "corporate": lambda rng: f"登録番号 T{corporate(rng)} 法人番号 {corporate(rng)}",
    "jan": lambda rng: f"JAN {jan(rng)}",
    "licence": lambda rng: f"免許証番号 {licence(rng)}",
    "uuid": lambda rng: (
        f"https://example.jp/{rng.randrange(16**8):08x}-{rng.randrange(10**12):012d}"
    ),
    "float": lambda rng: f"値 0.{rng.randrange(10**12):012d}",
    "amount": lambda rng: (
        f"合計 ¥{rng.randrange(10**11, 10**12)} / {rng.randrange(10**11, 10**12)}円"
    ),
    "query": lambda rng: f"https://example.jp/?id={rng.randrange(10**11, 10**12)}",
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_long_list_of_other_numbers_is_never_likely(name):
    for seed in range(5):
        assert persons(prose("\n".join(lines(seed, SHAPES[name])))).likely == 0


@pytest.mark.parametrize("name", SHAPES)
def test_a_mail_with_one_other_number_is_never_likely(name):
    for line in lines(7, SHAPES[name]):
        assert (
            persons(prose(f"お世話になっております。\n{line}\nよろしくお願いします。")).likely == 0
        )


@pytest.mark.parametrize("shape", [courier, licence])
def test_a_column_of_other_numbers_is_never_likely(shape):
    for seed in range(20):
        rows = [("氏名", "番号"), *(("山田", number) for number in lines(seed, shape, 60))]
        assert persons(table(rows)).likely == 0


def test_consecutive_serials_are_no_population():
    for start in range(123456789000, 123456789200, 7):
        rows = [("品名", "値"), *(("甲", str(n)) for n in range(start, start + 40))]
        assert persons(table(rows)).likely == 0


def test_serials_in_steps_of_ten_are_no_population():
    for last in range(10):
        rows = [("値",), *((str(200000000000 + last + 10 * n),) for n in range(60))]
        assert persons(table(rows)).likely == 0


@pytest.mark.parametrize(
    "text",
    [
        f"{M}1",
        f"1{M}",
        f"a{M}",
        f"{M}f",
        f"4{grouped(M)}",
        f"{grouped(M)}-1234",
        f"1234 {grouped(M, ' ')}",
        f"{grouped(M, ' ')} 5678",
        f"DE56 {grouped(M, ' ')} 71",
        f"1-{grouped(M)}",
        f"3.{M}",
        f"#{M}",
        f"+{M}",
        f"/{M}/",
        f"<{M}.77@mail.example.jp>",
    ],
)
def test_part_of_something_longer_is_no_number(text):
    assert level(prose(text)) == "none"


@pytest.mark.parametrize("text", ["0000-0000-0000", "000000000000", "111122222222"])
def test_few_different_digits_are_a_filler(text):
    assert level(prose(f"値 {text} です")) == "none"


def test_twelve_zeros_are_a_filler_even_under_a_label():
    assert is_valid("0" * 12)
    assert level(prose(f"個人番号 {'0' * 12}")) == "none"


def test_a_corporate_number_in_groups_is_no_my_number_under_a_label_of_both():
    rng = random.Random(9)
    for number in (corporate(rng) for _ in range(200)):
        for separator in ("-", " "):
            shown = separator.join((number[0], grouped(number[1:], separator)))
            assert level(prose(f"個人番号又は法人番号 {shown}")) == "none"


def test_a_card_number_under_a_label_is_no_my_number():
    for number in (card(random.Random(seed)) for seed in range(100)):
        for separator in "- ":
            shown = separator.join(number[i : i + 4] for i in (0, 4, 8, 12))
            assert level(prose(f"個人番号 {shown}")) == "none"


def test_a_form_that_only_mentions_the_number_is_clean():
    words = "給与支払者に提供済みのマイナンバー（個人番号）と相違ない。令和8年11月21日 03-1234-5678"
    assert level(prose(words), "マイナンバー.pdf") == "none"
