"""What deploy/ installs: the unit is sound, and the Postfix recipes do what they say."""

from __future__ import annotations

import asyncio
import configparser
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from gateway.errors import EX_CONFIG, EX_USAGE
from gateway.supervisor import DRAIN_S
from tests.house import OWN, House, free_port, mail
from tests.numbers import my_number, my_numbers
from tests.wire import postfix
from tests.wire.next_hop import ScriptedNextHop
from tests.wire.postfix import Postfix, until
from tests.wire.transcript import Wire

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "sekisho.service"
RECIPES = sorted((DEPLOY / "postfix").iterdir())
CONFIG = tomllib.loads((ROOT / "config.example.toml").read_text(encoding="utf-8"))


# ------------------------------------------------------------------ the unit


@pytest.fixture(scope="module")
def service() -> configparser.SectionProxy:
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's keys have case
    unit.read_string(UNIT.read_text(encoding="utf-8"))
    return unit["Service"]


def test_the_unit_does_not_retry_what_will_fail_again(service: configparser.SectionProxy) -> None:
    assert service["RestartPreventExitStatus"].split() == [str(EX_USAGE), str(EX_CONFIG)]


def test_the_unit_waits_longer_than_a_drain_takes(service: configparser.SectionProxy) -> None:
    assert int(service["TimeoutStopSec"]) > DRAIN_S


def test_the_unit_stops_the_first_process_and_lets_it_stop_the_others(
    service: configparser.SectionProxy,
) -> None:
    assert service["KillMode"] == "mixed"


def test_the_unit_has_room_for_two_sockets_a_connection(service: configparser.SectionProxy) -> None:
    assert int(service["LimitNOFILE"]) > 2 * CONFIG["limits"]["connections"] + 500


def test_the_unit_leaves_no_core_and_no_privilege(service: configparser.SectionProxy) -> None:
    assert service["LimitCORE"] == "0"
    assert service["CapabilityBoundingSet"] == ""
    assert service["NoNewPrivileges"] == "yes"


def test_systemd_finds_nothing_wrong_with_the_unit(
    tmp_path: Path, require: Callable[[bool, str], None]
) -> None:
    require(shutil.which("systemd-analyze") is not None, "systemd-analyze (package systemd)")
    here = UNIT.read_text(encoding="utf-8").replace(
        "/opt/sekisho/.venv/bin/sekisho", sys.executable
    )
    unit = tmp_path / UNIT.name
    unit.write_text(here, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    complaints = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert complaints == []


# ------------------------------------------------------------------ the recipes, as text


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.name)
def test_a_recipe_names_the_ports_of_the_example(path: Path) -> None:
    ports = set(re.findall(r"127\.0\.0\.1\]?:(\d+)", path.read_text(encoding="utf-8")))
    (listen,) = CONFIG["smtp"]["listen"]
    known = {listen.rpartition(":")[2], CONFIG["smtp"]["next_hop"].rpartition(":")[2]}
    assert listen.rpartition(":")[2] in ports
    assert ports <= known


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.name)
def test_the_guide_points_to_the_recipe(path: Path) -> None:
    assert f"postfix/{path.name}" in (DEPLOY / "README.md").read_text(encoding="utf-8")


# ------------------------------------------------------------------ the recipes, in a Postfix


@pytest.fixture
async def next_hop() -> AsyncIterator[ScriptedNextHop]:
    hop = await ScriptedNextHop().start()
    yield hop
    await hop.stop()


@pytest.fixture
def postfix_root(require: Callable[[bool, str], None]) -> Iterator[Path]:
    require(postfix.usable(), "Postfix (Debian package postfix) and root to run it")
    root = Path(tempfile.mkdtemp(prefix="sekisho-recipe-", dir="/tmp"))
    root.chmod(0o755)
    yield root
    shutil.rmtree(root, ignore_errors=True)


