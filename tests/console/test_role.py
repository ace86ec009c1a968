"""The console as ``serve`` runs it: from a configuration file, in the application's own hands."""

from __future__ import annotations

import asyncio
import inspect
import socket
import urllib.request
from pathlib import Path

import pytest

from gateway.app import ROLES, ConsoleApp, prepare
from gateway.config import load
from gateway.errors import SekishoError
from tests.console.browser import _free_port


def _config(directory: Path, port: int) -> Path:
    path = directory / "config.toml"
    path.write_text(
        f'[organisation]\ndomains = ["city.example.lg.jp"]\nname = {{ ja = "見本市" }}\n'
        f'[console]\nlisten = "127.0.0.1:{port}"\n'
    )
    return path


def _fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


async def test_the_console_serves_where_the_configuration_says(tmp_path: Path) -> None:
    port = _free_port()
    path = _config(tmp_path, port)
    await prepare(load(path))
    app = await ConsoleApp.start(load(path), path)
    try:
        text = await asyncio.to_thread(_fetch, f"http://127.0.0.1:{port}/login")
    finally:
        await app.stop()
    assert "見本市" in text
    assert "console" in ROLES


async def test_an_address_that_is_taken_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        path = _config(tmp_path, port)
        await prepare(load(path))
        with pytest.raises(SekishoError, match=rf"console\.listen 127\.0\.0\.1:{port}"):
            await ConsoleApp.start(load(path), path)


def test_the_console_never_asks_for_the_private_key() -> None:
    import gateway.console as room

    directory = Path(inspect.getfile(room)).parent
    told = inspect.getsource(ConsoleApp) + "".join(p.read_text() for p in directory.glob("*.py"))
    assert "opener" not in told.lower()
