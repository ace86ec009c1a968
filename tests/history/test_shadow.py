"""What a policy would have made of earlier mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from gateway.history import shadow
from gateway.history.shadow import PARTNERS, Bar
from gateway.model import Verdict
from gateway.policy import loads
from gateway.recipients import Directory, TrustedName
from gateway.store import Sent
from tests.policy.mails import rule

SENDER = "tanto@city.example.lg.jp"
POLICY = loads(
    rule("{ look_alike = true }", "hold", name="look-alike")
    + rule('{ look_alike = "possible" }', "warn", name="maybe")
    + rule('{ recipient = ["first-time"] }', "warn", name="new")
)
OURS = ["city.example.lg.jp"]
BEFORE = Directory.build(OURS, [])
AFTER = Directory.build(OURS, [TrustedName("exp.co.jp")])


def sent(address: str, month: str, count: int = 1, sender: str = SENDER) -> Sent:
    local, _, domain = address.rpartition("@")
    first, last = date.fromisoformat(f"{month}-03"), date.fromisoformat(f"{month}-20")
    return Sent(domain, local, sender, month, count, 0, first, last)


PARTNER = [sent("keiri@exp.co.jp", f"2026-0{m}", 20) for m in range(1, 7)]


def test_the_first_mail_to_a_name_is_asked_about_and_the_next_ones_are_not() -> None:
    report = shadow(PARTNER, POLICY, BEFORE)
    assert (report.mails, report.domains) == (120, 1)
    assert {(t.rule, t.verdict, t.mails) for t in report.tried} == {
        ("new", Verdict.WARN, 1),
        ("default-allow", Verdict.ALLOW, 119),
    }


def test_a_standing_forward_to_a_freemail_slip_is_shown_with_its_years() -> None:
    forward = [sent("taro@gmai.com", f"2025-{m:02}", 400) for m in range(1, 11)]
    report = shadow([*PARTNER, *forward], POLICY, BEFORE)
    (found,) = report.flagged
    assert (found.domain, found.resembles, found.mails) == ("gmai.com", "gmail.com", 4000)
    assert (found.first_on, found.last_on, found.senders) == (
        date(2025, 1, 3),
        date(2025, 10, 20),
        (SENDER,),
    )
    assert report.of(Verdict.HOLD) == 4000


def test_a_busy_name_is_proposed_as_a_partner_and_no_slip_is() -> None:
    busy = [sent("a@gmai.com", f"2026-0{m}", 50) for m in (1, 2, 3)]
    mine = [sent("a@city.example.lg.jp", f"2026-0{m}", 50) for m in (1, 2, 3)]
    free = [sent("a@gmail.com", f"2026-0{m}", 50) for m in (1, 2, 3)]
    lively = [replace(sent("a@one-week.co.jp", "2026-01", 60), last_on=date(2026, 1, 9))]
    few = [sent("a@nine-mails.co.jp", "2026-01", 9)]
    report = shadow([*PARTNER, *busy, *mine, *free, *lively, *few], POLICY, BEFORE)
    assert [(p.domain, p.mails, p.senders) for p in report.partners] == [("exp.co.jp", 120, 1)]
    assert [(p.partner.domain, p.why.value, p.resembles) for p in report.passed_over] == [
        ("gmai.com", "look-alike", "gmail.com"),
        ("gmail.com", "freemail", ""),
        ("one-week.co.jp", "days", ""),
    ]


def test_a_partner_of_one_month_is_one_whatever_day_the_month_began() -> None:
    """Two calendar months were asked for, so a month of trial proposed nobody."""
    trial = [replace(sent("keiri@exp.co.jp", "2026-11", 84), first_on=date(2026, 11, 6))]
    assert [p.mails for p in shadow(trial, POLICY, BEFORE).partners] == [84]
    assert shadow(trial, POLICY, BEFORE, bar=Bar(days=15)).partners == ()


def test_more_partners_than_are_proposed_are_named_as_left_out() -> None:
    rows = [sent(f"a@town{n}-office.example", "2026-01", 10 + n) for n in range(PARTNERS + 1)]
    report = shadow(rows, POLICY, BEFORE)
    assert (len(report.partners), [p.why.value for p in report.passed_over]) == (PARTNERS, ["many"])


def test_trusting_the_partners_shows_the_slips_of_their_names() -> None:
    rows = [*PARTNER, sent("aaabb@exp.com", "2026-03", 2)]
    assert shadow(rows, POLICY, BEFORE).flagged == ()
    (found,) = shadow(rows, POLICY, BEFORE, AFTER).flagged
    assert (found.domain, found.resembles, found.new) == ("exp.com", "exp.co.jp", True)


def test_monitored_rules_are_counted_as_what_they_would_do() -> None:
    watched = loads("monitor = true\n" + rule('{ recipient = ["first-time"] }', "hold", name="new"))
    assert shadow(PARTNER, watched, BEFORE).of(Verdict.HOLD) == 1


def test_what_only_bounced_or_is_only_listed_was_not_sent() -> None:
    listed = [sent("a@gmai.com", "2026-01", 0)]
    report = shadow(listed, POLICY, BEFORE)
    assert (report.flagged, report.tried, report.mails) == ((), (), 0)


def test_no_history_is_an_empty_report() -> None:
    report = shadow([], POLICY, BEFORE)
    assert (report.first_on, report.mails, report.partners) == (None, 0, ())
