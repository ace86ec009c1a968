"""What holds for every page: headers, refusal of other sites' requests, silence in trouble."""

from __future__ import annotations

import pytest

from gateway.console import queue
from gateway.console.app import PUBLIC, SIGNED_IN
from gateway.console.headers import page_policy
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
        hold_id="kxdp-wmzr-tqhb", incident_id="kxdp-wmzr-tqhb", name="taro", number=1
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
    assert (await browser.post("/login", {f"f{n}": "x" for n in range(50)})).status == 400


async def test_a_name_that_no_database_can_hold_is_just_wrong(console: Console) -> None:
    for name in ("\x00", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "é" * 50):
        assert (await console.browser().sign_in(name)).status == 403
