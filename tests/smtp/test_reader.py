"""A mail ends at CRLF.CRLF and nowhere else, however its bytes arrive."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbound.content import dot_stuffed
from gateway.smtp.reader import ContentError, ContentRules, read_mail
from gateway.smtp.replies import BARE_CONTROL, LONG_LINE, NO_ROOM, TOO_BIG

RULES = ContentRules(10_000)


async def taken(
    wire: bytes, rules: ContentRules = RULES, *, pieces: int = 0
) -> tuple[bytes, bytes]:
    """The content read from ``wire`` and what is left on the stream."""
    reader = asyncio.StreamReader()
    if pieces:

        async def feed() -> None:
            for start in range(0, len(wire), pieces):
                reader.feed_data(wire[start : start + pieces])
                await asyncio.sleep(0)

        task = asyncio.create_task(feed())
        content = await read_mail(reader, rules)
        await task
    else:
        reader.feed_data(wire)
        content = await read_mail(reader, rules)
    reader.feed_eof()
    return content, await reader.read()


async def test_dots_are_unstuffed() -> None:
    content, rest = await taken(b"..\r\na\r\n...b\r\n.\r\n")
    assert content == b".\r\na\r\n..b\r\n"
    assert rest == b""


async def test_an_empty_mail_is_empty() -> None:
    assert await taken(b".\r\n") == (b"", b"")


async def test_what_was_pipelined_behind_the_mail_stays_on_the_stream() -> None:
    assert await taken(b"hi\r\n.\r\nQUIT\r\n") == (b"hi\r\n", b"QUIT\r\n")


@pytest.mark.parametrize("pieces", [1, 2, 3, 4, 5, 7])
async def test_a_terminator_cut_into_pieces_is_one(pieces: int) -> None:
    assert (await taken(b"a\r\n..\r\nb\r\n.\r\n", pieces=pieces))[0] == b"a\r\n.\r\nb\r\n"


SMUGGLED = [
    b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n", b"\r\n\x00.\r\n",
    b"\r\n.\r\r\n", b"\r\r\n.\r\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\n.\x00\r\n",
    b"\r\n\x00.\x00\r\n", b"\n\n.\r\n",
]  # fmt: skip


@pytest.mark.parametrize("sequence", SMUGGLED)
async def test_a_false_terminator_ends_nothing_and_the_mail_is_refused(sequence: bytes) -> None:
    wire = b"hi" + sequence + b"MAIL FROM:<evil@x>\r\n.\r\nNOOP\r\n"
    reader = asyncio.StreamReader()
    reader.feed_data(wire)
    reader.feed_eof()
    with pytest.raises(ContentError) as caught:
        await read_mail(reader, RULES)
    assert caught.value.reply == BARE_CONTROL
    assert await reader.read() == b"NOOP\r\n"


async def test_a_mail_over_the_limit_is_read_away_and_refused() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"x" * 5000 + b"\r\n.\r\nNOOP\r\n")
    reader.feed_eof()
    with pytest.raises(ContentError) as caught:
        await read_mail(reader, ContentRules(1000))
    assert caught.value.reply == TOO_BIG
    assert await reader.read() == b"NOOP\r\n"


async def test_a_mail_that_finds_no_room_is_read_away_and_refused_for_now() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"x" * 5000 + b"\r\n.\r\nNOOP\r\n")
    reader.feed_eof()
    told: list[tuple[int, bool]] = []
    with pytest.raises(ContentError) as caught:
        await read_mail(reader, RULES, lambda size, kept: bool(told.append((size, kept))))
    assert caught.value.reply == NO_ROOM
    assert await reader.read() == b"NOOP\r\n"
    assert told == [(5011, True)]


@pytest.mark.parametrize(
    ("wire", "content"),
    [
        (b"a\nb\r\n.\r\n", b"a\r\nb\r\n"),
        (b"a\rb\r\n.\r\n", b"a\r\nb\r\n"),
        (b"a\r\r\nb\r\n.\r\n", b"a\r\n\r\nb\r\n"),
        (b"a\n\rb\r\n.\r\n", b"a\r\n\r\nb\r\n"),
        (b"\n..\r\n.\r\n", b"\r\n.\r\n"),
    ],
)
async def test_line_ends_are_made_whole_where_that_is_wished(wire: bytes, content: bytes) -> None:
    assert (await taken(wire, ContentRules(100, normalise=True)))[0] == content


async def test_a_nul_is_refused_even_then() -> None:
    with pytest.raises(ContentError) as caught:
        await taken(b"a\x00b\r\n.\r\n", ContentRules(100, normalise=True))
    assert caught.value.reply == BARE_CONTROL


async def test_a_mail_that_outgrows_the_limit_by_normalising_is_too_big() -> None:
    with pytest.raises(ContentError) as caught:
        await taken(b"\n" * 90 + b"\r\n.\r\n", ContentRules(100, normalise=True))
    assert caught.value.reply == TOO_BIG


@pytest.mark.parametrize("octets", [998, 999, 1000, 9000])
async def test_a_long_line_is_taken_as_it_is_or_refused(octets: int) -> None:
    wire = b"x" * octets + b"\r\n.\r\n"
    assert (await taken(wire))[0] == wire[:-3]
    strict = ContentRules(10_000, long_lines=False)
    if octets <= 998:
        assert (await taken(wire, strict))[0] == wire[:-3]
        return
    with pytest.raises(ContentError) as caught:
        await taken(wire, strict)
    assert caught.value.reply == LONG_LINE


@given(
    st.lists(st.sampled_from([b"", b".", b"..", b"a", b".a", b"a."]), max_size=8), st.integers(1, 9)
)
def test_stuffing_and_reading_give_the_same_bytes(lines: list[bytes], pieces: int) -> None:
    content = b"".join(line + b"\r\n" for line in lines)
    assert asyncio.run(taken(dot_stuffed(content), pieces=pieces)) == (content, b"")
