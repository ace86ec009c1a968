"""A real Postfix in front of the gateway and one behind it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house import OWN, House, free_port, mail
from tests.numbers import my_number, my_numbers
from tests.wire import postfix
from tests.wire.next_hop import ScriptedNextHop
from tests.wire.postfix import Postfix, until
from tests.wire.transcript import Wire


@pytest.fixture
def postfix_root(require: Callable[[bool, str], None]) -> Iterator[Path]:
    require(postfix.usable(), "Postfix (Debian package postfix) and root to run it")
    root = Path(tempfile.mkdtemp(prefix="sekisho-postfix-", dir="/tmp"))
    root.chmod(0o755)
    yield root
    shutil.rmtree(root, ignore_errors=True)


async def _send(port: int, content: bytes, *to: str, sender: str = f"tanto@{OWN}") -> str:
    wire = await Wire.connect(port)
    rcpts = "".join(f"C: RCPT TO:<{a}>\nS: 250 *\n" for a in to)
    try:
        return await wire.play(
            f"S: 220 *\nC: EHLO pc.{OWN}\nS: 250 *\nC: MAIL FROM:<{sender}>\nS: 250 *\n"
            f"{rcpts}C: DATA\nS: 354 *\nC@ mail\nS: *\n",
            mail=content,
        )
    finally:
        await wire.close()


async def test_mail_goes_from_postfix_through_the_gateway_to_postfix(
    tmp_path: Path, next_hop: ScriptedNextHop, postfix_root: Path
) -> None:
    """pc → Postfix → gateway → Postfix → the world: relayed, held and blocked, as it should."""
    sink = next_hop  # the world, behind the second Postfix
    behind = Postfix(postfix_root / "behind", "behind", free_port(), sink.port).start()
    hop = ScriptedNextHop(port=behind.port)  # only the port is asked for: the real one listens
    house = await House(tmp_path, hop).start()
    before = Postfix(postfix_root / "before", "before", free_port(), house.port).start()
    try:
        assert house.app is not None
        clean = mail("打合せは火曜日です。\r\n")
        assert (await _send(before.port, clean, "sato@exp.co.jp")).startswith("250")
        await until(lambda: sink.taken, "the clean mail behind both")
        assert sink.taken[0].rcpt_tos == ["sato@exp.co.jp"]
        assert sink.taken[0].content.endswith(clean[clean.index(b"From:") :])

        held = mail(f"個人番号: {my_number(11)}\r\n")
        assert (await _send(before.port, held, "x@stranger.example.com")).startswith("250")
        await until(lambda: "Accepted, held for review" in before.log(), "the hold's answer")
        (hold,) = await house.app.store.holds()
        assert hold.my_numbers == 1

        rows = "\r\n".join(my_numbers(12, 5))
        blocked = mail(f"個人番号\r\n{rows}\r\n")
        assert (await _send(before.port, blocked, "aaabb@exp.com")).startswith("250")
        await until(lambda: "did you mean exp.co.jp" in before.log(), "the block's reason")
        await until(lambda: "status=bounced" in before.log(), "the bounce of the blocked mail")
        assert not any("exp.com" in r for t in sink.taken for r in t.rcpt_tos)
    finally:
        before.stop()
        behind.stop()
        await house.stop()
