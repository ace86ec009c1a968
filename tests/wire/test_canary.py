"""Law 4: a number goes through every path, and is found nowhere outside the sealed mail."""

from __future__ import annotations

import asyncio
import base64
import io
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.desk import Actor
from tests.house import OWN, House, mail
from tests.numbers import FULL_WIDTH, grouped, my_number
from tests.wire.next_hop import ScriptedNextHop

NUMBER = my_number(20261121)


def shapes(number: str) -> Iterator[bytes]:
    """Every form in which a leak could stand."""
    for text in (number, grouped(number), grouped(number, " "), number.translate(FULL_WIDTH)):
        for codec in ("utf-8", "utf-16-le", "utf-16-be", "cp932"):
            yield text.encode(codec)
        yield text.encode("unicode_escape")
    raw = number.encode()
    for shift in range(3):
        coded = base64.b64encode(b"x" * shift + raw)
        yield coded[4 if shift else 0 : -4]


def leaks(dump: bytes) -> list[bytes]:
    return [shape for shape in shapes(NUMBER) if shape in dump]


@pytest.fixture
async def house(tmp_path: Path, next_hop: ScriptedNextHop) -> AsyncIterator[House]:
    house = await House(tmp_path, next_hop, config='[log]\nlevel = "debug"\n').start()
    yield house
    await house.stop()


def canary_mail() -> bytes:
    """The number in every place of a mail that could be copied from."""
    sheet = f"氏名,個人番号\r\n見本 一郎,{NUMBER}\r\n".encode("cp932")
    content = mail(
        f"個人番号 {grouped(NUMBER)}\r\n{NUMBER.translate(FULL_WIDTH)}\r\n",
        sender=f'"{NUMBER}" <tanto@{OWN}>',
        subject=f"個人番号 {NUMBER} について",
        attachments=((f"{NUMBER}.csv", sheet), ("odd.txt", b"x\r\n")),
    )
    coded = base64.b64encode(NUMBER.encode()).decode()
    odd = f"X-{NUMBER}: {NUMBER}\r\nThread-Index: {coded}\r\nMessage-ID: <{NUMBER}@{NUMBER}>"
    content = content.replace(b"Message-ID: <test@city.example.lg.jp>", odd.encode(), 1)
    declared = f"Content-Type: text/x-{NUMBER}; charset=x{NUMBER}; name=odd.txt"
    last = content.rindex(b"Content-Type:")
    end = content.index(b"\r\n", last)
    return content[:last] + declared.encode() + content[end:]


async def test_the_number_is_found_nowhere_outside_the_sealed_mail(
    house: House,
    next_hop: ScriptedNextHop,
    lines: io.StringIO,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert house.app is not None
    content = canary_mail()
    replies = [
        await house.send(content, f"soumu@{OWN}"),  # allow
        await house.send(content, f"{NUMBER}@stranger.example.com"),  # hold
        await house.send(content, f"{NUMBER}@exp.com"),  # block
        await house.send(  # warn
            mail(subject=NUMBER, attachments=((f"{NUMBER[:6]}.txt", b"hello\r\n"),)),
            "new@stranger.example.com",
        ),
        await house.send(content, f"x@{NUMBER}.example.com"),
        await house.send(content, "sato@exp.co.jp", sender=f"{NUMBER}@{OWN}"),
    ]
    assert [r[:3] for r in replies] == ["250", "250", "550", "250", "250", "250"]

    async def crash(*_: object) -> None:
        raise RuntimeError(f"while reading {NUMBER}")

    with monkeypatch.context() as broken:
        broken.setattr(house.app.pipeline, "inspect", crash)
        replies.append(await house.send(content, f"{NUMBER}@stranger.example.com"))
    next_hop.answers["RCPT"] = f"550 5.1.1 {NUMBER} unknown"
    await house.play(
        f"S: 220 *\nC: EHLO {NUMBER}\nS: 250 *\nC: MAIL FROM:<{NUMBER}@{OWN}>\nS: 250 *\n"
        f"C: RCPT TO:<{NUMBER}@exp.co.jp>\nS: 550 *\nC: NONSENSE {NUMBER}\nS: 500 *\n"
        f"C: MAIL FROM:<{NUMBER}\nS: 503 *"
    )
    next_hop.answers.clear()

    outbound = await house.outbound()
    try:
        next_hop.taken.clear()
        await outbound.worker.round()
        notices = list(next_hop.taken)
        for hold in await outbound.store.holds():
            await outbound.desk.reject(hold.hold_id, Actor("os:anna"), f"contains {NUMBER}")
        next_hop.answers["."] = f"554 5.6.0 {NUMBER}"
        await outbound.worker.round()
        next_hop.answers.clear()
        assert await outbound.store.audit_verify() == []
    finally:
        await outbound.stop()
    metrics = await _get(f"http://{house.app.config.health.listen}/metrics")
    await house.stop()

    places = {
        "replies": "\n".join(replies).encode(),
        "logs": lines.getvalue().encode(),
        "metrics": metrics,
        "notices": b"".join(n.content for n in notices),
        **_files(tmp_path),
    }
    assert leaks(content)  # the search itself finds what there is to find
    assert len(notices) >= 3
    assert "mail not taken" in lines.getvalue()
    assert any(name.endswith("sekisho.db") for name in places)
    assert {name: found for name, dump in places.items() if (found := leaks(dump))} == {}


def _files(directory: Path) -> dict[str, bytes]:
    return {str(f): f.read_bytes() for f in directory.rglob("*") if f.is_file()}


async def _get(url: str) -> bytes:
    def fetch() -> bytes:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read()

    return await asyncio.to_thread(fetch)
