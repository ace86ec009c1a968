"""Who sees and does what: every role at every page, every cell of the table, every department."""

from __future__ import annotations

import pytest

from gateway.config_accounts import is_pattern
from gateway.console.app import PUBLIC, SIGNED_IN
from gateway.console.departments import Departments
from gateway.errors import ConfigError
from gateway.store import GRANTS, Right, Role, User, may, rights_of
from tests.console.browser import Console, held

# Written out once more, by hand: a slip in the table shows as a difference from this.
_HANDLER = """overview view-holds view-content release reject correct assign comment extend
    view-incidents handle-incidents view-journal view-policy try-out own-account"""
BY_HAND = {
    Role.HANDLER: _HANDLER,
    Role.APPROVER: _HANDLER + " unmask download countersign",
    Role.ADMINISTRATOR: "overview view-policy try-out view-accounts manage-accounts own-account",
    Role.AUDITOR: """overview view-holds view-incidents view-journal view-audit export-records
        record-review view-policy view-accounts own-account""",
}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_has_exactly_the_rights_that_were_decided(role: Role) -> None:
    assert rights_of(role) == {Right(word) for word in BY_HAND[role].split()}


def test_every_right_is_somebodys() -> None:
    assert set(GRANTS) == set(Right)
    assert all(GRANTS.values())


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_opens_the_pages_it_has_the_right_to_and_no_others(
    console: Console, role: Role
) -> None:
    browser = await console.signed_in("somebody", role)
    hold = await console.park(held("a@x.example"))
    ids = {
        "hold_id": hold.hold_id,
        "incident_id": hold.incident_id,
        "name": "somebody",
        "act": "grant",
        "number": "1",
        "page": "1",
    }
    for path, _, method, right in SIGNED_IN:
        address = path.format(**ids)
        asked = browser.get(address) if method == "GET" else browser.post(address, {})
        refused = (await asked).status == 403
        if not may(role, right):
            assert refused, (role, method, path)
        elif method == "GET":  # an act may ask for a right of its own, or refuse what was typed
            assert not refused, (role, method, path)


def test_every_page_is_public_by_name_or_asks_for_a_right() -> None:
    assert all(isinstance(right, Right) for *_, right in SIGNED_IN)
    addresses = [(path, method) for path, _, method, *_ in (*PUBLIC, *SIGNED_IN)]
    assert len(addresses) == len(set(addresses))


async def test_nobody_gives_themself_a_role(console: Console) -> None:
    for role in (Role.HANDLER, Role.APPROVER, Role.AUDITOR):
        browser = await console.signed_in(role.value, role)
        answer = await browser.post(f"/accounts/{role.value}/assign", {"role": "administrator"})
        assert answer.status == 403
        assert (await console.store.user(role.value)).role is role


async def test_what_is_refused_is_logged_with_who_asked(
    console: Console, capfd: pytest.CaptureFixture[str]
) -> None:
    browser = await console.signed_in("hanako", Role.HANDLER)
    assert (await browser.get("/accounts")).status == 403
    told = capfd.readouterr()
    (line,) = [x for x in (told.out + told.err).splitlines() if "not-allowed" in x]
    assert "hanako" in line
    assert "view-accounts" in line


async def test_pages_name_only_what_a_role_can_open(console: Console) -> None:
    page = await (await console.signed_in("root", Role.ADMINISTRATOR)).get("/accounts")
    assert 'href="/holds"' not in page.text
    assert 'href="/accounts"' in page.text
    page = await (await console.signed_in("hanako", Role.HANDLER)).get("/holds")
    assert 'href="/accounts"' not in page.text


# ------------------------------------------------------------------ departments

SOUMU = {"@soumu.city.example.lg.jp": "総務課", ".fukushi.city.example.lg.jp": "福祉課"}


