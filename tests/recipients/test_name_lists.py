"""Long lists of names: found by key, kept in a file that all processes map, told from slips."""

import numpy as np
import pytest

from gateway.recipients import Directory, TrustedName, judge, lists
from gateway.recipients.characters import shipped
from gateway.recipients.confusables import ascii_twin
from gateway.recipients.keys import Kind, NameSet, key, near_keys
from gateway.recipients.known import Known, NameTable, Tier
from gateway.recipients.list_files import CACHED_FROM, NO_LISTS, load
from gateway.recipients.lists.build import wrong
from gateway.recipients.names import split
from tests.recipients.examples import TODAY

NAMES = ["keiri-center.co.jp", "tsuruya.co.jp", "city.yokohama.lg.jp", "modern-office.jp"]


def known(name):
    return Known(name, split(name), Tier.PROTECTED)


def found(table, label):
    return {entry.name for _, entry in table.hits(near_keys(label))}


def judged(domain, directory, name_lists):
    made = Directory.build([], [], name_lists=load(directory, name_lists))
    return judge(f"a@{domain}", made, today=TODAY)


@pytest.fixture
def files(tmp_path):
    (tmp_path / "protected.txt").write_text("# ours\ntsuruya.co.jp\nco.jp: keiri-center kanda\n")
    (tmp_path / "known-real.txt").write_text("tsuruta.co.jp\ngmial.com\n-\n")
    (tmp_path / "known-bad.txt").write_text("tsuruyakk.com tsuruya.co.jp\n")
    return tmp_path


@pytest.mark.parametrize("label", ["tsuruya", "tsuruy", "tsuryua", "tsurruya", "tsurxya"])
def test_a_label_one_edit_away_shares_a_key(label):
    assert found(NameTable.of(map(known, NAMES)), label) == {"tsuruya.co.jp"}


def test_a_stranger_shares_none():
    assert found(NameTable.of(map(known, NAMES)), "stranger") == set()


def test_keys_are_the_same_at_every_start():
    assert key(Kind.NEAR, "exp") == int.from_bytes(b"nexp") % (2**61 - 1)


def test_a_table_is_the_same_when_it_is_mapped_from_its_file(tmp_path):
    made, path = NameTable.of(map(known, NAMES)), tmp_path / "names.table"
    made.save(path, b"these lists")
    mapped = NameTable.load(path, b"these lists")
    assert mapped is not None
    assert [mapped.entry(i) for i in range(len(mapped))] == [made.entry(i) for i in range(4)]
    assert found(mapped, "tsuruy") == {"tsuruya.co.jp"}


@pytest.mark.parametrize("harm", ["other lists", "cut short", "missing", "empty", "not ours"])
def test_a_file_that_does_not_fit_is_not_taken(tmp_path, harm):
    path = tmp_path / "names.table"
    NameTable.of(map(known, NAMES)).save(path, b"these lists")
    whole = path.read_bytes()
    left = {"cut short": whole[:-1], "empty": b"", "not ours": b"x" * len(whole)}
    path.write_bytes(left.get(harm, whole))
    if harm == "missing":
        path.unlink()
    sources = b"others" if harm == "other lists" else b"these lists"
    assert NameTable.load(path, sources) is None


def test_a_set_of_names_answers_exactly():
    names = NameSet.of(NAMES)
    assert all(name in names for name in NAMES)
    assert "tsuruy.co.jp" not in names
    assert "a.jp" not in NameSet.of(())


@pytest.mark.parametrize(
    ("domain", "judged_as", "reason"),
    [
        ("tsuruy.co.jp", "look-alike", "slip-omission"),  # of a protected name
        ("kanda.com", "look-alike", "suffix-swap"),
        ("tsuruya.co.jp", "first-time", "never-written"),
        ("tsuruta.co.jp", "first-time", "never-written"),  # a real name
        ("gmial.com", "look-alike", "slip-transposition"),  # a list's slip of a provider's name
        ("tsuruyakk.com", "look-alike", "known-bad"),
    ],
)
def test_the_administrators_lists_count_as_the_shipped_ones(files, domain, judged_as, reason):
    recipient = judged(domain, files, None)
    assert (recipient.recipient_class, recipient.reasons[0]) == (judged_as, reason)


def test_what_names_nobody_is_told(files):
    assert load(files).rejected == ("-",)


