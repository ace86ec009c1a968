"""Names the organisation in a domain: where its label ends and the public suffix begins.

Answers: for ``mail.exp.co.jp`` the organisation ``exp.co.jp``, its label ``exp`` and suffix
``co.jp``; for Japanese local government the organisation that people mean
(``city.yokohama.lg.jp``, label ``yokohama``, kind ``city``), which the list alone does not
give. A domain under a suffix that does not exist has no organisation: ``None``.
Trusts: the Public Suffix List as bundled with publicsuffixlist, its ICANN part only, and the
shipped list of municipalities; no network, no cache file. Input must come from ``normalise``.
Fails: never.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from publicsuffixlist import PSLFILE, PublicSuffixList

from gateway.recipients import lists

KINDS = frozenset({"city", "town", "vill", "pref", "metro"})
ATTRIBUTE_SUFFIXES = frozenset(  # JPRS: one organisation type each; none can receive mail
    {"co.jp", "ne.jp", "or.jp", "go.jp", "lg.jp", "ac.jp", "ed.jp", "gr.jp", "ad.jp"}
)
CLOSED_SUFFIXES = frozenset({"lg.jp", "go.jp", "ac.jp", "ed.jp"})  # offices and schools only
ONE_A_COMPANY = frozenset({"co.jp"})  # one name for each registered company
_LIST = PublicSuffixList(accept_unknown=False, only_icann=True)


@dataclass(frozen=True, slots=True)
class Name:
    """A domain's organisation. Comes from an address, so ``repr`` shows no label."""

    organisation: str = field(repr=False)  # exp.co.jp, city.yokohama.lg.jp
    label: str = field(repr=False)  # what people call it: exp, yokohama
    suffix: str  # co.jp, lg.jp; what is left of it for a geographic name: jp, shizuoka.jp
    kind: str = ""  # one of KINDS; "" when not a local government

    @property
    def stem(self) -> str:
        """The organisation without its suffix: ``exp``, ``city.yokohama``."""
        return f"{self.kind}.{self.label}" if self.kind else self.label

    @property
    def geographic(self) -> bool:
        """A local government under its place's own suffix (``city.shimoda.shizuoka.jp``)."""
        return bool(self.kind) and self.suffix not in ATTRIBUTE_SUFFIXES


def split(domain: str) -> Name | None:
    """Return the organisation in a normalised domain, or None under no real suffix.

    >>> split("www.city.yokohama.lg.jp")
    Name(suffix='lg.jp', kind='city')
    >>> split("exp.co.lp") is None
    True
    """
    suffix = public_suffix(domain)
    if suffix is None:
        return None
    if suffix == domain:
        return _bare_suffix(domain)
    above = domain[: -len(suffix) - 1].split(".")
    label = above[-1]
    if suffix == "lg.jp" and len(above) > 1 and above[-2] in KINDS:
        return Name(f"{above[-2]}.{label}.lg.jp", label, suffix, above[-2])
    if label in KINDS and _is_geographic(suffix):
        place, _, rest = suffix.partition(".")
        return Name(f"{label}.{suffix}", place, rest, label)
    return Name(f"{label}.{suffix}", label, suffix)


def public_suffix(domain: str) -> str | None:
    """The real public suffix of a normalised domain; None when it has none."""
    head, _, top = domain.rpartition(".")
    if top in _flat():
        return top
    second = f"{head.rpartition('.')[2]}.{top}"
    if second in _flat():
        return second
    found: str | None = _LIST.publicsuffix(domain)
    return found


@lru_cache(1)
def _flat() -> frozenset[str]:
    """Suffixes with no rule below them (``co.jp``, ``com``): whoever ends so needs no search."""
    rules = {rule for rule in _rules() if not rule.startswith(("!", "*"))}
    return frozenset(rules - {rule.partition(".")[2] for rule in _rules()})


def is_bare_suffix(domain: str) -> bool:
    """Whether a normalised domain is a public suffix itself (``lg.jp``): nobody's name."""
    return public_suffix(domain) == domain


def upwards(domain: str, name: Name | None) -> list[str]:
    """The domain and its parents, up to its organisation; to the top where it has none.

    The rule for every list of names: an entry covers itself and what stands below it, but
    no organisation that it stands above. ``lg.jp`` covers no city, and ``miki.lg.jp``
    neither ``city.miki.lg.jp`` nor ``town.miki.lg.jp``.
    """
    top = name.organisation if name else ""
    found = [domain]
    while domain != top and "." in domain:
        domain = domain.partition(".")[2]
        found.append(domain)
    return found


def _bare_suffix(domain: str) -> Name | None:
    """A public suffix alone: no name where it is a type or a top level, else its own."""
    label, dot, rest = domain.partition(".")
    if not dot or domain in ATTRIBUTE_SUFFIXES:
        return None
    return Name(domain, label, rest)


def _is_geographic(suffix: str) -> bool:
    return suffix.endswith(".jp") and suffix not in ATTRIBUTE_SUFFIXES


def _rules() -> list[str]:
    """The rules of the list's ICANN part, as they stand there."""
    text = Path(PSLFILE).read_text(encoding="utf-8").partition("===BEGIN PRIVATE")[0]
    return [rule for rule in text.splitlines() if rule and not rule.startswith("//")]


@lru_cache(1)
def place_names() -> frozenset[str]:
    """Labels of Japan's prefectures and municipalities, from their suffixes under ``.jp``."""
    suffixes = (rule.lstrip("*!.") for rule in _rules() if rule.endswith(".jp"))
    labels = {s.removeprefix("city.").partition(".")[0] for s in suffixes}
    return frozenset(labels) - {s.partition(".")[0] for s in ATTRIBUTE_SUFFIXES}


def is_municipality(name: Name) -> bool:
    """Whether a local government of this name surely exists.

    By the list of municipalities (``city.shimada.lg.jp``, ``city.shimada.shizuoka.jp``, and
    ``city.fukui-sakai.lg.jp`` where several share a name), or since its place has a suffix.
    """
    if name.kind not in KINDS:
        return False
    if name.suffix == "lg.jp":
        return name.label in place_names() or name.stem in _bodies()
    if f"{name.stem}.{name.suffix}".removesuffix(".jp") in lists.municipalities():
        return True
    return name.geographic and public_suffix(name.organisation) != name.suffix


@lru_cache(1)
def _bodies() -> frozenset[str]:
    """``city.sapporo`` and ``city.hokkaido-sapporo``, of every municipality."""
    apart = [body.split(".") for body in lists.municipalities()]
    return frozenset(f"{kind}.{place}" for kind, place, _ in apart) | frozenset(
        f"{kind}.{prefecture}-{place}" for kind, place, prefecture in apart
    )
