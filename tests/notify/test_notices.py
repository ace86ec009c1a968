"""A notice says what became of a mail and what to do, and shows no number."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

import pytest

from gateway import i18n
from gateway.model import (
    Client,
    Confidence,
    Envelope,
    Finding,
    HeaderFacts,
    Hold,
    HoldState,
    Inspection,
    OnExpiry,
    Outgoing,
    Park,
    Persons,
    Place,
    Recipient,
    RecipientClass,
    Ruling,
    Submission,
    Unread,
    UnreadReason,
    Verdict,
)
from gateway.notify import Notices, NotifySettings
from gateway.notify.digest import LISTED, Digest, Report
from gateway.store import TrustAsked
from tests.numbers import FULL_WIDTH, grouped, my_number

CANARY = my_number(612)
ARRIVED = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
DUE = datetime(2026, 11, 28, 15, 0, tzinfo=UTC)
SENDER = "tanaka@city.example.lg.jp"
SETTINGS = NotifySettings(
    sender="sekisho@city.example.lg.jp",
    handlers=("kyuyo@city.example.lg.jp", "soumu@city.example.lg.jp"),
    console_url="https://sekisho.city.example.lg.jp",
    internal_domains=("city.example.lg.jp",),
    organisation={"ja": "例示市", "en": "Example City"},
)
NOTICES = Notices(SETTINGS, clock=lambda: ARRIVED)
LINES = {"ja": ["マイナンバーが見つかりました。"], "en": ["My Numbers were found."]}
FOUND = Inspection(
    findings=(Finding("my-number", Confidence.CERTAIN, 2, Place(("1 text",)), ()),),
    persons=Persons(2, 2, 2),
    headers=HeaderFacts(subject="源泉徴収票の送付"),
)
PARK = Park("qhzt-bwkd-mnrs", Verdict.HOLD, "look-alike", ("aaabb@exp.com",), 1, DUE)
HOLD = Hold(
    hold_id=PARK.hold_id,
    queue_id="kxdp-wmzr-tqhb",
    incident_id="bcdf-ghjk-mnpq",
    state=HoldState.PARKED,
    verdict=Verdict.HOLD,
    rule="look-alike",
    sender=SENDER,
    recipients=("aaabb@exp.com",),
    received_at=ARRIVED,
    expires_at=DUE,
    approvers=1,
    approved_by=(),
    my_numbers=2,
    size_bytes=1000,
)

DIGEST = Digest(
    day=date(2026, 11, 21),
    for_handlers=3,
    for_senders=1,
    unacknowledged=2,
    escalated=1,
    oldest=ARRIVED,
    ends=(1, 0, 3),
    rules=(("look-alike", 3), ("first-time", 1)),
    reports=(
        Report("bcdf-ghjk-mnpq", "preliminary", date(2026, 11, 23)),
        Report("kxdp-wmzr-tqhb", "final", date(2026, 11, 24)),
    ),
)


def submission(mail_from: str = SENDER, *rcpt_tos: str) -> Submission:
    envelope = Envelope(mail_from, rcpt_tos or ("aaabb@exp.com", "ok@exp.co.jp"))
    return Submission("kxdp-wmzr-tqhb", ARRIVED, Client("127.0.0.1"), envelope, b"")


def ruling(verdict: Verdict = Verdict.HOLD, address: str = "aaabb@exp.com", **changes) -> Ruling:
    recipient = Recipient(
        address,
        "exp.com",
        RecipientClass.LOOK_ALIKE,
        Confidence.CERTAIN,
        resembles="exp.co.jp",
        suggestion="aaabb@exp.co.jp",
    )
    return Ruling(replace(recipient, **changes), verdict, "look-alike", verdict)


WISH = TrustAsked("partner.example", "給与計算の委託", date(2027, 3, 31))
WARN = replace(PARK, verdict=Verdict.WARN)
EVERY: dict[str, Callable[..., Outgoing | None]] = {
    "hold": lambda n=NOTICES, s=None, i=FOUND, r=None: n.to_sender_parked(s or submission(), i, r or [ruling()], PARK, LINES),
    "warn": lambda n=NOTICES, s=None, i=FOUND, r=None: n.to_sender_parked(s or submission(), i, r or [ruling()], WARN, LINES),
    "block": lambda n=NOTICES, s=None, i=FOUND, r=None: n.to_sender_blocked(s or submission(), i, r or [ruling()], "bcdf-ghjk-mnpq", LINES),
    "warned": lambda n=NOTICES, s=None, i=FOUND, r=None: n.to_sender_warned(s or submission(), i, r or [ruling()], LINES),
    "handlers": lambda n=NOTICES, s=None, i=FOUND, r=None: n.to_handlers(s or submission(), i, r or [ruling()], PARK),
    "asked": lambda n=NOTICES, **_: n.asked(replace(HOLD, verdict=Verdict.WARN)),
    "asked-trust": lambda n=NOTICES, **_: n.asked(HOLD, "asked-trust"),
    "released": lambda n=NOTICES, s=None, **_: n.released(HOLD, (s or submission()).envelope),
    "confirmed": lambda n=NOTICES, s=None, **_: n.released(replace(HOLD, verdict=Verdict.WARN), (s or submission()).envelope),
    "rejected": lambda n=NOTICES, s=None, **_: n.rejected(HOLD, (s or submission()).envelope, "送付先が違いました。"),
    "expired": lambda n=NOTICES, s=None, **_: n.expired(HOLD, (s or submission()).envelope),
    "cancelled": lambda n=NOTICES, s=None, **_: n.expired(replace(HOLD, verdict=Verdict.WARN), (s or submission()).envelope),
    "delay": lambda n=NOTICES, s=None, i=FOUND, r=None: n.to_sender_parked(s or submission(), i, r or [ruling()], replace(WARN, on_expiry=OnExpiry.SEND), LINES),
    "expiring": lambda n=NOTICES, s=None, **_: next(iter(n.expiring(replace(HOLD, verdict=Verdict.WARN), (s or submission()).envelope)), None),
    "expiring-handlers": lambda n=NOTICES, **_: next(iter(n.expiring(HOLD, submission("").envelope)), None),
    "escalated": lambda n=NOTICES, **_: n.escalated(HOLD, ("kacho@city.example.lg.jp", "x@elsewhere.example")),
    "trust-approved": lambda n=NOTICES, s=None, **_: n.trust_answered(HOLD, (s or submission()).envelope, WISH, "確認しました。", True),
    "trust-declined": lambda n=NOTICES, s=None, **_: n.trust_answered(HOLD, (s or submission()).envelope, WISH, "", False),
    "digest": lambda n=NOTICES, **_: n.digest(DIGEST),
}  # fmt: skip
TO_HANDLERS = {"handlers", "asked", "asked-trust", "expiring-handlers", "escalated", "digest"}
TO_SENDER = sorted(set(EVERY) - TO_HANDLERS)


def parsed(outgoing: Outgoing | None) -> EmailMessage:
    assert outgoing is not None
    return message_from_bytes(outgoing.content, policy=default)


def text_of(outgoing: Outgoing | None) -> str:
    return parsed(outgoing).get_body(("plain",)).get_content()


def html_of(outgoing: Outgoing | None) -> str:
    return parsed(outgoing).get_body(("html",)).get_content()


class Page(HTMLParser):
    """What a mail reader makes of the HTML: tags, addresses they point at, words."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.words: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.targets += [v for k, v in attrs if k in ("href", "src", "action", "background") and v]

    def handle_data(self, data):
        self.words += data.split()


