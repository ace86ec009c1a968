"""``python -m tests.bench wire [SECONDS [ROUNDS]]``: the served gateway against a pass-through.

Both in the same run, on the same machine, with the same load and next hop: ten sessions that
keep their connections send a clean mail each after the other. The gateway is served as in
production (`sekisho serve`, everything on, one gateway process, SQLite with full fsync).
The pass-through is aiosmtpd with aiosmtplib, uninspected, in two forms: on asyncio's own event
loop, as both come (``stock``: the bars are held to this one), and on uvloop, as the gateway is.
Load and next hop take cores from all of them alike: some 0.03 ms of processor time a mail of
4 KB and 1 ms a mail of 1 MB. CPU is that of the whole process tree, its workers included; only
ratios within one run count, and only on a machine with two cores to spare.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.mails import SIZES, mail

SESSIONS = 10
BARS = {"4k": 2.0, "1m": 3.0}  # times the stock pass-through's rate
STARTS_S = 120  # how long a process may take to come up
_TICKS = os.sysconf("SC_CLK_TCK")
_CONFIG = """
[smtp]
listen = ["127.0.0.1:{port}"]
next_hop = "127.0.0.1:{next_hop}"
hostname = "gateway.city.example.lg.jp"
[health]
listen = "127.0.0.1:{health}"
[console]
listen = "127.0.0.1:{console}"
[dns]
enabled = false
[organisation]
domains = ["city.example.lg.jp"]
[policy]
path = "policies"
[log]
format = "json"
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def tree(root: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_s(root: int) -> float:
    """Seconds of processor time that the tree has used, ended children included."""
    ticks = 0
    for pid in tree(root):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS


@contextlib.contextmanager
def running(*words: str, port: int, log: Path) -> Iterator[int]:
    """A process that listens on ``port``; its id."""
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", *words], stdout=out, stderr=out)
    try:
        end = time.monotonic() + STARTS_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if time.monotonic() > end or process.poll() is not None:
                raise SystemExit(f"{words[0]} does not come up:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        time.sleep(0.5)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(90)


def measure(pid: int, port: int, file: Path, seconds: float) -> dict[str, float]:
    before = cpu_s(pid)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.bench.load",
            str(port),
            str(file),
            str(SESSIONS),
            str(seconds),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    found: dict[str, float] = json.loads(done.stdout)
    found["rate"] = found["mails"] / found["seconds"]
    found["cpu_ms"] = (cpu_s(pid) - before) * 1000 / found["mails"]
    return found


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    root = Path(tempfile.mkdtemp(prefix="sekisho-bench-"))
    try:
        _compare(root, seconds, rounds)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _compare(root: Path, seconds: float, rounds: int) -> None:
    sink, stock, fast, port = free_port(), free_port(), free_port(), free_port()
    shutil.copytree("policies", root / "policies")
    config = root / "config.toml"
    config.write_text(
        _CONFIG.format(port=port, next_hop=sink, health=free_port(), console=free_port())
    )
    for size in SIZES:
        (root / size).write_bytes(mail(size))
    serve = ("gateway", "serve", "-c", str(config))
    passing = ("tests.bench.passthrough", str(stock), str(sink))
    faster = ("tests.bench.passthrough", str(fast), str(sink), "uvloop")
    with (
        running("tests.bench.sink", str(sink), port=sink, log=root / "sink.log"),
        running(*passing, port=stock, log=root / "stock.log") as s,
        running(*faster, port=fast, log=root / "uvloop.log") as u,
        running(*serve, port=port, log=root / "gateway.log") as g,
    ):
        ways = {"stock": (s, stock), "uvloop": (u, fast), "sekisho": (g, port)}
        print("the first mail to a new partner may be asked back, so one goes ahead unmeasured")
        for size in SIZES:
            for pid, at in ways.values():
                measure(pid, at, root / size, 0.5)
        for size in SIZES:
            found = [
                {name: measure(*way, root / size, seconds) for name, way in ways.items()}
                for _ in range(rounds)
            ]
            _tell(size, found)


def _tell(size: str, rounds: list[dict[str, dict[str, float]]]) -> None:
    for name in rounds[0]:
        rows = [found[name] for found in rounds]
        middle = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        print(
            f"{size:>5} {name:<8} {middle['rate']:8.1f} mails/s  {middle['cpu_ms']:7.3f} ms CPU"
            f"  p50 {middle['p50_ms']:7.2f} ms  p99 {middle['p99_ms']:7.2f} ms"
        )
    for name in ("stock", "uvloop"):
        pairs = [(found[name], found["sekisho"]) for found in rounds]
        ratio = statistics.median(b["rate"] / a["rate"] for a, b in pairs)
        cpu = statistics.median(a["cpu_ms"] / b["cpu_ms"] for a, b in pairs)
        bar = BARS.get(size) if name == "stock" else None
        verdict = "" if bar is None else f"  (bar {bar}: {'met' if ratio >= bar else 'MISSED'})"
        print(f"{size:>5} rate × {ratio:.2f} of {name}, CPU a mail ÷ {cpu:.2f}{verdict}")


if __name__ == "__main__":
    main()
