"""Runs the demonstration, step by step, and tells it.

Everything is the real thing: ``serve`` in processes of its own, mails over SMTP, the desk's
release, the outbound worker's delivery. Only the next hop is a sink of ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import signal
import smtplib
import socket
import sys
import tempfile
import textwrap
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import click

from gateway.app import open_desk, open_store
from gateway.config import Config, load, shipped_policies
from gateway.console.passwords import hash_password
from gateway.demo.samples import OWN, TRUSTED, Sample, samples
from gateway.demo.sink import Sink
from gateway.desk import Actor
from gateway.errors import EX_OK, EX_SOFTWARE, EX_UNAVAILABLE, SekishoError
from gateway.i18n import text
from gateway.incident import classify, summary
from gateway.model import HoldState
from gateway.store import Role, Store, User

START_S = 60.0  # the gateway comes up in about two seconds; busy machines take far longer
DELIVER_S = 20.0  # the outbound worker looks once a second
WRITER = "demo"
USER = "handler"  # signs in to the console


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demonstration plays."""

    directory: Path
    config_path: Path
    config: Config
    sink: Sink
    say: Callable[..., None]
    lang: str


async def run_demo(lang: str, *, directory: Path | None, once: bool) -> int:
    """Show the gateway at work. Returns the exit status."""

    def say(key: str, **values: object) -> None:
        click.echo(text("demo", key, lang, **values))

    temporary = directory is None
    place = Path(tempfile.mkdtemp(prefix="sekisho-demo-")) if directory is None else directory
    sink = Sink()
    await sink.start()
    try:
        path = _write_config(place, sink.port)
        stage = Stage(place, path, load(path), sink, say, lang)
        return await _play(stage, once)
    except TimeoutError:
        say("not-up", log=place / "gateway.log")
        temporary = False
        return EX_UNAVAILABLE
    finally:
        await sink.stop()
        if temporary:
            shutil.rmtree(place, ignore_errors=True)


async def _play(stage: Stage, once: bool) -> int:
    async with _served(stage):
        stage.say("title")
        for sample in samples():
            await _send(stage, sample)
        store = await open_store(stage.config, writer=WRITER)
        try:
            await _tell_incidents(stage, store)
            await _release_one(stage, store)
            password = await _make_user(stage, store)
            whole = not await store.audit_verify()
        finally:
            await store.close()
        stage.say("audit-whole" if whole else "audit-broken")
        stage.say("console", url=stage.config.console.url, name=USER, password=password)
        if link := _sender_link(stage):
            stage.say("sender-page", url=link)
        _tell_what_next(stage, once)
        if not once:
            await _until_interrupted()
    return EX_OK if whole else EX_SOFTWARE


# ------------------------------------------------------------------ the stage


def _write_config(directory: Path, sink_port: int) -> Path:
    """Write configuration and policies for loopback; the shipped rules, two names of its own."""
    policies = directory / "policies"
    shutil.copytree(shipped_policies(), policies, dirs_exist_ok=True)
    (policies / "00-demo.toml").write_text(
        textwrap.dedent(f"""\
            [[trusted]]
            domain = "{TRUSTED}"
            may_receive = ["my-number"]
            purpose = "給与計算の委託（番号法第19条第6号） / payroll processing"
            owner = "総務課"
            """),
        encoding="utf-8",
    )
    path = directory / "config.toml"
    smtp, health, console, sender = (_free_port() for _ in range(4))
    path.write_text(
        textwrap.dedent(f"""\
            [smtp]
            listen = ["127.0.0.1:{smtp}"]
            next_hop = "127.0.0.1:{sink_port}"
            hostname = "sekisho.{OWN}"
            [health]
            listen = "127.0.0.1:{health}"
            [console]
            listen = "127.0.0.1:{console}"
            [sender]
            listen = "127.0.0.1:{sender}"
            [policy]
            path = "policies"
            [dns]
            enabled = false
            [organisation]
            domains = ["{OWN}"]
            [notify]
            handlers = ["handlers@{OWN}"]
            """),
        encoding="utf-8",
    )
    _name_the_handlers(policies)
    return path