@pytest.mark.parametrize(
    ("address", "department"),
    [
        ("a@soumu.city.example.lg.jp", "総務課"),
        ("A@SOUMU.city.example.lg.jp", "総務課"),
        ("a@b.soumu.city.example.lg.jp", ""),
        ("a@jido.fukushi.city.example.lg.jp", "福祉課"),
        ("a@fukushi.city.example.lg.jp", ""),
        ("a@notsoumu.city.example.lg.jp", ""),
        ("a@soumu.city.example.lg.jp.evil.example", ""),
        ("", ""),
        ("@", ""),
    ],
)
def test_an_address_belongs_to_the_department_whose_pattern_it_fits(
    address: str, department: str
) -> None:
    assert Departments(SOUMU).of(address) == department


def test_a_narrower_pattern_stands_over_a_wider() -> None:
    found = Departments({".jp": "県", ".lg.jp": "市", "@x.lg.jp": "課", "boss@x.lg.jp": "長"})
    assert [found.of(a) for a in ("a@y.jp", "a@y.lg.jp", "a@x.lg.jp", "boss@x.lg.jp")] == [
        "県",
        "市",
        "課",
        "長",
    ]


async def test_mail_of_another_department_is_not_there(console: Console) -> None:
    assert console.server is not None
    await console.stop()
    console.told = {"departments": Departments(SOUMU)}
    await console.start()
    mine = await console.park(held("a@x.example"), sender="a@soumu.city.example.lg.jp")
    other = await console.park(held("b@x.example"), sender="a@jido.fukushi.city.example.lg.jp")
    nobodys = await console.park(held("c@x.example"), sender="a@zeimu.city.example.lg.jp")
    await console.user("soumu", departments=("総務課",))
    browser = console.browser()
    await browser.sign_in("soumu")
    everybody = await console.signed_in()
    for hold, status in ((mine, 200), (other, 404), (nobodys, 404)):
        for address in (f"/holds/{hold.hold_id}", f"/incidents/{hold.incident_id}"):
            assert (await browser.get(address)).status == status
            assert (await everybody.get(address)).status == 200
    for listed in ("/holds", "/incidents"):
        page, all_of_it = await browser.get(listed), await everybody.get(listed)
        for hold, shown in ((mine, True), (other, False), (nobodys, False)):
            ours = {hold.hold_id, hold.incident_id}
            assert any(i in page.text for i in ours) is shown
            assert any(i in all_of_it.text for i in ours)


def test_departments_are_read_from_a_csv_and_its_faults_have_lines(tmp_path) -> None:
    path = tmp_path / "departments.csv"
    path.write_text("@soumu.example.jp,総務課\n\n.z.example.jp, 税務課\n", encoding="utf-8-sig")
    found = Departments.load({"総務": ["@soumu.example.jp"]}, path)
    assert found.of("a@soumu.example.jp") == "総務課"
    assert found.names == ["税務課", "総務課"]
    path.write_text("no pattern,総務課\n@a.example\n")
    with pytest.raises(ConfigError) as caught:
        Departments.load({}, path)
    assert [p.line for p in caught.value.problems] == [1, 2]
    with pytest.raises(ConfigError):
        Departments.load({}, tmp_path / "nosuch.csv")


def test_a_pattern_is_an_address_a_domain_or_all_below_one() -> None:
    given = ("a@b.jp", "@b.jp", ".b.jp", "b.jp", "@", ".", "a b@c.jp", "a@b@c")
    assert [is_pattern(g) for g in given] == [True] * 3 + [False] * 5


def test_an_account_without_departments_sees_everybodys() -> None:
    departments = Departments(SOUMU)
    scoped = User("a", Role.HANDLER, departments=("総務課",))
    for sender, (anybody, only) in {
        "a@soumu.city.example.lg.jp": (True, True),
        "a@elsewhere.example": (True, False),
    }.items():
        assert departments.in_scope(User("b", Role.HANDLER), sender) is anybody
        assert departments.in_scope(scoped, sender) is only
