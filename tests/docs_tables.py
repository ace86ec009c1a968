"""The long tables of docs/, made from the code that they describe.

Answers: ``python -m tests.docs_tables`` rewrites every table that stands between
``<!-- table: NAME -->`` and ``<!-- end -->`` in docs/*.md and docs/ja/*.md, there with
Japanese headings, and the Japanese of every table that was measured; ``tests/test_docs.py``
fails while one is out of step.
Trusts: descriptions in the pydantic models, help texts of click, message catalogues: they
are the documentation, and say each thing once.
Fails: ``KeyError`` for a table that nobody makes.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache, partial
from types import UnionType
from typing import Any, Union, get_args, get_origin

import click
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gateway import reasons
from gateway.cli.main import cli
from gateway.config import Config
from gateway.console.api import OPERATIONS
from gateway.console.api.problems import KINDS, title, todo
from gateway.desk.life import LIFE, Action, Party, Stage
from gateway.i18n import catalogue_keys, text
from gateway.policy.approval import Approval
from gateway.policy.detectors import Detector
from gateway.policy.schema import (
    Count,
    Found,
    Journal,
    MailSize,
    Match,
    MyNumbers,
    Organ,
    PolicyFile,
    Rule,
    Trusted,
)
from gateway.store import Right, Role, may
from gateway.store.events import TYPES, Group
from gateway.toml_model import TomlModel
from tests import pages
from tests.measured import japanese

_HEADINGS = {
    "stage": " 名前 ",
    "act": " 操作 ",
    "by": " できる人 ",
    "then": " 次の段階 ",
    "right": " 権限 ",
    "reason": " 理由 ",
    "code": " コード ",
    "setting": " 設定 ",
    "default": " 既定値 ",
    "meaning": " 意味 ",
    "trouble": " 種類 ",
    "status": " 状態コード ",
    "group": " 群 ",
    "types": " 種類 ",
}
_POLICY: dict[str, type[TomlModel]] = {
    m.__name__: m
    for m in (
        PolicyFile,
        Trusted,
        Organ,
        Detector,
        Rule,
        Match,
        MyNumbers,
        Found,
        Count,
        MailSize,
        Approval,
        Journal,
    )
}
_TABLE = re.compile(r"(<!-- table: (\S+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
_MEASURED = re.compile(r"(<!-- measured: (\S+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def in_step(page: str) -> str:
    """The page with every table as it should be."""
    lang = "ja" if page in pages.JAPANESE else "en"

    def made(found: re.Match[str]) -> str:
        return f"{found[1]}\n{_headed(table(found[2], lang).strip(), lang)}\n\n{found[4]}"

    text = _TABLE.sub(made, pages.read(page))
    return text if lang == "en" else _MEASURED.sub(partial(_as_measured, page), text)


def _as_measured(page: str, found: re.Match[str]) -> str:
    """What the English twin's table says."""
    tables = {told[2]: told[3] for told in _MEASURED.finditer(pages.read(pages.ENGLISH_OF[page]))}
    return f"{found[1]}{japanese(tables[found[2]])}{found[4]}"


def _headed(made: str, lang: str) -> str:
    """The table under headings of the page's language."""
    head, _, body = made.partition("\n")
    if lang == "ja":
        head = "|".join(_HEADINGS.get(cell.strip(), cell) for cell in head.split("|"))
    return f"{head}\n{body}"


def table(name: str, lang: str = "en") -> str:
    kind, _, which = name.partition(":")
    if kind == "settings":
        return "\n".join(_settings(dict(sections())[which], which if lang == "ja" else ""))
    if kind == "policy":
        return "\n".join(_keys(_POLICY[which]))
    if kind == "reasons":
        return "\n".join(_reasons(which, lang))
    if kind == "floor":
        return "\n".join(_floor(lang))
    if kind == "rights":
        return "\n".join(_rights())
    if kind == "life":
        return "\n".join(_life(lang))
    if kind == "api":
        return "\n".join(_API[which]())
    return {"verbs": lambda: "\n".join(_verbs())}[kind]()


# ------------------------------------------------------------------ settings and policy keys


