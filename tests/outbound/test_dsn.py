"""The report of a failed delivery is a proper DSN and returns nothing of the mail."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from gateway.model import Outgoing, Reply
from gateway.outbound.dsn import dsn
from tests.numbers import FULL_WIDTH, grouped, my_number

CANARY = my_number(613)
SENDER = "tanaka@city.example.lg.jp"
ARRIVED = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
GONE = Reply(550, "5.1.1", "User unknown")


def report(*failed: tuple[str, Reply], mail_from: str = SENDER) -> Outgoing | None:
    failed = failed or (("aaabb@exp.co.jp", GONE),)
    return dsn(mail_from, failed, "gw.city.example.lg.jp", ARRIVED, "kxdp-wmzr-tqhb")


def parsed(outgoing: Outgoing | None) -> EmailMessage:
    assert outgoing is not None
    return message_from_bytes(outgoing.content, policy=default)


def words(outgoing: Outgoing | None) -> str:
    return next(parsed(outgoing).iter_parts()).get_content()


def fields(outgoing: Outgoing | None) -> list[dict[str, str]]:
    status = list(parsed(outgoing).iter_parts())[1]
    return [dict(group.items()) for group in status.iter_parts()]


def test_a_null_sender_gets_no_report():
    """RFC 5321 section 6.1: otherwise two servers could report to each other for ever."""
    assert report(mail_from="") is None


def test_the_report_goes_from_the_null_sender_to_the_original_one():
    outgoing = report()
    assert (outgoing.kind, outgoing.mail_from, outgoing.rcpt_tos) == ("dsn", "", (SENDER,))


def test_the_report_is_a_whole_mail_with_crlf_and_ascii_only():
    content = report().content
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    mail = parsed(report())
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "delivery-status"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["To"] == SENDER
    assert not any(part.defects for part in mail.walk())


def test_the_machine_part_names_the_mail_and_each_recipient():
    whole, first, second = fields(
        report(("a@exp.co.jp", GONE), ("b@exp.co.jp", Reply(554, "", "no")))
    )
    assert whole == {
        "Reporting-MTA": "dns; gw.city.example.lg.jp",
        "X-Sekisho-Queue-ID": "kxdp-wmzr-tqhb",
        "Arrival-Date": "Sat, 21 Nov 2026 09:30:00 +0000",
    }
    assert first == {
        "Final-Recipient": "rfc822; a@exp.co.jp",
        "Action": "failed",
        "Status": "5.1.1",
        "Diagnostic-Code": "smtp; 550 5.1.1 User unknown",
    }
    assert second["Status"] == "5.0.0"


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (Reply(451, "4.4.7", "expired"), "4.4.7"),
        (Reply(421, "", "gone"), "4.0.0"),
        (Reply(550, "5.1", "odd"), "5.0.0"),
        (Reply(550, "5.1.1\r\nX: y", "odd"), "5.0.0"),
    ],
)
def test_the_status_is_the_replys_own_or_the_undefined_one_of_its_class(reply, status):
    assert fields(report(("a@exp.co.jp", reply)))[1]["Status"] == status


def test_people_read_it_in_japanese_and_in_english():
    text = words(report())
    assert text.index("届けられませんでした") < text.index("could not be delivered")
    assert "aaabb@exp.co.jp（メールサーバーの応答：550 5.1.1 User unknown）" in text
    assert text.count("kxdp-wmzr-tqhb") == 2


@pytest.mark.parametrize(
    "number",
    [
        CANARY,
        grouped(CANARY),
        CANARY.translate(FULL_WIDTH),
        grouped(CANARY, "\u200b"),
        grouped(CANARY, "\x00"),
        " " * 195 + CANARY,
    ],
)
def test_a_number_in_an_address_or_a_reply_is_masked_in_every_part(number):
    outgoing = report(
        (f"{number}@exp.co.jp", Reply(550, "5.1.1", f"unknown {number}")),
        mail_from=f"{number}@city.example.lg.jp",
    )
    machine = "".join(v for group in fields(outgoing) for v in group.values())
    everything = "".join([words(outgoing), machine, *map(str, parsed(outgoing).values())])
    digits = "".join(str(int(c)) for c in everything if c.isdigit())
    assert not any(CANARY[n : n + 6] in digits for n in range(7))
    assert "*" in words(outgoing) or len(number) > 100


def test_a_line_break_in_an_address_or_a_reply_adds_no_field():
    hostile = "a\r\nX-Evil: 1\r\n\r\nb"
    outgoing = report((hostile, Reply(550, "5.1.1", hostile)), mail_from=hostile)
    assert not any("X-Evil" in group for group in fields(outgoing))
    assert "X-Evil" not in parsed(outgoing)
    assert len(fields(outgoing)) == 2


def test_an_address_beyond_ascii_is_written_as_rfc_6533_says():
    (_, recipient) = fields(report(("東@例.jp", GONE)))
    assert recipient["Final-Recipient"] == r"utf-8; \x{6771}@\x{4F8B}.jp"
    assert "東@例.jp" in words(report(("東@例.jp", GONE)))


def test_a_very_long_reply_is_cut():
    assert len(report(("a@exp.co.jp", Reply(550, "5.1.1", "x" * 100_000))).content) < 5000


def test_many_recipients_make_one_report():
    outgoing = report(*((f"{c}@exp.co.jp", GONE) for c in "abcdefghij"))
    assert len(fields(outgoing)) == 11
