from __future__ import annotations

import re
import threading
from datetime import date
from pathlib import Path

import pytest

from gateway.errors import KeyMissingError, NotFoundError, UsageError
from gateway.store import ensure_keys, load_opener, load_sealer
from gateway.store.keys import add_key, key_ids, public_path, remove_key

TODAY = date(2026, 11, 21)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "var" / "keys.toml"
    assert ensure_keys(made, TODAY)
    return made


def test_the_first_start_makes_a_dated_key_for_the_owner_alone(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert re.search(r'^id = "2026-11-21-[a-z]{2}"$', path.read_text(), re.M)
    assert sorted(p.name for p in path.parent.iterdir()) == ["keys.pub.toml", "keys.toml"]


def test_the_public_file_holds_no_private_key(path: Path) -> None:
    public = public_path(path)
    assert "private" not in public.read_text().split("[[key]]")[1]
    with pytest.raises(KeyMissingError, match="no key to open with"):
        load_opener(public)


def test_sealing_never_reads_the_private_file(path: Path) -> None:
    path.unlink()
    assert load_sealer(path).seal("mail:a", b"x").kek_id.startswith("2026-11-21-")


def test_a_public_file_with_private_keys_in_it_is_refused(path: Path) -> None:
    public_path(path).write_text(path.read_text())
    with pytest.raises(KeyMissingError, match="for the public halves"):
        load_sealer(path)


def test_new_keys_are_not_made_where_the_private_file_was_lost(path: Path) -> None:
    path.unlink()
    with pytest.raises(KeyMissingError, match=r"keys\.toml is gone.*backup"):
        ensure_keys(path, TODAY)
    assert not path.exists()


def test_a_public_file_that_is_missing_is_made_from_the_private_one(path: Path) -> None:
    before = public_path(path).read_bytes()
    public_path(path).unlink()
    assert not ensure_keys(path, TODAY)
    assert public_path(path).read_bytes() == before


def test_a_key_that_is_added_seals_from_then_on_in_processes_that_run(path: Path) -> None:
    sealer, opener = load_sealer(path), load_opener(path)
    old = sealer.seal("mail:a", b"old")
    made = add_key(path, date(2027, 1, 1))
    new = sealer.seal("mail:b", b"new")
    assert new.kek_id == made != old.kek_id
    assert (opener.open("mail:a", old), opener.open("mail:b", new)) == (b"old", b"new")


def test_without_the_public_file_nothing_is_sealed_and_with_it_again_everything(
    path: Path,
) -> None:
    sealer = load_sealer(path)
    away = path.with_name("away")
    public_path(path).rename(away)
    with pytest.raises(KeyMissingError, match=r"keys\.pub\.toml"):
        sealer.seal("mail:a", b"x")
    away.rename(public_path(path))
    assert sealer.seal("mail:a", b"x").blob


def test_a_key_is_removed_from_both_files_but_never_the_sealing_one(path: Path) -> None:
    [first] = key_ids(path)
    with pytest.raises(UsageError, match="seals now"):
        remove_key(path, first)
    second = add_key(path, date(2027, 1, 1))
    remove_key(path, first)
    assert key_ids(path) == [second]
    assert first not in path.read_text() + public_path(path).read_text()
    with pytest.raises(NotFoundError):
        remove_key(path, first)


def test_what_the_file_seals_the_file_opens(path: Path) -> None:
    sealed = load_sealer(path).seal("mail:a", b"payload")
    assert load_opener(path).open("mail:a", sealed) == b"payload"


def test_a_second_start_keeps_the_key(path: Path) -> None:
    before = path.read_bytes()
    assert not ensure_keys(path, TODAY)
    assert path.read_bytes() == before


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    path, made = tmp_path / "keys.toml", []
    threads = [
        threading.Thread(target=lambda: made.append(ensure_keys(path, TODAY))) for _ in range(8)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert made.count(True) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["keys.pub.toml", "keys.toml"]
    sealed = load_sealer(path).seal("mail:a", b"x")
    assert load_opener(path).open("mail:a", sealed) == b"x"


@pytest.mark.parametrize("mode", [0o604, 0o660, 0o644])
def test_a_key_file_open_to_others_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(KeyMissingError, match="open to others"):
        load_opener(path)


def test_a_public_file_that_others_may_write_is_refused(path: Path) -> None:
    public_path(path).chmod(0o646)
    with pytest.raises(KeyMissingError, match="open to others"):
        load_sealer(path)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyMissingError, match=r"gone\.toml"):
        load_opener(tmp_path / "gone.toml")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("secret-material = [", "not TOML"),
        ("", "cannot be read"),
        ("key = []", "holds no key"),
        ("key = 3", "cannot be read"),
        ('[[key]]\nid = "a"\npublic = "secret-material"', "cannot be read"),
        ('[[key]]\nid = "a"', "cannot be read"),
    ],
)
def test_a_damaged_key_file_is_refused_without_quoting_it(
    path: Path, text: str, complaint: str
) -> None:
    path.write_text(text)
    with pytest.raises(KeyMissingError, match=complaint) as caught:
        load_opener(path)
    assert "secret-material" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_halves_that_do_not_belong_together_are_refused(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    ensure_keys(other, TODAY)
    stray = re.search(r'private = ".*"', other.read_text())
    assert stray is not None
    path.write_text(re.sub(r'private = ".*"', lambda _: stray.group(), path.read_text()))
    with pytest.raises(KeyMissingError, match="cannot be read"):
        load_opener(path)
