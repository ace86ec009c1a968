"""docs/ names every setting, verb, option, metric, exit status, reason, reply and report item."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import errors, metrics
from gateway.cli import check
from gateway.config import Config
from gateway.errors import Problem
from gateway.i18n import text
from gateway.incident.classify import Kind
from gateway.incident.draft import _ITEMS as REPORT_ITEMS
from gateway.model import HoldState, RecipientClass, UnreadReason, Verdict
from gateway.policy import load as load_policy
from gateway.smtp import replies
from gateway.store.records import Destination, IncidentRecord
from tests import docs_tables, pages
from tests.pages import ROOT

PAGES = {
    page.removeprefix("docs/"): pages.read(page)
    for page in (*pages.ENGLISH, *pages.JAPANESE)
    if page.startswith("docs/")
}
GATEWAY = sorted((ROOT / "gateway").rglob("*.py"))


def missing(page: str, words: Iterator[str] | list[str]) -> list[str]:
    return [w for w in words if w not in PAGES[page]]


def quoted(words: Iterator[str] | list[str]) -> list[str]:
    return [f"`{w}`" for w in words]


# ------------------------------------------------------------------ tables made from code


@pytest.mark.parametrize("page", [*pages.ENGLISH, *pages.JAPANESE])
def test_every_table_is_in_step_with_the_code(page: str) -> None:
    """Put right with ``python -m tests.docs_tables``."""
    assert docs_tables.in_step(page) == pages.read(page)


def test_every_section_of_the_configuration_has_its_table() -> None:
    wanted = [f"<!-- table: settings:{name} -->" for name, _ in docs_tables.sections()]
    assert len(wanted) > len(Config.model_fields)  # with smtp.timers and others further in
    assert missing("configuration.md", wanted) == []


def test_every_setting_stands_in_a_table_of_its_section() -> None:
    named = list(docs_tables.settings())
    assert "smtp.timers.inspect" in named
    assert missing("configuration.md", [f"| `{n.rpartition('.')[2]}` |" for n in named]) == []


def test_every_setting_is_explained_in_japanese_in_the_example() -> None:
    """The Japanese page of the settings is made of these comments."""
    assert [name for name in docs_tables.settings() if not docs_tables.in_example()[name]] == []


def test_every_kind_of_policy_table_is_described() -> None:
    wanted = [f"<!-- table: policy:{name} -->" for name in docs_tables._POLICY]
    assert missing("policy.md", wanted) == []


def test_every_class_verdict_and_unread_reason_is_described() -> None:
    for kind in (RecipientClass, Verdict, UnreadReason):
        assert missing("policy.md", quoted([word.value for word in kind])) == []


def test_every_verb_and_every_option_is_described() -> None:
    names = [name for name, _ in docs_tables.verbs()]
    assert "sekisho holds release" in names
    assert missing("commands.md", [f"### `{n}" for n in names]) == []
    for _, command in docs_tables.verbs():
        for option in docs_tables.options(command):
            assert missing("commands.md", [f"`{option.opts[0]}"]) == []


def test_every_reason_is_given_with_its_sentences() -> None:
    assert missing("reasons.md", [f"| `{r}` |" for r in docs_tables.every_reason()]) == []
    assert missing("reasons.md", quoted([r.value for r in UnreadReason])) == []


# ------------------------------------------------------------------ tables written by hand


def test_every_exit_status_is_described() -> None:
    statuses = {k: v for k, v in vars(errors).items() if k.startswith("EX_")}
    assert missing("commands.md", [f"| {v} | `{k}` |" for k, v in statuses.items()]) == []


def test_every_metric_is_described() -> None:
    names = [
        f"`{family.name}{'_total' if family.type == 'counter' else ''}"
        for family in metrics.registry.collect()
    ]
    assert len(names) > 10
    assert missing("operations.md", names) == []


def test_every_item_of_the_report_is_described_in_both_languages() -> None:
    for number, (key, to_persons) in enumerate(REPORT_ITEMS, start=1):
        ja, en = (text("incident", f"item-{key}", lang) for lang in ("ja", "en"))
        mark = " ◆" if to_persons else ""
        assert missing("incidents.md", [f"| {chr(0x245F + number)} {ja} {en}{mark} |"]) == []
        assert missing("ja/incidents.md", [f"| {chr(0x245F + number)} {ja}{mark} |"]) == []


def test_every_kind_of_incident_is_described_in_the_words_of_the_console() -> None:
    said = [f"| `{kind.value}` | {text('console', f'kind-{kind}', 'ja')} |" for kind in Kind]
    assert missing("incidents.md", said) == missing("ja/incidents.md", said) == []


def test_every_state_of_a_hold_that_people_see_is_described() -> None:
    seen = [s.value for s in HoldState if s is not HoldState.STAGED]
    assert missing("commands.md", quoted(seen)) == []


def test_every_field_of_json_output_is_described() -> None:
    rooms = ("inspecting", "history", "desk", "acting", "users", "webhooks")
    keys = {key for name in rooms for key in _dict_keys(name)}
    keys |= set(check._row(Problem("config.toml", 1, 1, "", "")))
    keys |= {f.name for kind in (IncidentRecord, Destination) for f in dataclasses.fields(kind)}
    assert {"my_numbers", "suggestion", "hint"} <= keys
    assert missing("commands.md", quoted(sorted(keys))) == []


def _dict_keys(module: str) -> Iterator[str]:
    """Every constant key of a dict written in a module of the command line."""
    tree = ast.parse((ROOT / "gateway" / "cli" / f"{module}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield from (k.value for k in node.keys if isinstance(k, ast.Constant))


def test_every_smtp_reply_is_described() -> None:
    replies = [reply for path in GATEWAY for reply in _replies(path)]
    assert len(replies) > 30
    assert missing("replies.md", replies) == []


def _replies(path: Path) -> Iterator[str]:
    """Code with enhanced code, and each fixed piece of text, of every ``Reply(…)`` written."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reply"):
            continue
        if len(node.args) != 3 or not isinstance(node.args[0], ast.Constant):
            continue
        code, enhanced, said = node.args
        head = " ".join(str(a.value) for a in (code, enhanced) if isinstance(a, ast.Constant))
        if isinstance(said, ast.Constant):
            yield f"{head.strip()} {said.value}"
        elif isinstance(said, ast.JoinedStr):
            yield from (
                str(piece.value).strip(" ,=").removesuffix(" id")
                for piece in said.values
                if isinstance(piece, ast.Constant)
            )