def test_a_list_can_stand_instead_of_the_shipped_one(tmp_path):
    (tmp_path / "protected.txt").write_text("shueisha.co.jp\n")
    beside = judged("shoeisha.co.jp", tmp_path, None)
    (tmp_path / "known-real.only.txt").write_text("nissen.co.jp\n")
    instead = judged("shoeisha.co.jp", tmp_path, None)
    assert (beside.recipient_class, instead.strength) == ("first-time", "possible")


def test_without_a_directory_there_are_no_lists(tmp_path):
    assert load(tmp_path / "none") is NO_LISTS


def test_what_is_made_of_a_long_list_is_kept_until_the_list_changes(tmp_path):
    cache = tmp_path / "var"
    cache.mkdir()
    names = tmp_path / "protected.txt"
    names.write_text("".join(f"tanuki{i:05d}x.co.jp\n" for i in range(CACHED_FROM)))
    load(tmp_path, cache)
    first = {p.name: p.stat().st_mtime_ns for p in cache.iterdir()}
    again = load(tmp_path, cache)
    assert {p.name: p.stat().st_mtime_ns for p in cache.iterdir()} == first
    assert "tanuki00007x.co.jp" in again.protected
    assert isinstance(again.real.numbers, np.ndarray)
    names.write_text(names.read_text() + "exp.co.jp\n")
    load(tmp_path, cache)
    assert set(first).isdisjoint(p.name for p in cache.iterdir())


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path):
    text = "".join(f"tanuki{i:05d}x.co.jp\n" for i in range(CACHED_FROM))
    (tmp_path / "protected.txt").write_text(text)
    assert "tanuki00007x.co.jp" in load(tmp_path, tmp_path / "missing").protected


# ------------------------------------------------------------------ what is shipped


def test_every_shipped_name_is_a_name():
    assert wrong(sorted(lists.real())) == []
    assert wrong(list(lists.bad().values())) == []


@pytest.mark.parametrize(
    "name", ["known-real", "known-bad", "words", "added-words", "roles", "confusables"]
)
def test_every_shipped_list_says_where_it_comes_from(name):
    head = lists.shipped(name).split("\n\n")[0]
    for word in ("Source: ", "Date: ", "Licence: "):
        assert word in head


def test_no_shipped_real_name_is_a_notorious_slip():
    assert not lists.real() & lists.bad().keys()


def test_there_are_twenty_five_words_that_people_add():
    assert len(lists.added_words()) == 25


@pytest.mark.parametrize(("name", "noise"), [("nakamura", "nxkqmvra"), ("service", "srvciee")])
def test_a_name_reads_likelier_than_noise(name, noise):
    assert shipped().log_likelihood(name) > shipped().log_likelihood(noise) + 5


@pytest.mark.parametrize(
    ("shown", "plain"),
    [("citу.jp", "city.jp"), ("ɡmaıl.com", "gmail.com"), ("тоуота.com", "toyota.com"),
     ("münchen.de", "munchen.de"), ("日本.jp", ""), ("らーめん.jp", ""), ("exp.co.jp", "")],
)  # fmt: skip
def test_a_name_in_another_script_has_the_plain_name_it_is_drawn_like(shown, plain):
    typed = ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
        for label in shown.split(".")
    )
    assert ascii_twin(typed) == plain


def test_many_names_of_a_policy_are_made_ready_once_for_all_processes(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.recipients.list_files.CACHED_FROM", 2)
    trusted = [TrustedName(name) for name in NAMES]
    first = Directory.build([], trusted, cache=tmp_path)
    (made,) = tmp_path.glob("policy-names-*")
    monkeypatch.setattr(NameTable, "of", None)  # is not asked again
    second = Directory.build([], trusted, cache=tmp_path)
    for book in (first, second):
        assert book.look_alike("tsuruy.co.jp").resembles == "tsuruya.co.jp"
    monkeypatch.undo()
    monkeypatch.setattr("gateway.recipients.list_files.CACHED_FROM", 2)
    other = Directory.build([], trusted[:2], cache=tmp_path)
    assert other.look_alike("modern-ofice.jp") is None
    assert made not in set(tmp_path.glob("policy-names-*"))


def test_names_of_a_policy_are_made_ready_where_nothing_can_be_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.recipients.list_files.CACHED_FROM", 2)
    book = Directory.build([], map(TrustedName, NAMES), cache=tmp_path / "missing")
    assert book.look_alike("tsuruy.co.jp").resembles == "tsuruya.co.jp"
