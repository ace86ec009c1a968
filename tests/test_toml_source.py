"""TOML with positions: every key and value is found where it stands."""

from __future__ import annotations

import json
import string
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigError, Problem
from gateway.toml_source import MAX_BYTES, MAX_DEPTH, Position, dotted, parse, read

DOCUMENT = '''\
# a comment with [brackets] and key = "value"
title = "関所"
[smtp]
listen = [ "a:1",  # first
  "b:2" ]
timers.command = "5m"
"quoted.key" = 1
match = { my_numbers = { at_least = 1, confidence = "likely" }, list = [1, 2] }
text = """
three "quotes" and \\""" inside
"""
raw = \'\'\'it''s # no comment\'\'\'
after = true
day = 2027-03-31 07:00:00

[[rule]]
id = "one"
[[rule]]
id = "two"
[rule.advice]
ja = "確認"
  [[rule.part]]
  x = [[1], { y = 2 }]
'''


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("title",), (2, 1), (2, 9)),
        (("smtp",), (3, 2), (3, 2)),
        (("smtp", "listen"), (4, 1), (4, 10)),
        (("smtp", "listen", 0), (4, 12), (4, 12)),
        (("smtp", "listen", 1), (5, 3), (5, 3)),
        (("smtp", "timers"), (6, 1), (6, 1)),
        (("smtp", "timers", "command"), (6, 8), (6, 18)),
        (("smtp", "quoted.key"), (7, 1), (7, 16)),
        (("smtp", "match", "my_numbers"), (8, 11), (8, 24)),
        (("smtp", "match", "my_numbers", "confidence"), (8, 40), (8, 53)),
        (("smtp", "match", "list", 1), (8, 76), (8, 76)),
        (("smtp", "text"), (9, 1), (9, 8)),
        (("smtp", "raw"), (12, 1), (12, 7)),
        (("smtp", "after"), (13, 1), (13, 9)),
        (("smtp", "day"), (14, 1), (14, 7)),
        (("rule", 0, "id"), (17, 1), (17, 6)),
        (("rule", 1), (18, 3), (18, 3)),
        (("rule", 1, "id"), (19, 1), (19, 6)),
        (("rule", 1, "advice", "ja"), (21, 1), (21, 6)),
        (("rule", 1, "part", 0, "x", 1, "y"), (23, 15), (23, 19)),
    ],
)
def test_a_key_and_its_value_are_found_where_they_stand(
    path: tuple[str | int, ...], key: tuple[int, int], value: tuple[int, int]
) -> None:
    source = parse(DOCUMENT)
    assert source.position(path, of_key=True) == Position(*key)
    assert source.position(path) == Position(*value)


def test_what_is_missing_is_placed_at_the_table_that_lacks_it() -> None:
    source = parse(DOCUMENT)
    assert source.position(("rule", 1, "action")) == source.position(("rule", 1))
    assert source.position(("nothing", "here")) == Position(1, 1)


def test_windows_line_ends_and_a_byte_order_mark_change_no_position(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(b"\xef\xbb\xbf" + DOCUMENT.replace("\n", "\r\n").encode())
    source, plain = read(file), parse(DOCUMENT)
    assert (source.data, source.values, source.keys) == (plain.data, plain.values, plain.keys)


def _only_problem(text: str) -> Problem:
    with pytest.raises(ConfigError) as caught:
        parse(text, "a.toml")
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        ("a = 1\nb = yes\n", 2, 5, "double quotes"),
        ("a = 1\nb 2\n", 2, 3, "key = value"),
        ("[a]\nx = 1\nx = 2\n", 3, 6, "twice"),
        ("[a]\n[b]\n[a]\n", 3, 3, "opened once"),
        ('a = "open\n', 1, 10, "quote"),
        ("a = [1, 2\n", 2, 1, "]"),
    ],
)
def test_a_syntax_error_has_its_place_and_a_hint(
    text: str, line: int, column: int, hint: str
) -> None:
    problem = _only_problem(text)
    assert (problem.line, problem.column) == (line, column)
    assert hint in problem.hint
    assert "(at " not in problem.message


@pytest.mark.parametrize("deep", ["[" * 100_000, "[" * 200 + "]" * 200])
def test_a_file_nested_without_end_is_refused(deep: str) -> None:
    assert "nested" in _only_problem(f"a = {deep}").message
    assert MAX_DEPTH < 200


def test_a_number_too_long_to_read_is_a_problem_and_no_traceback() -> None:
    assert _only_problem("a = " + "9" * 10_000).line == 1


def test_a_shift_jis_file_is_named_as_such(tmp_path: Path) -> None:
    file = tmp_path / "sjis.toml"
    file.write_bytes("a = 1\nb = '総務課'\n".encode("cp932"))
    with pytest.raises(ConfigError) as caught:
        read(file)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (2, 6)
    assert "UTF-8" in problem.hint


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / "no.toml")


def test_a_file_beyond_the_limit_is_not_parsed(tmp_path: Path) -> None:
    file = tmp_path / "big.toml"
    file.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than"):
        read(file)


def test_members_of_lists_are_counted_from_one() -> None:
    assert dotted(("rule", 0, "match", "recipient", 2)) == "rule[1].match.recipient[3]"


def test_the_data_of_a_file_is_not_shown_by_repr() -> None:
    assert "secret" not in repr(parse('password = "secret"'))


# ------------------------------------------------------------------ any document

_KEYS = st.one_of(
    st.text(string.ascii_letters + "-_", min_size=1, max_size=6),
    st.sampled_from(["a.b", "名 #", '"']),
)
_SCALARS = st.one_of(
    st.booleans(), st.integers(-(2**40), 2**40), st.dates(), st.text('ab"\\#[]{},=関\n', max_size=8)
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=3)),
    max_leaves=8,
)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(k)} = {_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[ " + " ,\n ".join(_written(v) for v in value) + "]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    steps = value.items() if isinstance(value, dict) else ()
    steps = enumerate(value) if isinstance(value, list) else steps
    for step, inner in steps:
        yield (*path, step), inner
        yield from _paths(inner, (*path, step))


@given(st.dictionaries(_KEYS, _VALUES, max_size=4), st.lists(st.dictionaries(_KEYS, _VALUES)))
def test_every_value_of_any_document_stands_at_its_position(
    top: dict[str, Any], rules: list[dict[str, Any]]
) -> None:
    top.pop("rule", None)
    text = "".join(f"{_quoted(k)}\t= {_written(v)}  # {{\n" for k, v in top.items())
    for rule in rules:
        text += "[[ rule ]]\n" + "".join(f"  {_quoted(k)}={_written(v)}\n" for k, v in rule.items())
    source = parse(text)
    lines = text.split("\n")
    expected = top | ({"rule": rules} if rules else {})
    assert source.data == expected
    assert set(source.values) == {path for path, _ in _paths(expected)}
    for path, value in _paths(expected):
        if path[0] == "rule" and len(path) <= 2:
            continue  # headers: the place of their name
        at = source.position(path)
        rest = "\n".join([lines[at.line - 1][at.column - 1 :], *lines[at.line :]])
        assert rest.startswith(_written(value))