@pytest.mark.parametrize(
    ("module", "event"), [("pipeline", "mail"), ("outbound/worker", "delivery")]
)
def test_every_field_of_the_two_log_lines_about_a_mail_is_described(
    module: str, event: str
) -> None:
    tree = ast.parse((ROOT / "gateway" / f"{module}.py").read_text(encoding="utf-8"))
    (call,) = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Call)
        and ast.unparse(n.func) == "log.info"
        and ast.unparse(n.args[0]) == repr(event)
    ]
    fields = [k.arg for k in call.keywords if k.arg]
    assert len(fields) > 5
    assert missing("operations.md", quoted(fields)) == []


def test_every_reason_for_not_taking_a_mail_is_described() -> None:
    assert missing("operations.md", quoted(list(replies.REASONS.values()))) == []


# ------------------------------------------------------------------ prose


_EXAMPLES = [body for kind, body in pages.blocks("docs/policy.md") if kind == "toml"]


@pytest.mark.parametrize("example", _EXAMPLES)
def test_every_worked_example_of_a_policy_loads(tmp_path: Path, example: str) -> None:
    (tmp_path / "example.toml").write_text(example, encoding="utf-8")
    assert load_policy(tmp_path).warnings == ()


@pytest.mark.parametrize(
    "page", [*pages.ENGLISH, *pages.JAPANESE, "CONTRIBUTING.md", "CHANGELOG.md"]
)
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page: str) -> None:
    for path, fragment in pages.links(page):
        assert path.startswith("http") or (ROOT / path).exists(), path
        assert not fragment or path.startswith("http") or fragment in pages.anchors(path), fragment
