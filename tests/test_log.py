"""Whatever is logged, and however, no digit of a number reaches the line."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import re
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from gateway import log, masking
from gateway.model import Verdict
from tests.numbers import FULL_WIDTH, grouped, my_number

CANARY = my_number(611)
SPELLINGS = [
    CANARY,
    grouped(CANARY),
    grouped(CANARY, "\x00"),
    grouped(CANARY, "\r\n"),
    CANARY.translate(FULL_WIDTH),
    grouped(CANARY).translate(FULL_WIDTH),
]


@contextlib.contextmanager
def logging_to(style="json", level="debug"):
    """Lines as they are written, with everything put back afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.raiseExceptions)
    hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    stream = io.StringIO()
    log.configure(level, style, stream)
    try:
        yield stream
    finally:
        log.clear()
        structlog.reset_defaults()
        root.handlers[:], level_before, logging.raiseExceptions = before
        root.setLevel(level_before)
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


@pytest.fixture
def lines():
    with logging_to() as stream:
        yield stream


def digits_left(text: str) -> str:
    """The digits of a line without its timestamp and without sizes, as ASCII."""
    body = re.sub(r'"timestamp": "[^"]*"|^[-0-9T:.]+Z|<\d+ (bytes|items)>', "", text)
    return "".join(str(int(c)) for c in body if c.isdigit())


def event(stream: io.StringIO) -> dict:
    (line,) = stream.getvalue().splitlines()
    return json.loads(line)


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "wrap",
    [
        str,
        lambda s: {"a": {"b": [s]}},
        lambda s: {s: None},
        lambda s: (s, {s}),
        list,
        lambda s: s.encode(),
        lambda s: s.encode("utf-16"),
        lambda s: ValueError(s),
        lambda s: Path("var") / s.replace("\x00", "-"),
        lambda s: "x" * 490 + s * 60,
    ],
)
def test_a_number_in_any_value_is_not_written(style, spelling, wrap):
    with logging_to(style) as stream:
        structlog.get_logger("t").debug("seen", value=wrap(spelling))
    assert stream.getvalue().count("\n") == 1
    assert digits_left(stream.getvalue()) == ""


@pytest.mark.parametrize("value", [int(CANARY), float(CANARY), [int(c) for c in CANARY]])
def test_a_number_that_is_not_text_is_not_written(lines, value):
    structlog.get_logger().info("seen", value=value)
    assert digits_left(lines.getvalue()) == ""


def test_a_number_in_the_event_and_in_a_key_is_not_written(lines):
    structlog.get_logger().info(f"seen {CANARY}", **{CANARY: None})
    assert digits_left(lines.getvalue()) == ""


def test_a_number_bound_to_the_task_or_the_logger_is_not_written(lines):
    log.bind(subject=CANARY)
    structlog.get_logger().bind(name=CANARY).info("seen")
    assert digits_left(lines.getvalue()) == ""


def test_an_exception_is_told_by_its_types_and_our_frames_only(lines):
    try:
        try:
            masking.mask(int(CANARY))  # fails in a frame of ours
        except TypeError as error:
            raise ValueError(f"content {CANARY}") from error
    except ValueError:
        structlog.get_logger().exception("reading-failed")
    told = event(lines)
    assert told["error"] == "ValueError from TypeError"
    assert [re.sub(r":\d+$", "", frame) for frame in told["at"]] == ["gateway/masking.py"]
    assert "content" not in lines.getvalue()
    assert CANARY not in lines.getvalue()


def test_a_group_of_exceptions_names_its_members_types(lines):
    structlog.get_logger().error("failed", exc_info=ExceptionGroup(CANARY, [ValueError(CANARY)]))
    assert event(lines)["error"] == "ExceptionGroup[ValueError]"
    assert CANARY not in lines.getvalue()


def test_a_chain_of_causes_that_bites_its_tail_ends(lines):
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    structlog.get_logger().error("failed", exc_info=first)
    assert event(lines)["error"] == "ValueError from KeyError"


@pytest.mark.parametrize("level", [logging.DEBUG, 25, logging.ERROR, 70])
def test_a_librarys_record_loses_its_arguments(lines, level):
    logging.getLogger("some.library").log(level, "parsed %s of %r", CANARY, {"text": "secret"})
    told = event(lines)
    assert (told["event"], told["library"]) == ("parsed", "some.library")
    assert "secret" not in lines.getvalue()
    assert CANARY not in lines.getvalue()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_librarys_ready_made_text_is_masked(lines, spelling):
    logging.getLogger("some.library").warning(f"odd token {spelling} here")
    assert digits_left(lines.getvalue()) == ""


def test_a_librarys_exception_and_stack_lose_their_values(lines):
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("some.library").exception("failed", stack_info=True)
    assert event(lines)["error"] == "ValueError"
    assert CANARY not in lines.getvalue()


def test_a_record_that_is_no_text_is_told_as_an_event_of_the_library(lines):
    logging.getLogger("some.library").warning(ValueError(CANARY))
    assert event(lines)["event"] == "library-event"


