"""[sender] is off until it is configured, and its sentences are all said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.config import load
from gateway.errors import ConfigError
from gateway.i18n import catalogue_keys

LEAST = '[organisation]\ndomains = ["city.example.lg.jp"]\n'
ROOM = Path(__file__).resolve().parent.parent.parent / "gateway" / "sender"


def _written(directory: Path, text: str) -> Path:
    path = directory / "config.toml"
    path.write_text(LEAST + text)
    return path


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", ""),
        ('[sender]\nlisten = "127.0.0.1:8027"\n', "http://127.0.0.1:8027"),
        ('[sender]\nurl = "https://check.example.jp/mail/"\n', "https://check.example.jp/mail"),
    ],
)
def test_notices_link_to_the_page_where_it_is_configured(
    tmp_path: Path, text: str, url: str
) -> None:
    assert load(_written(tmp_path, text)).sender.url == url


@pytest.mark.parametrize("url", ["ftp://x", "https://user@x", "https://x/?a", "x"])
def test_what_a_notice_cannot_link_to_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match=r"sender\.url: must be an http or https address"):
        load(_written(tmp_path, f'[sender]\nurl = "{url}"\n'))


def test_every_sentence_of_the_page_is_said_somewhere() -> None:
    source = "".join(f.read_text() for f in (*ROOM.glob("*.py"), *ROOM.glob("templates/*")))
    kinds = set(re.findall(r'"(case|over|confirmed|cancelled|asked)"', source))
    titles = {f"{kind}-{part}" for kind in kinds for part in ("title", "lead")}
    left = {
        key
        for key in catalogue_keys("sender") - titles
        if f'"{key}"' not in source and not key.startswith(("trouble-", "switch-"))
    }
    assert left == set()
    assert kinds == {"case", "over", "confirmed", "cancelled", "asked"}
