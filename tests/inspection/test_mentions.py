"""The addresses that a mail itself gives, and whom its first lines greet."""

from __future__ import annotations

import time
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from gateway.inspection import inspect_now, inspect_plain
from gateway.inspection.mentions import Mentions
from gateway.inspection.wire import WireError, dumps, loads
from gateway.message.greeting import greets_another
from gateway.model import Field, InspectionLimits, Place, Prose
from tests.house import mail

HERE = Place(("1",))
LIMITS = InspectionLimits()


def seen(text: str, limit: int = 100) -> tuple[str, ...]:
    mentions = Mentions(limit)
    mentions.see(Prose(HERE, text))
    return mentions.domains


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("aaabb@exp.com まで提出してください。", ("exp.com",)),
        ("aaabb@exp.comまで。bb@Exp.Co.Jp。cc@exp.co.jp.", ("exp.com", "exp.co.jp")),
        ("<a href='mailto:a@exp.com'>", ("exp.com",)),
        ("ａａａ＠ｅｘｐ．ｃｏｍ へ", ("exp.com",)),
        ("@exp.com と 12@ と x@y と @@a.b", ()),
        ("価格@100円", ()),
    ],
)
def test_addresses_in_a_text_give_their_domains_alone(text: str, domains: tuple[str, ...]) -> None:
    assert seen(text) == domains


def test_so_many_domains_are_taken_and_no_more() -> None:
    assert seen(" ".join(f"a@x{n}.jp" for n in range(50)), limit=3) == ("x0.jp", "x1.jp", "x2.jp")


def test_hostile_texts_take_linear_time() -> None:
    began = time.perf_counter()
    for text in ("@" * 500_000, "a@" * 250_000, "a@" + "b-" * 250_000, "a@b." * 125_000):
        seen(text)
    assert time.perf_counter() - began < 2


def test_body_sheet_and_reply_to_are_all_looked_at() -> None:
    content = mail(
        "提出先は aaabb@exp.com です。", attachments=(("a.csv", b"name,mail\r\nx,y@exq.jp\r\n"),)
    )
    content = b"Reply-To: <z@exr.jp>\r\n" + content
    assert set(inspect_now(content, LIMITS).domains) == {"exp.com", "exq.jp", "exr.jp"}


def test_a_link_to_a_mailbox_in_html_is_looked_at() -> None:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "a@city.example.lg.jp", "b@exp.co.jp"
    message.set_content('<p><a href="mailto:aaabb@exp.com">こちら</a></p>', subtype="html")
    assert inspect_now(message.as_bytes(), LIMITS).domains == ("exp.com",)


def test_plain_text_in_process_tells_the_same() -> None:
    content = mail("提出先は aaabb@exp.com です。")
    here = inspect_plain(content, LIMITS)
    assert here is not None
    assert here.domains == inspect_now(content, LIMITS).domains == ("exp.com",)


def test_domains_and_greeting_cross_the_border_to_a_worker_whole() -> None:
    content = mail("鈴木様\r\n\r\naaabb@exp.com", to="佐藤 <sato@exp.co.jp>")
    found = inspect_now(content, LIMITS)
    assert found.greets_another
    told = loads(dumps(found))
    assert (told.domains, told.greets_another) == (("exp.com",), True)


@pytest.mark.parametrize(
    "lie", ['["a b.c"]', '["A.jp"]', "[1]", '["' + "a" * 300 + '"]', '"exp.com"']
)
def test_a_worker_s_lies_about_domains_are_refused(lie: str) -> None:
    raw = dumps(inspect_now(mail("aaabb@exp.com"), LIMITS))
    with pytest.raises(WireError):
        loads(raw.replace(b'["exp.com"]', lie.encode()))


def test_a_field_s_value_is_looked_at() -> None:
    mentions = Mentions(10)
    mentions.see(Field(HERE, "mail", "x@exp.com"))
    assert mentions.domains == ("exp.com",)


# ------------------------------------------------------------------ the greeting


@pytest.mark.parametrize(
    ("shown", "letter", "another"),
    [
        ("佐藤 花子", "鈴木様\n\nお世話に", True),
        ("佐藤 花子", "株式会社見本\n鈴木 一郎 様\n", True),
        ("佐藤 花子", "佐藤様\nお世話になっております。", False),
        ("佐藤花子", "佐藤 花子 様\n", False),
        ("佐藤花子", "株式会社見本 佐藤様、お世話に", False),
        ("佐藤　花子様", "佐藤さま\n", False),
        ("佐藤花子", "お客様各位\n", False),
        ("佐藤花子", "ご担当者様\n皆様\n関係者様", False),
        ("佐藤花子", "仕様が変わりました。鈴木様の件です。", False),
        ("Hanako Sato", "鈴木様\n", False),
        ("株式会社見本 総務課", "鈴木様\n", False),
        ("", "鈴木様\n", False),
        ("佐藤花子", "", False),
    ],
)
def test_a_greeting_is_compared_with_the_names_in_the_header(
    shown: str, letter: str, another: bool
) -> None:
    assert greets_another([shown], letter) is another


def test_anybody_of_several_recipients_may_be_greeted() -> None:
    assert not greets_another(["佐藤花子", "鈴木一郎"], "鈴木様\n")


def test_a_hostile_greeting_takes_no_time() -> None:
    began = time.perf_counter()
    greets_another(["佐藤"] * 1000, ("一 " * 500 + "様\n") * 100)
    assert time.perf_counter() - began < 1