def test_the_smtp_librarys_words_are_dropped_and_its_chatter_is_off(lines):
    logger = logging.getLogger("mail.log")
    logger.info("%r >> %r", "peer", "MAIL FROM:<secret>")
    logger.warning("secret words")
    assert event(lines)["event"] == "library-event"
    assert "secret" not in lines.getvalue()


async def test_a_task_that_fails_unseen_is_told_without_its_text(lines):
    lines.seek(0)
    lines.truncate()  # asyncio tells of its own start

    async def fail():
        raise ValueError(f"secret {CANARY}")

    task = asyncio.ensure_future(fail())
    await asyncio.wait([task])
    del task
    told = event(lines)
    assert told["event"] == "Task exception was never retrieved"
    assert told["error"] == "ValueError"
    assert "secret" not in lines.getvalue()


def test_an_uncaught_exception_is_told_without_its_text(lines, capfd):
    sys.excepthook(ValueError, ValueError(CANARY), None)
    assert event(lines)["event"] == "uncaught-exception"
    assert CANARY not in lines.getvalue() + "".join(capfd.readouterr())


def test_a_thread_that_dies_is_told_without_its_text(lines, capfd):
    thread = threading.Thread(target=int, args=("x" + CANARY,))
    thread.start()
    thread.join()
    assert event(lines)["error"] == "ValueError"
    assert CANARY not in lines.getvalue() + "".join(capfd.readouterr())


def test_an_exception_in_a_destructor_is_told_without_its_text(lines, capfd):
    class Fails:
        def __del__(self):
            raise ValueError(CANARY)

    Fails()
    assert event(lines)["event"] == "unraisable-exception"
    assert CANARY not in lines.getvalue() + "".join(capfd.readouterr())


def test_a_value_that_cannot_be_shown_is_told_by_its_type(lines):
    class Awkward:
        def __repr__(self):
            raise ValueError(CANARY)

    structlog.get_logger().info("seen", value=Awkward())
    assert event(lines)["value"] == "<Awkward>"


def test_a_line_that_cannot_be_written_does_not_stop_a_library():
    with logging_to() as stream:
        stream.close()
        logging.getLogger("some.library").error("the disk is full")


@pytest.mark.parametrize("style", ["json", "console"])
def test_control_characters_neither_forge_lines_nor_colour_the_terminal(style):
    with logging_to(style) as stream:
        structlog.get_logger().info("a\nb\u2028c", subject="x\r\nevent=forged\x1b[31m\u202e\ud800")
    assert len(stream.getvalue().splitlines()) == 1
    assert not set("\x1b\u202e\u2028\ud800") & set(stream.getvalue())


def test_values_that_are_ours_stay_legible(lines):
    log.bind(queue_id="kxdp-wmzr-tqhb")
    structlog.get_logger().warning(
        "mail-parked",
        client="192.168.100.200",
        next_hop="192.168.100.201:10026",
        verdict=Verdict.HOLD,
        size_bytes=52_428_800,
        seconds=0.123456789,
        expires=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
        places=["2 名簿.xlsx / Sheet1 / D2:D41"],
        again=False,
    )
    told = event(lines)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", told.pop("timestamp"))
    assert told == {
        "event": "mail-parked",
        "level": "warning",
        "queue_id": "kxdp-wmzr-tqhb",
        "client": "192.168.100.200",
        "next_hop": "192.168.100.201:10026",
        "verdict": "hold",
        "size_bytes": 52_428_800,
        "seconds": 0.123,
        "expires": "2026-11-21T09:30:00Z",
        "places": ["2 名簿.xlsx / Sheet1 / D2:D41"],
        "again": False,
    }


@pytest.mark.parametrize("key", ["client", "peer", "next_hop", "listen", "timestamp", "level"])
def test_a_name_of_ours_is_no_way_around_the_mask(lines, key):
    structlog.get_logger().info("seen", **{key: CANARY})
    assert CANARY not in lines.getvalue()


def test_what_was_bound_is_forgotten_when_cleared(lines):
    log.bind(queue_id="kxdp-wmzr-tqhb")
    log.clear()
    structlog.get_logger().info("seen")
    assert "queue_id" not in event(lines)


def test_lines_below_the_level_are_not_written():
    with logging_to(level="warning") as stream:
        structlog.get_logger().info("quiet")
        logging.getLogger("some.library").info("quiet")
        structlog.get_logger().warning("loud")
    assert event(stream)["event"] == "loud"


def test_an_unknown_level_is_refused():
    with pytest.raises(KeyError):
        log.configure("loud")


@given(
    st.recursive(
        st.text() | st.integers() | st.floats() | st.binary() | st.none() | st.booleans(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    )
)
def test_any_value_makes_one_line_that_a_machine_can_read(value):
    with logging_to() as stream:
        structlog.get_logger().info("seen", value=value)
    assert event(stream)["event"] == "seen"
    assert stream.getvalue().encode()
