"""A mail ends at CRLF.CRLF and nowhere else, however its bytes arrive."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbound.client import dot_stuffed
from gateway.smtp.reader import BARE_CONTROL, TOO_BIG, ContentError, read_mail


async def taken(wire: bytes, *, limit: int = 10_000, pieces: int = 0) -> tuple[bytes, bytes]:
    """The content read from ``wire`` and what is left on the stream."""
    reader = asyncio.StreamReader()
    if pieces:

        async def feed() -> None:
            for start in range(0, len(wire), pieces):
                reader.feed_data(wire[start : start + pieces])
                await asyncio.sleep(0)

        task = asyncio.create_task(feed())
        content = await read_mail(reader, limit, 5)
        await task
    else:
        reader.feed_data(wire)
        content = await read_mail(reader, limit, 5)
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
        await read_mail(reader, 10_000, 5)
    assert caught.value.reply == BARE_CONTROL
    assert await reader.read() == b"NOOP\r\n"


async def test_a_mail_over_the_limit_is_read_away_and_refused() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"x" * 5000 + b"\r\n.\r\nNOOP\r\n")
    reader.feed_eof()
    with pytest.raises(ContentError) as caught:
        await read_mail(reader, 1000, 5)
    assert caught.value.reply == TOO_BIG
    assert await reader.read() == b"NOOP\r\n"


async def test_a_stalled_client_is_given_up() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"half a mail\r\n")
    with pytest.raises(TimeoutError):
        await read_mail(reader, 1000, 0.01)


@given(
    st.lists(st.sampled_from([b"", b".", b"..", b"a", b".a", b"a."]), max_size=8), st.integers(1, 9)
)
def test_stuffing_and_reading_give_the_same_bytes(lines: list[bytes], pieces: int) -> None:
    content = b"".join(line + b"\r\n" for line in lines)
    assert asyncio.run(taken(dot_stuffed(content), pieces=pieces)) == (content, b"")
