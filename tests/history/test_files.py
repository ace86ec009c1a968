"""Logs and address books, as they lie on a mail server."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.errors import DataError, NotFoundError
from gateway.history import files, gather
from gateway.history.postfix import Delivery, deliveries

SENDER = "tanto@city.example.lg.jp"


def lines(to: str, day: str = "Nov 21", queue_id: str = "4XyZab", status: str = "sent") -> str:
    head = f"{day} 10:00:00 mx1 postfix"
    return (
        f"{head}/qmgr[11]: {queue_id}: from=<{SENDER}>, size=4711, nrcpt=1 (queue active)\n"
        f"{head}/smtp[12]: {queue_id}: to=<{to}>, relay=mx.exp.co.jp[192.0.2.1]:25, delay=0.5, "
        f"delays=0.1/0/0.2/0.2, dsn=2.0.0, status={status} (250 2.0.0 Ok: queued as 4ABC)\n"
        f"{head}/qmgr[11]: {queue_id}: removed\n"
    )


def read(text: str, newest: date = date(2026, 11, 21)) -> list[Delivery]:
    return list(deliveries(text.splitlines(), newest))


def test_a_delivery_has_its_sender_by_the_queue_id() -> None:
    assert read(lines("sato@exp.co.jp")) == [
        Delivery(SENDER, "sato@exp.co.jp", date(2026, 11, 21), True)
    ]


def test_mails_that_interleave_keep_their_own_senders() -> None:
    one, two = lines("a@x.example", queue_id="4AAAAA"), lines("b@y.example", queue_id="4BBBBB")
    two = two.replace(SENDER, "other@city.example.lg.jp")
    mixed = [
        *one.splitlines()[:1],
        *two.splitlines()[:1],
        *one.splitlines()[1:],
        *two.splitlines()[1:],
    ]
    found = {d.recipient: d.sender for d in deliveries(mixed, date(2026, 11, 21))}
    assert found == {"a@x.example": SENDER, "b@y.example": "other@city.example.lg.jp"}


@pytest.mark.parametrize(
    ("stamp", "day"),
    [
        ("Nov 21", date(2026, 11, 21)),
        ("Nov  1", date(2026, 11, 1)),
        ("Dec 31", date(2025, 12, 31)),  # a log that begins last year
    ],
)
def test_the_year_is_worked_out_from_the_newest_day(stamp: str, day: date) -> None:
    assert [d.day for d in read(lines("a@exp.co.jp", stamp))] == [day]


def test_stamps_with_a_year_are_read_as_they_are() -> None:
    text = lines("a@exp.co.jp").replace("Nov 21 10:00:00", "2024-02-29T10:00:00.123456+09:00")
    assert [d.day for d in read(text)] == [date(2024, 2, 29)]


@pytest.mark.parametrize(("status", "count"), [("deferred", 0), ("bounced", 1), ("sent", 1)])
def test_only_what_ended_counts(status: str, count: int) -> None:
    found = read(lines("a@exp.co.jp", status=status))
    assert len(found) == count
    assert all(d.sent is (status == "sent") for d in found)


@pytest.mark.parametrize("relay", ["127.0.0.1[127.0.0.1]:10024", "localhost[::1]:10025"])
def test_mail_that_goes_to_a_filter_here_is_counted_when_it_leaves(relay: str) -> None:
    assert read(lines("a@exp.co.jp").replace("mx.exp.co.jp[192.0.2.1]:25", relay)) == []


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Nov 21 10:00:00 mx1 sshd[1]: 4XyZab: to=<a@exp.co.jp>, relay=x[1.2.3.4]:25, status=sent",
        "Nov 21 10:00:00 mx1 postfix/smtp[1]: connect to exp.co.jp[192.0.2.1]:25: timed out",
        "Feb 30 10:00:00 mx1 postfix/smtp[1]: 4XyZab: to=<a@b.jp>, relay=x[1.2.3.4]:25, status=sent",
        "Xyz 21 10:00:00 mx1 postfix/smtp[1]: 4XyZab: to=<a@b.jp>, relay=x[1.2.3.4]:25, status=sent",
        "Nov 21 10:00:00 mx1 postfix/smtp[1]: 4XyZab: to=<>, relay=none, status=bounced (x)",
    ],
)
def test_whatever_is_no_delivery_is_passed_over(line: str) -> None:
    assert read(line) == []


def test_of_endless_queue_ids_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.history.postfix.QUEUE_IDS", 2)
    starts = [lines("a@x.jp", queue_id=f"4AAAA{n}").splitlines()[0] for n in range(5)]
    end = lines("a@x.jp", queue_id="4AAAA0").splitlines()[1]
    (found,) = deliveries([*starts, end], date(2026, 11, 21))
    assert found.sender == ""


def test_a_hostile_line_takes_no_time() -> None:
    evil = "Nov 21 10:00:00 mx1 postfix/smtp[1]: 4XyZab: to=<" + "a" * 4000 + ", relay=" * 500
    began = time.perf_counter()
    assert read("\n".join([evil] * 500)) == []
    assert time.perf_counter() - began < 2


# ------------------------------------------------------------------ files


def put(path: Path, content: bytes, day: date = date(2026, 11, 21)) -> Path:
    path.write_bytes(content)
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()
    os.utime(path, (at, at))
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_log_is_read_packed_or_not(tmp_path: Path, pack: object) -> None:
    text = lines("Sato@EXP.co.jp", "Oct 31") + lines("sato@exp.co.jp") + lines("sato@exp.co.jp")
    found = gather([put(tmp_path / "mail.log.2.gz", pack(text.encode()))])  # type: ignore[operator]
    assert [(s.address, s.sender, s.month, s.sent) for s in found.sent()] == [
        ("sato@exp.co.jp", SENDER, "2026-10", 1),
        ("sato@exp.co.jp", SENDER, "2026-11", 2),
    ]
    assert found.mails == 3


def test_a_month_that_two_rotated_files_share_is_added_up(tmp_path: Path) -> None:
    paths = [
        put(tmp_path / f"mail.log.{n}", lines("a@exp.co.jp", f"Nov {day}").encode())
        for n, day in enumerate(("21", "14"))
    ]
    (row,) = gather(paths).sent()
    assert (row.sent, row.first_on, row.last_on) == (2, date(2026, 11, 14), date(2026, 11, 21))


def test_a_bounce_is_counted_beside_what_was_sent(tmp_path: Path) -> None:
    text = lines("a@exp.co.jp") + lines("a@exp.co.jp", status="bounced")
    (row,) = gather([put(tmp_path / "mail.log", text.encode())]).sent()
    assert (row.sent, row.bounced) == (1, 1)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_an_address_book_lists_its_addresses(tmp_path: Path, encoding: str) -> None:
    book = '名前,メール\r\n佐藤,"Sato@exp.co.jp"\r\n鈴木,suzuki@exp.co.jp;s2@exp.co.jp\r\n無し,\r\n'
    found = gather([put(tmp_path / "book.csv", book.encode(encoding))])
    assert {s.address for s in found.sent()} == {
        "sato@exp.co.jp",
        "suzuki@exp.co.jp",
        "s2@exp.co.jp",
    }
    assert {s.sent for s in found.sent()} == {0}
    assert found.listed == 3


def test_what_is_no_address_is_counted_as_passed_over(tmp_path: Path) -> None:
    found = gather([put(tmp_path / "book.csv", b"a@exp.co.jp\nb@exp..jp\nc@[192.0.2.1]\n")])
    assert (len(found.rows), found.skipped) == (1, 1)


def test_a_file_that_is_not_there_or_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        gather([tmp_path / "nowhere"])
    cut = gzip.compress(lines("a@exp.co.jp").encode() * 100)[:-20]
    with pytest.raises(DataError, match="damaged"):
        gather([put(tmp_path / "mail.log.1.gz", cut)])


def test_more_rows_than_memory_is_meant_for_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ROWS", 3)
    book = "\n".join(f"a{n}@exp.co.jp" for n in range(5)).encode()
    with pytest.raises(DataError, match="more than 3"):
        gather([put(tmp_path / "book.csv", book)])


def test_an_endless_line_is_read_in_pieces(tmp_path: Path) -> None:
    log = (
        lines("a@exp.co.jp").encode() * 2000
        + b"x" * 5_000_000
        + b"\n"
        + lines("b@exp.co.jp").encode()
    )
    found = gather([put(tmp_path / "mail.log", log)])
    assert {s.local: s.sent for s in found.sent()} == {"a": 2000, "b": 1}