# ------------------------------------------------------------------ the mail as such


@pytest.mark.parametrize("kind", EVERY)
def test_every_notice_is_a_whole_mail_with_crlf_and_ascii_only(kind):
    outgoing = EVERY[kind]()
    assert outgoing.kind == "notice"
    assert outgoing.content.isascii()
    assert b"\n" not in outgoing.content.replace(b"\r\n", b"")
    assert b"\r" not in outgoing.content.replace(b"\r\n", b"")
    assert max(map(len, outgoing.content.split(b"\r\n"))) <= 998
    mail = parsed(outgoing)
    assert mail.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["Date"].datetime == ARRIVED
    assert mail["From"].addresses[0].addr_spec == SETTINGS.sender
    assert mail["From"].addresses[0].display_name == "例示市 メールゲートウェイ"
    assert not any(part.defects for part in mail.walk())


@pytest.mark.parametrize("kind", EVERY)
def test_every_notice_can_neither_bounce_nor_be_answered_by_an_automaton(kind):
    """RFC 3834: null reverse-path and Auto-Submitted."""
    outgoing = EVERY[kind]()
    assert outgoing.mail_from == ""
    assert parsed(outgoing)["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("kind", EVERY)
def test_two_notices_never_share_a_message_id(kind):
    first, second = parsed(EVERY[kind]()), parsed(EVERY[kind]())
    assert first["Message-ID"] != second["Message-ID"]
    assert re.fullmatch(r"<[a-z-]+@city\.example\.lg\.jp>", first["Message-ID"])


@pytest.mark.parametrize("kind", EVERY)
def test_text_and_html_say_the_same(kind):
    outgoing = EVERY[kind]()
    said = re.sub(r"[■・\s:：-]", "", text_of(outgoing))
    shown = Page(re.sub(r"(?s)<title>.*?</title>", "", html_of(outgoing))).words
    assert said == re.sub(r"[■・\s:：-]", "", "".join(shown))


@pytest.mark.parametrize("kind", EVERY)
def test_japanese_comes_first_and_english_after_it(kind):
    text = text_of(EVERY[kind]())
    titles = [i18n.text("notify", f"{kind}-title", lang) for lang in ("ja", "en")]
    assert text.startswith(titles[0])
    assert text.index(titles[0]) < text.index(titles[1])


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_notice_in_one_language_has_nothing_of_the_other(kind, lang):
    notices = Notices(replace(SETTINGS, languages=(lang,)))
    other = {"ja": "en", "en": "ja"}[lang]
    outgoing = EVERY[kind](notices)
    for key in (f"{kind}-title", f"{kind}-lead", "fact-received"):
        assert i18n.text("notify", key, lang) in text_of(outgoing)
        assert i18n.text("notify", key, other) not in text_of(outgoing)
    assert parsed(outgoing)["Content-Language"] == lang


# ------------------------------------------------------------------ who is told


@pytest.mark.parametrize("kind", TO_SENDER)
@pytest.mark.parametrize(
    "outsider",
    [
        "",
        "someone@example.com",
        "tanaka@xcity.example.lg.jp",
        "tanaka@city.example.lg.jp.example.com",
        "@city.example.lg.jp",
        "city.example.lg.jp",
    ],
)
def test_a_sender_outside_the_organisation_is_never_told(kind, outsider):
    assert EVERY[kind](s=submission(outsider)) is None


@pytest.mark.parametrize("kind", TO_SENDER)
@pytest.mark.parametrize(
    "insider", [SENDER, "Tanaka@City.Example.LG.jp", "a@jinji.city.example.lg.jp"]
)
def test_the_envelope_sender_inside_is_told(kind, insider):
    assert EVERY[kind](s=submission(insider)).rcpt_tos == (insider,)


def test_all_handlers_are_told_of_a_hold_whoever_sent_it():
    assert EVERY["handlers"](s=submission("")).rcpt_tos == SETTINGS.handlers


def test_no_handlers_means_no_notice():
    assert EVERY["handlers"](Notices(replace(SETTINGS, handlers=()))) is None


@pytest.mark.parametrize("kind", EVERY)
def test_nobody_is_told_where_notices_are_turned_off(kind):
    assert EVERY[kind](Notices(replace(SETTINGS, enabled=False))) is None


@pytest.mark.parametrize(
    "address",
    ["東@city.example.lg.jp", f"{CANARY}@city.example.lg.jp", "a\r\nBcc: x@city.example.lg.jp"],
)
def test_an_address_unfit_for_a_header_is_in_the_envelope_only(address):
    outgoing = EVERY["hold"](s=submission(address))
    assert outgoing.rcpt_tos == (address,)
    assert parsed(outgoing)["To"] == "undisclosed-recipients:;"
    assert "Bcc" not in parsed(outgoing)


# ------------------------------------------------------------------ no number, no hostile word

SPELLINGS = [
    CANARY,
    grouped(CANARY),
    CANARY.translate(FULL_WIDTH),
    grouped(CANARY, "\u200b"),
    grouped(CANARY, "\u2066"),
    grouped(CANARY, "\x00"),
    grouped(CANARY, "\r\n"),
    " " * 190 + CANARY,
]


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("number", SPELLINGS)
def test_a_number_anywhere_in_a_mail_reaches_no_part_of_a_notice(kind, number):
    inspection = replace(
        FOUND,
        findings=(
            Finding("my-number", Confidence.CERTAIN, 1, Place((f"2 {number}.xlsx", number)), ()),
        ),
        unread=(Unread(Place((number,)), UnreadReason.DAMAGED),),
        headers=HeaderFacts(subject=f"件名 {number}", message_id=f"<{number}@x>"),
    )
    rulings = [
        ruling(
            address=f"{number}@exp.com", suggestion=f"{number}@exp.co.jp", resembles=f"{number}.jp"
        )
    ]
    lines = {lang: [f"place {number}"] for lang in ("ja", "en")}
    sub = submission(SENDER, f"{number}@exp.com")
    envelope = sub.envelope
    hold = replace(HOLD, recipients=(f"{number}@exp.com",))
    park = replace(PARK, rcpt_tos=envelope.rcpt_tos)
    outgoing = {
        "hold": lambda: NOTICES.to_sender_parked(sub, inspection, rulings, park, lines),
        "warn": lambda: NOTICES.to_sender_parked(sub, inspection, rulings, replace(park, verdict=Verdict.WARN), lines),
        "block": lambda: NOTICES.to_sender_blocked(sub, inspection, rulings, "bcdf-ghjk-mnpq", lines),
        "warned": lambda: NOTICES.to_sender_warned(sub, inspection, rulings, lines),
        "handlers": lambda: NOTICES.to_handlers(sub, inspection, rulings, park),
        "asked": lambda: NOTICES.asked(hold),
        "asked-trust": lambda: NOTICES.asked(hold, "asked-trust"),
        "released": lambda: NOTICES.released(hold, envelope),
        "confirmed": lambda: NOTICES.released(replace(hold, verdict=Verdict.WARN), envelope),
        "rejected": lambda: NOTICES.rejected(hold, envelope, f"because {number}"),
        "expired": lambda: NOTICES.expired(hold, envelope),
        "cancelled": lambda: NOTICES.expired(replace(hold, verdict=Verdict.WARN), envelope),
        "delay": lambda: NOTICES.to_sender_parked(sub, inspection, rulings, replace(park, verdict=Verdict.WARN, on_expiry=OnExpiry.SEND), lines),
        "expiring": lambda: NOTICES.expiring(replace(hold, verdict=Verdict.WARN), envelope)[0],
        "expiring-handlers": lambda: NOTICES.expiring(hold, envelope)[-1],
        "escalated": lambda: NOTICES.escalated(hold, SETTINGS.handlers),
        "trust-approved": lambda: NOTICES.trust_answered(hold, envelope, replace(WISH, domain=f"{number}.example"), number, True),
        "trust-declined": lambda: NOTICES.trust_answered(hold, envelope, WISH, f"see {number}", False),
        "digest": lambda: NOTICES.digest(replace(DIGEST, rules=((number, 3),))),
    }[kind]()  # fmt: skip
    mail = parsed(outgoing)
    everything = "".join([text_of(outgoing), html_of(outgoing), *map(str, mail.values())])
    digits = "".join(str(int(c)) for c in everything if c.isdigit())
    assert CANARY not in digits
    assert not any(CANARY[n : n + 6] in digits for n in range(7))


def test_a_digest_says_what_waits_in_both_languages_and_leads_to_the_queue():
    text = text_of(EVERY["digest"]())
    for said in (
        "対応担当者の対応待ち（件）：3",
        "まだ誰も確認していないもの（件）：2",
        "・24時間以内：1件",
        "・look-alike：3件",
        "事案 bcdf-ghjk-mnpq：速報の期限は2026年11月23日です。",
        "Mails waiting for a handler: 3",
        "- first-time: 1",
        "preliminary report (速報) due by 2026-11-23",
        "The queue:\r\nhttps://sekisho.city.example.lg.jp/holds\r\n",
    ):
        assert said in text
    assert "過ぎて3日以内" not in text  # none ends then


def test_a_digest_holds_no_run_of_digits_but_years():
    mail = parsed(EVERY["digest"]())
    everything = "".join([text_of(EVERY["digest"]()), *map(str, mail.values())])
    assert set(re.findall(r"[0-9]{3,}", everything)) <= {"2026", "0900", "0000"}


def test_a_digest_lists_so_many_rules_and_counts_the_others():
    rules = tuple((f"rule-{chr(97 + n)}", 1) for n in range(LISTED + 2))
    text = text_of(NOTICES.digest(replace(DIGEST, rules=rules)))
    assert text.count("・rule-") == LISTED
    assert "・ほか 2 件" in text


def test_handlers_are_shown_nothing_of_the_mail_itself():
    text = text_of(EVERY["handlers"](i=replace(FOUND, headers=HeaderFacts(subject="源泉徴収票"))))
    for word in ("源泉徴収票", "aaabb", "exp.com", "exp.co.jp", SENDER):
        assert word not in text
    assert "qhzt-bwkd-mnrs" in text


@pytest.mark.parametrize("kind", ["hold", "warn", "block", "warned"])
def test_markup_in_a_mail_stays_words(kind):
    hostile = '<img src="https://evil.example/x"><script>1</script>&amp;'
    inspection = replace(FOUND, headers=HeaderFacts(subject=hostile))
    outgoing = EVERY[kind](i=inspection, r=[ruling(address=f'"{hostile}"@exp.com')])
    page = Page(html_of(outgoing))
    assert not {"img", "script"} & set(page.tags)
    assert not any("evil.example" in target for target in page.targets)
    assert hostile in text_of(outgoing)  # and is not escaped where nothing needs it


@pytest.mark.parametrize("kind", EVERY)
def test_a_notice_points_nowhere_but_to_the_page_of_its_hold_or_the_queue(kind):
    page = Page(html_of(EVERY[kind]()))
    place = "holds" if kind == "digest" else "holds/qhzt-bwkd-mnrs"
    link = f"https://sekisho.city.example.lg.jp/{place}"
    expected = {link} if kind in TO_HANDLERS else set()
    assert set(page.targets) == expected
    assert set(re.findall(r"https?://\S+", text_of(EVERY[kind]()))) == expected
    assert "form" not in page.tags


def test_a_console_without_an_address_means_no_link():
    outgoing = EVERY["handlers"](Notices(replace(SETTINGS, console_url="")))
    assert Page(html_of(outgoing)).targets == []


@pytest.mark.parametrize("kind", EVERY)
def test_a_subject_line_shows_a_name_of_ours_and_nothing_of_the_mail(kind):
    subject = parsed(EVERY[kind]())["Subject"]
    names = "2026-11-21" if kind == "digest" else "qhzt-bwkd-mnrs|bcdf-ghjk-mnpq|kxdp-wmzr-tqhb"
    assert re.search(rf"\[({names})\]$", subject)
    assert "源泉徴収票" not in subject
    assert "exp.com" not in subject


def test_a_line_break_in_a_subject_cannot_add_a_line_to_the_notice():
    outgoing = EVERY["hold"](
        i=replace(FOUND, headers=HeaderFacts(subject="a\r\n\r\n■ 承認済み\u2028b"))
    )
    assert not any(line.startswith("■ 承認済み") for line in text_of(outgoing).splitlines())


def test_a_very_long_subject_is_cut():
    text = text_of(EVERY["hold"](i=replace(FOUND, headers=HeaderFacts(subject="長" * 100_000))))
    assert len(text) < 4000


# ------------------------------------------------------------------ what is said


def said(kind: str, lang: str, **given) -> str:
    return text_of(EVERY[kind](Notices(replace(SETTINGS, languages=(lang,))), **given))


def test_the_address_that_was_probably_meant_is_asked_for():
    assert "aaabb@exp.co.jp ではありませんか。" in said("hold", "ja")
    assert "Did you mean aaabb@exp.co.jp?" in said("warn", "en")


def test_a_look_alike_without_a_better_address_is_named_without_a_question():
    text = said("hold", "ja", r=[ruling(suggestion="")])
    assert "このドメインは exp.co.jp とよく似ています。" in text
    assert "ではありませんか" not in text


@pytest.mark.parametrize(
    "changes", [{"recipient_class": RecipientClass.FREEMAIL}, {"verdict": Verdict.ALLOW}]
)
def test_a_recipient_that_is_not_in_doubt_is_not_asked_about(changes):
    verdict = changes.pop("verdict", Verdict.HOLD)
    text = said("hold", "ja", r=[ruling(verdict, **changes)])
    assert "宛先のご確認" not in text
    assert "宛先を訂正して" not in text


def test_the_reasons_are_told_once_each_with_the_law_behind_them():
    twice = {"ja": ["ルールに該当しました。"] * 2, "en": ["The rule applies."]}
    text = text_of(NOTICES.to_sender_parked(submission(), FOUND, [ruling()], PARK, twice))
    assert text.count("ルールに該当しました。") == 1
    assert "番号法第19条" in text


def test_the_law_is_not_quoted_where_no_number_was_found():
    assert "番号法" not in said("hold", "ja", i=Inspection())


def test_a_hold_asks_the_sender_to_wait_and_a_warning_asks_what_they_want():
    hold, warn = said("hold", "ja"), said("warn", "ja")
    assert "対応担当者の確認をお待ちください" in hold
    assert "次のどれかを対応担当者にお知らせください" in warn
    assert "次のどれかを対応担当者にお知らせください" not in hold
    assert "対応担当者の確認をお待ちください" not in warn


def test_a_warning_with_a_finding_says_that_a_handler_will_check():
    assert "in person" in said("warn", "en")
    assert "in person" not in said("warn", "en", i=Inspection())


def test_the_due_time_is_told_in_japans_time():
    assert "2026年11月29日 00時00分（日本時間）までに承認されないときは" in said("hold", "ja")
    assert "2026-11-29, 00:00 (JST, UTC+9)" in said("warn", "en")


def test_a_park_without_a_due_time_promises_none():
    park = replace(PARK, expires_at=None)
    text = text_of(NOTICES.to_sender_parked(submission(), FOUND, [ruling()], park, LINES))
    assert "期限" not in text
    assert "Due by" not in text


def test_only_the_parked_recipients_are_named_in_a_hold_and_all_in_a_block():
    assert "ok@exp.co.jp" not in said("hold", "ja")
    assert "ok@exp.co.jp" in said("block", "ja")


def test_many_recipients_are_counted_rather_than_named():
    many = tuple(f"u{c}@exp.com" for c in string.ascii_letters[:25])
    text = said("block", "en", s=submission(SENDER, *many))
    assert "ut@exp.com, and 5 more" in text


def test_a_blocked_mail_says_what_can_be_done_about_each_cause():
    unread = replace(FOUND, unread=(Unread(Place(("2 a.zip",)), UnreadReason.ENCRYPTED),))
    assert "番号を除いてお送りください" in said("block", "ja", i=unread)
    assert "検査できなかった添付ファイル" in said("block", "ja", i=unread)
    plain = said("block", "ja", i=Inspection(), r=[ruling(recipient_class=RecipientClass.INVALID)])
    assert "番号を除いて" not in plain
    assert "検査できなかった" not in plain
    assert "事案番号を添えて対応担当者にご相談ください" in plain


def test_a_rejection_hands_on_the_handlers_words_and_leaves_no_gap_without_them():
    assert "送付先が違いました。" in said("rejected", "ja")
    silent = text_of(NOTICES.rejected(HOLD, submission().envelope, "  "))
    assert "対応担当者からの説明" not in silent


TOKEN = "Zr0-uYb3_x" * 4 + "abc"
WITH_PAGE = Notices(replace(SETTINGS, sender_url="https://mail.city.example.lg.jp/check"))


def with_page(lang: str, inspection: Inspection, token: str = TOKEN) -> Outgoing:
    notices = Notices(replace(WITH_PAGE._settings, languages=(lang,)), clock=lambda: ARRIVED)
    told = notices.to_sender_parked(
        submission(), inspection, [ruling(Verdict.WARN)], WARN, LINES, token
    )
    assert told is not None
    return told


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_warning_links_to_the_senders_page_in_text_and_html(lang):
    told = with_page(lang, Inspection())
    link = f"https://mail.city.example.lg.jp/check/m/{TOKEN}"
    assert link in text_of(told)
    assert Page(html_of(told)).targets == [link]


def test_a_link_that_was_not_made_is_not_shown():
    assert Page(html_of(with_page("ja", Inspection(), token=""))).targets == []


@pytest.mark.parametrize(
    "inspection",
    [FOUND, Inspection(unread=(Unread(Place(("2 a.zip",)), UnreadReason.ENCRYPTED),))],
)
def test_a_finding_or_an_unread_part_offers_to_ask_and_not_to_send(inspection):
    text = text_of(with_page("en", inspection))
    assert "Ask for release" in text
    assert "Send: if" not in text


def test_the_page_is_offered_to_senders_inside_alone():
    assert WITH_PAGE.offers_page(Envelope(SENDER, ("a@exp.com",)))
    assert not WITH_PAGE.offers_page(Envelope("who@elsewhere.example", ("a@exp.com",)))
    assert not WITH_PAGE.offers_page(Envelope("", ("a@exp.com",)))
    assert not NOTICES.offers_page(Envelope(SENDER, ("a@exp.com",)))
    silent = Notices(replace(WITH_PAGE._settings, enabled=False))
    assert not silent.offers_page(Envelope(SENDER, ("a@exp.com",)))


def test_a_warning_that_ran_out_and_a_hold_that_ran_out_are_told_apart():
    assert "承認されなかったため" in said("expired", "ja")
    assert "送信の確認が行われなかったため" in said("cancelled", "ja")


def test_a_sender_who_confirmed_is_not_told_that_a_handler_approved():
    assert "対応担当者が確認し" in said("released", "ja")
    assert "対応担当者が確認し" not in said("confirmed", "ja")


def test_every_sentence_of_the_catalogue_is_used(monkeypatch):
    """A sentence that nothing says is a sentence that nobody proof-reads."""
    asked = set()
    whole = i18n.text

    def text(catalogue, key, lang, **values):
        asked.add(key)
        return whole(catalogue, key, lang, **values)

    monkeypatch.setattr(i18n, "text", text)
    unread = replace(FOUND, unread=(Unread(Place(("2 a.zip",)), UnreadReason.ENCRYPTED),))
    for make in EVERY.values():
        make(i=unread)
        make(Notices(replace(SETTINGS, organisation={})))
    EVERY["block"](s=submission(SENDER, *["a@exp.com"] * 30))
    for inspection in (FOUND, Inspection()):
        with_page("ja", inspection)
    unused = i18n.catalogue_keys("notify") - asked
    assert {k for k in unused if not k.startswith("dsn-")} == set()
