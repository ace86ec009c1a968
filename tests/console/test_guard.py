"""What holds for every page: headers, refusal of other sites' requests, silence in trouble."""

from __future__ import annotations

import asyncio

import pytest

from gateway.console import queue
from gateway.console.app import PUBLIC, SIGNED_IN
from gateway.console.headers import headers_for, page_policy
from gateway.console.settings import Settings
from gateway.errors import StoreError
from gateway.store import Store
from tests.console.browser import PASSWORD, Console, held
from tests.numbers import my_number

COOKIE = "sekisho-session"
EVERY_ANSWER = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
OWN = "http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/login", 200),
        ("/holds", 200),
        ("/incidents", 200),
        ("/", 303),
        ("/holds/nosuch", 404),
        ("/nowhere", 404),
        ("/static/console.css", 200),
        ("/static/nosuch.css", 404),
        ("/logout", 405),
    ],
)
async def test_every_answer_has_the_security_headers(
    console: Console, path: str, status: int
) -> None:
    answer = await (await console.signed_in()).get(path)
    assert answer.status == status
    assert {name: answer.headers[name] for name in EVERY_ANSWER} == EVERY_ANSWER
    assert answer.headers["Content-Security-Policy"] == page_policy(f"{OWN}/static/").format(
        port=console.server.port
    )
    assert answer.headers["Server"] is None
    assert answer.headers["Strict-Transport-Security"] is None, "not over plain http"


@pytest.mark.parametrize("path", [path for path, _, method, _ in SIGNED_IN if method == "GET"])
async def test_no_page_opens_without_signing_in(console: Console, path: str) -> None:
    path = path.format(
        hold_id="kxdp-wmzr-tqhb", incident_id="kxdp-wmzr-tqhb", name="taro", number=1, page=1
    )
    answer = await console.browser().get(path)
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/login")


def test_only_signing_in_and_out_is_public() -> None:
    assert {path for path, _, _ in PUBLIC} == {
        "/login",
        "/login/code",
        "/login/provider",
        "/login/provider/back",
        "/logout",
        "/welcome",
    }


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Origin": OWN}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OWN}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": OWN + ".evil.example"}, 403),
        ({"X-Nothing": "that tells where it comes from"}, 403),
    ],
)
async def test_a_form_of_another_site_changes_nothing(
    console: Console, headers: dict[str, str], status: int
) -> None:
    browser = await console.signed_in()
    kept = dict(browser.cookies)
    sent = {name: value.format(port=browser.port) for name, value in headers.items()}
    assert (await browser.post("/logout", {}, **sent)).status == status
    browser.cookies = kept
    still_in = (await browser.get("/holds")).status == 200
    assert still_in is (status == 403)


async def test_another_site_cannot_sign_a_browser_in(console: Console) -> None:
    await console.user()
    browser = console.browser()
    fields = {"name": "hanako", "password": PASSWORD}
    answer = await browser.post("/login", fields, Sec_Fetch_Site="cross-site")
    assert answer.status == 403
    assert browser.cookies == {}


async def test_behind_a_proxy_the_public_address_is_an_origin_of_ours(
    store: Store, clock: object
) -> None:
    behind = await Console(
        store,
        clock,  # type: ignore[arg-type]
        url="https://sekisho.city.example.lg.jp/sekisho",
    ).start()
    try:
        await behind.user()
        fields = {"name": "hanako", "password": PASSWORD}
        answer = await behind.browser().post(
            "/sekisho/login", fields, Origin="https://sekisho.city.example.lg.jp"
        )
        assert (answer.status, answer.headers["Location"]) == (303, "/sekisho/holds")
    finally:
        await behind.stop()


# ------------------------------------------------------------------ trouble


@pytest.mark.parametrize("path", ["/holds/nosuch", "/incidents/nosuch", "/holds/%00", "/nowhere"])
async def test_an_unknown_id_is_a_page_that_says_so(console: Console, path: str) -> None:
    answer = await (await console.signed_in()).get(path)
    assert answer.status == 404
    assert "Page not found" in answer.words
    assert "nosuch" not in answer.text


