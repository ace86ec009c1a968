"""``webhooks``: a secret is made, a test event is posted, what waits is listed."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from standardwebhooks import Webhook

from gateway.cli.webhooks import webhook_line
from gateway.store import Standing
from tests.outbound.receiver import Receiver


def sekisho(directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", "webhooks", *words, "-c", "config.toml"],
        capture_output=True, text=True, check=False, timeout=60, cwd=directory,
    )  # fmt: skip


def test_a_webhook_is_set_up_and_tried_from_a_terminal(tmp_path: Path) -> None:
    with Receiver([200, 503]) as receiver:
        (tmp_path / "config.toml").write_text(
            '[organisation]\ndomains = ["city.example.lg.jp"]\n[[webhook]]\nname = "tickets"\n'
            f'url = "{receiver.url}"\nsecret_file = "tickets.secret"\n'
        )
        untried = sekisho(tmp_path, "test")
        assert untried.returncode == 78
        assert "sekisho webhooks secret makes one" in untried.stderr
        checked = subprocess.run(
            [sys.executable, "-m", "gateway", "check", "-c", "config.toml"],
            capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path,
        )  # fmt: skip
        assert (checked.returncode, "webhook: No such file" in checked.stdout) == (78, True)
        made = sekisho(tmp_path, "secret", "tickets")
        assert made.returncode == 0, made.stderr
        path = tmp_path / "tickets.secret"
        assert path.read_text() == made.stdout
        assert path.stat().st_mode & 0o777 == 0o600
        taken = sekisho(tmp_path, "test", "--lang", "ja")
        assert (taken.returncode, taken.stdout) == (
            0,
            "tickets: 受け取られました（status-200）。\n",
        )
        refused = sekisho(tmp_path, "test", "tickets", "--json")
        assert refused.returncode == 69
        assert json.loads(refused.stdout) == {
            "name": "tickets", "answer": "status-503", "taken": False,
        }  # fmt: skip
        assert sekisho(tmp_path, "test", "other").returncode == 66
    told = Webhook(made.stdout.strip()).verify(receiver.posted[0].body, receiver.posted[0].headers)
    assert told["type"] == "webhook.test"
    assert made.stdout.strip() not in untried.stderr + made.stderr + taken.stdout


def test_what_waits_for_a_webhook_is_listed(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[organisation]\ndomains = ["city.example.lg.jp"]\n[[webhook]]\nname = "tickets"\n'
        'url = "https://tickets.example/x"\nsecret_file = "s"\nevents = ["hold.*"]\n'
    )
    made = subprocess.run(
        [sys.executable, "-c", "from gateway.store import ensure_keys; from datetime import date;"
         "from pathlib import Path; ensure_keys(Path('var/keys.toml'), date(2026, 11, 30))"],
        check=True, cwd=tmp_path, timeout=60,
    )  # fmt: skip
    assert made.returncode == 0
    listed = sekisho(tmp_path, "list", "--json")
    assert listed.returncode == 0, listed.stderr
    row = json.loads(listed.stdout)
    assert (row["name"], row["waiting"], row["events"]) == ("tickets", 0, ["hold.*"])


def test_since_when_events_wait_is_shown_in_japans_time() -> None:
    late = datetime(2026, 11, 30, 15, 5, tzinfo=UTC)
    row = {"name": "tickets", "events": ["hold.*"], "waiting": 2, "last_answer": "status-503"}
    shown = webhook_line(row, Standing("tickets", 2, late, "status-503", None, None))
    assert shown.split("  ")[-3:] == ["2 2026-12-01 00:05 +09:00 status-503", "-", "hold.*"]