def sections(model: type[TomlModel] = Config, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every table of config.toml as (dotted name, model), optional ones too."""
    for name, info in model.model_fields.items():
        for inner in _kinds(info):
            if isinstance(inner, type) and issubclass(inner, TomlModel):
                yield f"{path}{name}", inner
                yield from sections(inner, f"{path}{name}.")


def _kinds(info: FieldInfo) -> tuple[Any, ...]:
    """The type of a field; of ``X | None`` both, of a list what is in it."""
    inner = get_origin(info.annotation) in (Union, UnionType, tuple)
    return get_args(info.annotation) if inner else (info.annotation,)


def settings() -> Iterator[str]:
    """The dotted name of every setting of config.toml."""
    for section, model in sections():
        for name, info in model.model_fields.items():
            if not _is_section(info):
                yield f"{section}.{name}"


def _is_section(info: FieldInfo) -> bool:
    return isinstance(info.annotation, type) and issubclass(info.annotation, TomlModel)


def _settings(model: type[TomlModel], japanese: str) -> Iterator[str]:
    """Of the section of that name in Japanese, else in English."""
    yield "| setting | default | meaning |"
    yield "|---|---|---|"
    for name, info in model.model_fields.items():
        if not _is_section(info):
            said = in_example()[f"{japanese}.{name}"] if japanese else info.description
            default = _default(info)
            shown = _DEFAULTS.get(default, default) if japanese else default
            yield f"| `{name}` | {shown} | {_cell(said)} |"


_DEFAULTS = {"**must be set**": "**必須**", "none": "なし", "(see right)": "（右を参照）"}
_INLINE = {  # what the example writes within one line
    "organisation.name.ja": "日本語の名称。",
    "organisation.name.en": "英語の名称。",
    "smtp.tls.certificate": "証明書のチェーン（PEM）。",
    "smtp.tls.key": "パスワードのない秘密鍵（PEM）。",
}


@cache
def in_example() -> dict[str, str]:
    """The Japanese half of the comment above each setting of config.example.toml.

    A comment is about all settings up to the next one; what stands above a table, about it.
    """
    found, section, said, over = dict(_INLINE), "", "", True
    for line in (pages.ROOT / "config.example.toml").read_text("utf-8").splitlines():
        if header := re.fullmatch(r"(?:# )?\[+([a-z._]+)\]+", line):
            section, over = header[1], True
            found[section] = said
        elif setting := re.match(r"(?:# )?([a-z_]+) = ", line):
            found[f"{section}.{setting[1]}"], over = said, True
        elif line.startswith("# "):
            half = re.split(r" ?/ (?=[A-Z])", line[2:])[0]
            said, over = ("" if over else said) + half * bool(_KANA.search(half)), False
    return found


_KANA = re.compile(r"[ぁ-んァ-ヶ一-龠]")


def _keys(model: type[TomlModel]) -> Iterator[str]:
    """A match has no defaults: what is not written is not asked."""
    asks = model is Match
    yield "| key | asks |" if asks else "| key | default | meaning |"
    yield "|---|---|" if asks else "|---|---|---|"
    for name, info in model.model_fields.items():
        default = "" if asks else f" {_default(info)} |"
        yield f"| `{name}` |{default} {_cell(info.description)} |"


def _default(info: FieldInfo) -> str:
    if info.default_factory is not None:
        return "(see right)"
    if info.default is PydanticUndefined:
        return "**must be set**"
    if info.default in (None, (), frozenset(), {}, ""):
        return "none" if not _is_list(info) else "`[]`"
    return f"`{json.dumps(info.default, ensure_ascii=False)}`"


def _is_list(info: FieldInfo) -> bool:
    return any(get_origin(kind) in (tuple, frozenset) for kind in (info.annotation, *_kinds(info)))


def _cell(words: str | None) -> str:
    return " ".join((words or "").split()).replace("|", "\\|")


# ------------------------------------------------------------------ verbs


def verbs(
    command: click.Command = cli, name: str = "sekisho"
) -> Iterator[tuple[str, click.Command]]:
    """Every verb that does something, as (``sekisho holds list``, command)."""
    if isinstance(command, click.Group):
        for inner in command.list_commands(click.Context(command)):
            yield from verbs(command.commands[inner], f"{name} {inner}")
    else:
        yield name, command


def options(command: click.Command) -> list[click.Option]:
    return [p for p in command.params if isinstance(p, click.Option) and not p.hidden]


_SHARED = ("--config", "--json", "--lang")  # explained once, above the verbs


def _verbs() -> Iterator[str]:
    for name, command in verbs():
        arguments = [a.metavar or a.name for a in command.params if isinstance(a, click.Argument)]
        yield f"### `{' '.join([name, *map(str, arguments)])}`\n"
        yield f"{_paragraphs(command.help or '')}\n"
        shared = [f"`{o.opts[0]}`" for o in options(command) if o.opts[-1] in _SHARED]
        if shared:
            yield f"- {', '.join(shared)}"
        for option in options(command):
            if option.opts[-1] not in _SHARED:
                needed = " **Required.**" if option.required else ""
                yield f"- `{_spelling(option)}`: {option.help}.{needed}"
        yield ""


def _paragraphs(words: str) -> str:
    return "\n\n".join(_cell(p) for p in words.replace("``", "`").split("\n\n"))


def _spelling(option: click.Option) -> str:
    names = ", ".join(option.opts)
    if option.is_flag:
        return names
    kinds = "|".join(option.type.choices) if isinstance(option.type, click.Choice) else ""
    return f"{names} {kinds or option.make_metavar(click.Context(cli))}"


# ------------------------------------------------------------------ the life of parked mail


_PARTIES = {
    Party.SENDER: "送信者",
    Party.LINK: "リンク",
    Party.CLEAN_LINK: "問題のないメールのリンク",
    Party.HANDLER: "対応担当者",
    Party.APPROVER: "承認者",
    Party.CLOCK: "時計",
    Party.STORE: "関所",
}


def _life(lang: str) -> Iterator[str]:
    """One row a stage: what can be done, by whom, and what comes of it."""
    yield "| stage | 段階 | act | by | then |"
    yield "|---|---|---|---|---|"
    for stage in Stage:
        shown = f"`{stage}` | {text('desk', f'stage-{stage}', 'ja')}"
        for action in Action:
            if row := LIFE.get((stage, action)):
                by = [_PARTIES[p] if lang == "ja" else p.value for p in Party if p in row.by]
                act = f"`{action}` {_named(action) if lang == 'ja' else ''}".rstrip()
                among = "、" if lang == "ja" else ", "
                yield f"| {shown} | {act} | {among.join(by)} | `{row.becomes}` |"
                shown = " | "
        if not any(here is stage for here, _ in LIFE):
            yield f"| {shown} | | | |"


def _named(action: Action) -> str:
    """As the console's record of acts calls it; what no person does has no name there."""
    key = f"action-{action}"
    return text("console", key, "ja") if key in catalogue_keys("console") else ""


# ------------------------------------------------------------------ reasons

_EXAMPLE = {"resembles": "exp.co.jp"}


def catalogue_of(reason: str) -> str:
    """Which catalogue of messages has the reason's sentence."""
    for catalogue in ("detect", "recipients", "policy"):
        try:
            text(catalogue, reason, "en", **_EXAMPLE)
        except KeyError:
            continue
        return catalogue
    raise KeyError(reason)


def every_reason() -> list[str]:
    return [v for k, v in vars(reasons).items() if k.isupper() and isinstance(v, str)]


def _reasons(catalogue: str, lang: str) -> Iterator[str]:
    yield _both("reason", _LANGUAGES.values(), lang)
    yield "|---|---|---|"
    for reason in every_reason():
        if catalogue_of(reason) == catalogue:
            said = (_cell(text(catalogue, reason, each, **_EXAMPLE)) for each in _LANGUAGES)
            yield _both(f"`{reason}`", said, lang)


def _floor(lang: str) -> Iterator[str]:
    yield _both("code", _LANGUAGES.values(), lang)
    yield "|---|---|---|"
    for code in sorted(catalogue_keys("floor")):
        said = (_cell(text("floor", code, each)) for each in _LANGUAGES)
        yield _both(f"`{code}`", said, lang)


_LANGUAGES = {"en": "English", "ja": "日本語"}


def _both(code: str, said: Iterable[str], lang: str) -> str:
    """A row with both languages' words, the reader's first."""
    cells = list(said)
    return f"| {code} | {' | '.join(cells if lang == 'en' else reversed(cells))} |"


# ------------------------------------------------------------------ rights


def _rights() -> Iterator[str]:
    yield f"| right | {' | '.join(f'`{role}`' for role in Role)} | English | 日本語 |"
    yield f"|---|{':-:|' * len(Role)}---|---|"
    for right in Right:
        cells = " | ".join("●" if may(role, right) else "" for role in Role)
        said = [_cell(text("console-accounts", f"right-{right}", lang)) for lang in ("en", "ja")]
        yield f"| `{right}` | {cells} | {said[0]} | {said[1]} |"


# ------------------------------------------------------------------ the API


def _operations() -> Iterator[str]:
    yield "| operation | right | does |"
    yield "|---|---|---|"
    for o in OPERATIONS:
        right = f"`{o.right}`{' ◆' if o.whole else ''}" if o.right else "any token"
        yield f"| `{o.method} {o.path}` | {right} | {_cell(o.says)} |"


def _troubles() -> Iterator[str]:
    yield "| trouble | status | English | 日本語 |"
    yield "|---|---|---|---|"
    for kind, status in KINDS.items():
        said = (f"{title(kind, lang)}. {todo(kind, lang)}" for lang in ("en", "ja"))
        english, japanese = (_cell(words) for words in said)
        japanese = japanese.replace(". ", "。", 1)
        yield f"| `{kind}` | {status} | {english} | {japanese} |"


def _events() -> Iterator[str]:
    yield "| group | types |"
    yield "|---|---|"
    for group in Group:
        mine = (f"`{t}`" for t in TYPES if t.startswith(f"{group}."))
        yield f"| {group} | {' '.join(mine)} |"


_API = {"operations": _operations, "troubles": _troubles, "events": _events}


def main() -> int:
    for page in (*pages.ENGLISH, *pages.JAPANESE):
        new = in_step(page)
        if new != pages.read(page):
            (pages.ROOT / page).write_text(new, encoding="utf-8")
            sys.stdout.write(f"{page}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