def recipe(name: str, *, submission: int, gateway: int, back: int) -> str:
    """A recipe's lines with the test's ports in the place of the example's."""
    said = (DEPLOY / "postfix" / name).read_text(encoding="utf-8")
    for port, ours in (("10025", gateway), ("10026", back)):
        said = said.replace(port, str(ours))
    said = re.sub(r"^submission", f"127.0.0.1:{submission}", said, flags=re.MULTILINE)
    return re.sub(r"^(127.*inet|pickup.*unix)( +\S+ +\S+ +)y ", r"\1\2n ", said, flags=re.MULTILINE)


async def submit(port: int, content: bytes, to: str) -> str:
    """Send as a mail program does; the last reply, whatever it is."""
    wire = await Wire.connect(port)
    try:
        return await wire.play(
            f"S: 220 *\nC: EHLO pc.{OWN}\nS: 250 *\nC: MAIL FROM:<tanto@{OWN}>\nS: 250 *\n"
            f"C: RCPT TO:<{to}>\nS: 250 *\nC: DATA\nS: 354 *\nC@ mail\nS: *\n",
            mail=content,
        )
    finally:
        await wire.close()


def clean() -> bytes:
    return mail("打合せは火曜日です。\r\n")


def holding() -> bytes:
    return mail(f"個人番号: {my_number(21)}\r\n")


def listing() -> bytes:
    return mail("個人番号\r\n" + "\r\n".join(my_numbers(22, 5)) + "\r\n")


@pytest.mark.parametrize("name", ["content-filter.master.cf", "proxy-filter.master.cf"])
async def test_a_recipe_takes_mail_through_the_gateway_and_back_into_postfix(
    tmp_path: Path, next_hop: ScriptedNextHop, postfix_root: Path, name: str
) -> None:
    """pc → Postfix → gateway → the same Postfix → the world."""
    world, back, door = next_hop, free_port(), free_port()
    house = await House(tmp_path, ScriptedNextHop(port=back)).start()
    lines = recipe(name, submission=door, gateway=house.port, back=back)
    mta = Postfix(postfix_root, "mta", free_port(), world.port, services=lines).start()
    try:
        assert house.app is not None
        assert (await submit(door, clean(), "sato@exp.co.jp")).startswith("250")
        await until(lambda: world.taken, "the clean mail outside")
        assert world.taken[0].rcpt_tos == ["sato@exp.co.jp"]

        assert (await submit(door, holding(), "x@stranger.example.com")).startswith("250")
        async with asyncio.timeout(20):
            while not (held := await house.app.store.holds()):  # noqa: ASYNC110 - Postfix hands it on in its own time
                await asyncio.sleep(0.05)
        assert [h.my_numbers for h in held] == [1]

        reply = await submit(door, listing(), "aaabb@exp.com")
        if name.startswith("proxy"):
            assert reply.startswith("550 5.7.1 Blocked by policy rule")
        else:
            assert reply.startswith("250")
            await until(lambda: "did you mean exp.co.jp" in mta.log(), "the block's reason")
        assert not any("exp.com" in r for t in world.taken for r in t.rcpt_tos)
    finally:
        mta.stop()
        await house.stop()


async def test_the_relayhost_chain_leads_through_the_gateway(
    tmp_path: Path, next_hop: ScriptedNextHop, postfix_root: Path
) -> None:
    """Also where TLS is compulsory for everything else."""
    house = await House(tmp_path, next_hop).start()
    lines = recipe("relayhost-chain.main.cf", submission=0, gateway=house.port, back=0)
    more = f"smtp_tls_security_level = encrypt\n{lines}"
    mta = Postfix(postfix_root, "mta", free_port(), 9, more=more).start()
    try:
        assert (await submit(mta.port, clean(), "sato@exp.co.jp")).startswith("250")
        await until(lambda: next_hop.taken, "the clean mail outside")
    finally:
        mta.stop()
        await house.stop()