async def test_a_fault_is_a_page_without_a_word_of_it(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = my_number(3)

    def break_down(*_: object) -> None:
        raise RuntimeError(f"the number is {secret}")

    browser = await console.signed_in()
    await console.park(held("a@x.example"))
    monkeypatch.setattr(queue, "risk", break_down)
    answer = await browser.get("/holds")
    assert answer.status == 500
    assert "The page could not be shown" in answer.words
    assert secret not in answer.text
    assert "RuntimeError" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_hold_whose_view_cannot_be_recorded_is_not_shown(
    console: Console, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = await console.park(held("a@x.example"))
    browser = await console.signed_in()

    async def fail(*_: object) -> None:
        raise StoreError("database: disk I/O error")

    monkeypatch.setattr(store, "viewed", fail)
    answer = await browser.get(f"/holds/{hold.hold_id}")
    assert answer.status == 503
    assert "x.example" not in answer.text
    assert "disk" not in answer.text


async def test_a_form_that_is_none_is_refused(console: Console) -> None:
    browser = console.browser()
    strange = {"Sec-Fetch-Site": "same-origin", "Content-Type": "multipart/form-data; boundary=x"}
    assert (await browser.post("/login", {"name": "a"}, **strange)).status == 400
    assert (await browser.post("/login", {"name": "x" * 20_000})).status == 413
    assert (await browser.post("/login", {f"f{n}": "x" for n in range(700)})).status == 400


async def test_a_name_that_no_database_can_hold_is_just_wrong(console: Console) -> None:
    for name in ("\x00", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "é" * 50):
        assert (await console.browser().sign_in(name)).status == 403


# ------------------------------------------------------------------ the request itself


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:{port}", 200),
        ("localhost:{port}", 200),
        ("evil.example", 400),
        ("127.0.0.1:{port}.evil.example", 400),
        ("127.0.0.1", 400),
        ("", 400),
        ("localhost:{port}@evil.example", 400),
    ],
)
async def test_only_our_own_hosts_are_answered(console: Console, host: str, status: int) -> None:
    browser = console.browser()
    answer = await browser.get("/login", Host=host.format(port=browser.port))
    assert answer.status == status
    assert "evil" not in answer.text + str(answer.headers)


async def _raw(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(100_000), 10)
    writer.close()
    return answer


async def test_two_hosts_in_one_request_are_refused(console: Console) -> None:
    port = console.browser().port
    own = f"Host: 127.0.0.1:{port}\r\n".encode()
    request = b"GET /login HTTP/1.1\r\n" + own + b"Host: evil.example\r\nConnection: close\r\n\r\n"
    assert b" 400 " in (await _raw(port, request)).split(b"\r\n")[0]


@pytest.mark.parametrize("length", ["2000000", "-1", "1e3", "0x10", "9" * 30])
async def test_a_body_that_says_it_is_too_long_is_refused_unread(
    console: Console, length: str
) -> None:
    port = console.browser().port
    head = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\n"
    request = f"{head}Connection: close\r\nContent-Length: {length}\r\n\r\n".encode()
    status = (await _raw(port, request)).split(b"\r\n")[0]
    assert b" 413 " in status or b" 400 " in status


async def test_a_body_that_does_not_say_how_long_it_is_is_counted(console: Console) -> None:
    port = console.browser().port
    head = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n"
    chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    answer = await _raw(port, f"{head}Connection: close\r\n\r\n".encode() + chunk * 2)
    assert b" 413 " in answer.split(b"\r\n")[0]


@pytest.mark.parametrize(
    "path",
    [
        "/login?next=/holds%0d%0aSet-Cookie:%20a=b",
        "/login?lang=ja%0d%0aX-Injected:%20yes",
        "/holds/%0d%0aX-Injected:%20yes",
        "/confirm?next=%0d%0aLocation:%20//evil.example",
    ],
)
async def test_line_ends_in_a_request_make_no_header(console: Console, path: str) -> None:
    for browser in (console.browser(), await console.signed_in()):
        answer = await browser.get(path)
        assert answer.headers["X-Injected"] is None
        assert "a=b" not in str(answer.headers.get_all("Set-Cookie", []))
        assert "evil" not in (answer.headers["Location"] or "")


def test_what_comes_from_a_mail_is_framed_cut_off_from_everything() -> None:
    settings = Settings(url="https://sekisho.city.example.lg.jp/x")
    page = headers_for(settings, "https://sekisho.city.example.lg.jp", "/x/holds")
    frame = headers_for(settings, "https://sekisho.city.example.lg.jp", "/x/frame/abc")
    policy = frame["Content-Security-Policy"].split("; ")
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert not [p for p in policy if "script-src" in p or "http" in p or "unsafe" in p]
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    for headers in (page, frame):
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "includeSubDomains" in headers["Strict-Transport-Security"]


def test_no_policy_allows_anything_inline() -> None:
    for origin in ("https://a.example", "http://127.0.0.1:1"):
        policy = headers_for(Settings(url=origin), origin, "/")["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert f"script-src {origin}/static/" in policy
        assert "object-src 'none'" in policy


async def test_a_program_is_not_asked_where_its_request_comes_from(console: Console) -> None:
    """Under /api/ no cookie counts, so that no other site's form can do anything there."""
    browser = await console.signed_in()
    assert (await browser.post("/api/nosuch", {}, Sec_Fetch_Site="cross-site")).status == 404
    assert (await browser.post("/holds", {}, Sec_Fetch_Site="cross-site")).status == 403
