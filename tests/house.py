"""A whole gateway in the test's own process: real listener, engine, store, next hop scripted.

``House`` writes the configuration and policy that a test gives as literals, starts the
gateway and the outbound worker's desk on them, and lends transcripts and views.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from gateway.app import GatewayApp, OutboundApp
from gateway.config import load
from tests.wire.next_hop import ScriptedNextHop
from tests.wire.transcript import Wire

OWN = "city.example.lg.jp"

POLICY = """
[[trusted]]
domain = "exp.co.jp"
may_receive = ["my-number"]
purpose = "給与計算の委託"
owner = "総務課"

[groups]
handlers = ["kyuyo@city.example.lg.jp"]

[[rule]]
id = "cannot-exist"
match = { recipient = ["invalid", "nonexistent"] }
action = "block"
at = "rcpt"

[[rule]]
id = "look-alike-with-number"
match = { my_numbers = { at_least = 1, confidence = "possible" }, look_alike = "possible" }
action = "block"

[[rule]]
id = "look-alike"
match = { look_alike = "likely" }
action = "hold"
advice = { ja = "宛先をご確認ください。", en = "Please check the recipient." }

[[rule]]
id = "designated-handlers"
match = { my_numbers = { at_least = 1 }, sender = ["group:handlers"], permitted = true }
action = "allow"

[[rule]]
id = "many-persons"
match = { my_numbers = { at_least = 101 } }
action = "hold"
approvers = 2

[[rule]]
id = "my-number"
match = { my_numbers = { at_least = 1 } }
action = "hold"
approvers = 1

[[rule]]
id = "not-inspectable"
match = { uninspected = ["encrypted", "damaged", "limit", "ambiguous", "unsupported", "external"] }
action = "hold"

[[rule]]
id = "first-time-with-attachment"
match = { attachments = true, recipient = ["first-time", "freemail"] }
action = "warn"
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def mail(
    text: str = "こんにちは。\r\n",
    *,
    sender: str = f"tanto@{OWN}",
    to: str = "sato@exp.co.jp",
    subject: str = "件名",
    attachments: tuple[tuple[str, bytes], ...] = (),
) -> bytes:
    """A mail as a mail program writes it."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = "Sat, 21 Nov 2026 10:00:00 +0900"
    message["Message-ID"] = "<test@city.example.lg.jp>"
    message.set_content(text, cte="base64")
    for name, content in attachments:
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=name
        )
    return message.as_bytes()


@dataclass
class House:
    directory: Path
    next_hop: ScriptedNextHop
    config: str = ""  # more of config.toml
    smtp: str = ""  # more of its [smtp]
    policy: str = POLICY
    dns: str = "enabled = false"
    app: GatewayApp | None = field(default=None, repr=False)

    @property
    def config_path(self) -> Path:
        return self.directory / "config.toml"

    def write(self) -> None:
        policies = self.directory / "policies"
        policies.mkdir(exist_ok=True)
        (policies / "rules.toml").write_text(self.policy)
        self.config_path.write_text(
            f"""
[smtp]
listen = ["127.0.0.1:0"]
next_hop = "127.0.0.1:{self.next_hop.port}"
hostname = "gateway.{OWN}"
{self.smtp}
[health]
listen = "127.0.0.1:{free_port()}"
[limits.workers]
count = 1
[policy]
path = "policies"
[dns]
{self.dns}
[organisation]
domains = ["{OWN}"]
[notify]
handlers = ["handlers@{OWN}"]
{self.config}
"""
        )

    async def start(self) -> House:
        self.write()
        self.app = await GatewayApp.start(load(self.config_path), self.config_path)
        return self

    async def stop(self) -> None:
        if self.app is not None:
            await self.app.stop()
            self.app = None

    @property
    def port(self) -> int:
        assert self.app is not None
        return self.app.gateway.addresses[0][1]

    async def wire(self) -> Wire:
        return await Wire.connect(self.port)

    async def play(self, script: str, **named: bytes) -> str:
        """Play one transcript on a connection of its own; returns the last reply."""
        wire = await self.wire()
        try:
            return await wire.play(script, **named)
        finally:
            await wire.close()

    async def send(self, content: bytes, *to: str, sender: str = f"tanto@{OWN}") -> str:
        """Send one mail the usual way; returns the reply after the dot."""
        rcpts = "".join(f"C: RCPT TO:<{address}>\nS: 250 *\n" for address in to)
        return await self.play(
            f"S: 220 *\nC: EHLO pc.{OWN}\nS: 250 *\nC: MAIL FROM:<{sender}>\nS: 250 *\n"
            f"{rcpts}C: DATA\nS: 354 *\nC@ mail\nS: *\n",
            mail=content,
        )

    async def outbound(self) -> OutboundApp:
        """The outbound process's rooms, not yet running: call ``worker.round()`` and ``tick()``."""
        return await OutboundApp.open(load(self.config_path))
