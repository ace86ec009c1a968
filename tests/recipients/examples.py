"""One organisation's directory, as the tests of this room use it."""

from __future__ import annotations

from datetime import date

from gateway.model import Recipient
from gateway.recipients import Directory, TrustedName, judge

TODAY = date(2026, 11, 21)
YESTERDAY = date(2026, 11, 20)

DIRECTORY = Directory.build(
    internal=["city.example.lg.jp"],
    trusted=[
        TrustedName("exp.co.jp", frozenset({"my-number"}), date(2027, 3, 31)),
        TrustedName("city.yokohama.lg.jp"),
        TrustedName("city.fuchu.tokyo.jp"),
        TrustedName("keiri-center.co.jp"),
        TrustedName("tsuruya.co.jp"),
        TrustedName("kanda.co.jp"),
        TrustedName("chiyodashouji.co.jp"),
        TrustedName("modern-office.jp"),
        TrustedName("old-partner.or.jp", until=YESTERDAY),
    ],
    protected=["shiraume-u.ac.jp"],
    known_bad={"exp-mail.com": "exp.co.jp", "collector.com": ""},
)


def judged(domain: str, *, written: frozenset[str] = frozenset()) -> Recipient:
    return judge(f"aaabb@{domain}", DIRECTORY, today=TODAY, written=written)
