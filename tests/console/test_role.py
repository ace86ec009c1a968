"""The console as ``serve`` runs it: from a configuration file, in the application's own hands."""

from __future__ import annotations

import asyncio
import socket
import urllib.request
from pathlib import Path

import pytest

from gateway.app import ROLES, prepare
from gateway.config import load
from gateway.console_app import ConsoleApp
from gateway.errors import SekishoError
from gateway.store import Role, User
from tests.console.browser import HASH, Browser, free_port


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
    port = free_port()
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


async def test_the_console_works_without_any_private_key(tmp_path: Path) -> None:
    port = free_port()
    path = _config(tmp_path, port)
    config = load(path)
    await prepare(config)
    keys = config.store.key_file
    public = [line for line in keys.read_text().splitlines() if not line.startswith("private")]
    keys.write_text("\n".join(public))
    app = await ConsoleApp.start(config, path)
    try:
        await app.store.add_user(User("hanako", Role.HANDLER), HASH, actor="os:root")
        browser = Browser(port)
        assert (await browser.sign_in()).status == 303
        assert (await browser.get("/holds")).status == 200
    finally:
        await app.stop()
