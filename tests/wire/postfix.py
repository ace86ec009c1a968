"""A private Postfix instance on loopback: its own configuration, queue and log in a directory.

Needs root (Postfix's master does) and the Debian package; the caller skips otherwise.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_MAIN = """
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {name}.example
mydestination =
local_recipient_maps =
local_transport = error:none
relayhost = [127.0.0.1]:{relay_port}
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = permit_mynetworks, reject
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtp_host_lookup = native
alias_maps =
alias_database =
maillog_file_prefixes = {root}
maillog_file = {root}/log
smtpd_tls_security_level = none
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
{more}
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd {options}
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
{services}
"""


def usable() -> bool:
    return os.geteuid() == 0 and shutil.which("postfix", path="/usr/sbin:/usr/bin") is not None


@dataclass
class Postfix:
    root: Path  # under /tmp: the daemons drop their rights and must still reach it
    name: str
    port: int
    relay_port: int
    options: str = ""  # of the smtpd in master.cf
    more: str = ""  # of main.cf
    services: str = ""  # of master.cf

    def start(self) -> Postfix:
        conf = self.root / "conf"
        for part in ("conf", "queue", "data"):
            (self.root / part).mkdir(parents=True, exist_ok=True)
        shutil.chown(self.root / "data", "postfix", "postfix")
        (conf / "main.cf").write_text(
            _MAIN.format(root=self.root, name=self.name, relay_port=self.relay_port, more=self.more)
        )
        (conf / "master.cf").write_text(
            _MASTER.format(port=self.port, options=self.options, services=self.services)
        )
        self._postfix("start")
        return self

    def stop(self) -> None:
        self._postfix("stop")

    def log(self) -> str:
        log = self.root / "log"
        return log.read_text() if log.exists() else ""

    def _postfix(self, verb: str) -> None:
        done = subprocess.run(
            ["/usr/sbin/postfix", "-c", str(self.root / "conf"), verb],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, (verb, done.stderr, self.log())


async def until(condition, what: str, timeout_s: float = 30.0) -> None:
    """Wait for ``condition()``; the failure says what never came."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"never came: {what}"
        await asyncio.sleep(0.05)