def _name_the_handlers(policies: Path) -> None:
    """Fill the shipped group of designated handlers with the demonstration's one."""
    for file in policies.glob("*.toml"):
        content = file.read_text(encoding="utf-8")
        changed = content.replace("handlers = []", f'handlers = ["kyuyo@{OWN}"]')
        if changed != content:
            file.write_text(changed, encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@asynccontextmanager
async def _served(stage: Stage) -> AsyncIterator[None]:
    """``sekisho serve`` in processes of its own, ready to take mail; drained at the end."""
    with (stage.directory / "gateway.log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", "-c", str(stage.config_path),
            stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await _ready(stage.config, child)
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signal.SIGTERM)
            await child.wait()


async def _ready(config: Config, child: asyncio.subprocess.Process) -> None:
    urls = (f"http://{config.health.listen}/readyz", f"http://{config.console.listen}/login")
    async with asyncio.timeout(START_S):
        for url in urls:
            while not await asyncio.to_thread(_answers, url):
                if child.returncode is not None:
                    raise TimeoutError
                await asyncio.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback, ours
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


# ------------------------------------------------------------------ the play


async def _send(stage: Stage, sample: Sample) -> None:
    """Send one mail as a mail program would, and tell what came of it."""
    before = len(stage.sink.mails)
    code, reply = await asyncio.to_thread(_smtp, stage.config, sample)
    relayed = [m for m in stage.sink.mails[before:] if m.mail_from == sample.sender]
    click.echo()
    stage.say(f"mail-{sample.key}")
    click.echo(f"   {sample.sender} → {', '.join(sample.recipients)}")
    click.echo(f"   SMTP  {code} {reply}")
    if relayed:
        stage.say("relayed-to", recipients=", ".join(relayed[0].rcpt_tos))
    else:
        stage.say("not-relayed")


def _smtp(config: Config, sample: Sample) -> tuple[int, str]:
    """One SMTP transaction with the standard library's client; the reply that ended it."""
    listen = config.smtp.listen[0]
    with smtplib.SMTP(listen.host, listen.port, local_hostname=f"pc.{OWN}", timeout=60) as client:
        client.ehlo()
        client.mail(sample.sender)
        for address in sample.recipients:
            code, reply = client.rcpt(address)
            if code >= 400:
                return code, reply.decode()
        code, reply = client.data(sample.content)
        return code, reply.decode()


async def _tell_incidents(stage: Stage, store: Store) -> None:
    click.echo()
    stage.say("incidents")
    for record in reversed(await store.incidents()):
        click.echo(f"   {record.incident_id}  [{record.verdict.value}]")
        for line in summary(record, classify(record), stage.lang):
            click.echo(f"      {line}")


async def _release_one(stage: Stage, store: Store) -> None:
    """Release the mail to the locked archive's recipient, and see it delivered."""
    held = [h for h in await store.holds() if h.rule == "not-inspectable"]
    if not held:
        return
    hold = held[0]
    click.echo()
    stage.say("release", id=hold.hold_id, recipients=", ".join(hold.recipients))
    try:
        desk = open_desk(stage.config, store)
        await desk.release(hold.hold_id, Actor("demo-handler"), "the demonstration's own archive")
        await _delivered(store, hold.hold_id)
    except (SekishoError, TimeoutError):
        stage.say("not-delivered")
    else:
        stage.say("delivered")


async def _delivered(store: Store, hold_id: str) -> None:
    async with asyncio.timeout(DELIVER_S):
        while (await store.hold(hold_id)).state is not HoldState.DELIVERED:  # noqa: ASYNC110 - another process delivers
            await asyncio.sleep(0.2)


async def _make_user(stage: Stage, store: Store) -> str:
    """Make the console's user, or make them anew in a directory used before; the password."""
    if any(u.name == USER and u.disabled_at is None for u in await store.users()):
        await store.disable_user(USER, actor=WRITER)
    password = secrets.token_urlsafe(12)
    user = User(USER, Role.HANDLER, stage.lang, (f"{USER}@{OWN}",))
    await store.add_user(user, hash_password(password), actor=WRITER)
    return password


def _sender_link(stage: Stage) -> str:
    """The link in a notice that reached a sender; "" where none has arrived yet."""
    begin = f"{stage.config.sender.url}/m/"
    for notice in (m for m in stage.sink.mails if not m.mail_from):
        body = message_from_bytes(notice.content, policy=default).get_body(("plain",))
        words = body.get_content().split() if body else []
        for word in words:
            if word.startswith(begin):
                return str(word)
    return ""


def _tell_what_next(stage: Stage, once: bool) -> None:
    click.echo()
    if once:
        stage.say("ended")
        return
    command = f"{Path(sys.argv[0])} holds list -c {stage.config_path}"
    stage.say(
        "serving",
        smtp=stage.config.smtp.listen[0],
        command=command,
        log=stage.directory / "gateway.log",
        health=stage.config.health.listen,
    )


async def _until_interrupted() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
