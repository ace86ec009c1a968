"""The names an organisation knows, prebuilt for judging: own, trusted, protected, real, bad.

Answers: for a domain whose it is (own, trusted today, a provider's, a real organisation's) and
what known name it may have been meant for. Both answers are remembered for the last few
thousand domains; they depend on the domain alone, so remembering changes nothing but the time.
Trusts: the administrator's lists. An entry covers its own name and its subdomains, but no
organisation above which it stands (see ``names.upwards``): ``lg.jp`` trusts no city. A long
list of real names may hold slips, as public ones do: it never hides a slip of a provider.
Fails: never; an entry that names nobody (malformed, a bare public suffix) is left out, the
safe side, and stands in ``rejected`` for ``check`` to report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

from gateway import reasons
from gateway.model import Confidence, Recipient
from gateway.recipients import lists
from gateway.recipients.freemail import OTHER_PROVIDERS, PROVIDERS
from gateway.recipients.known import Known, Tier
from gateway.recipients.list_files import NO_LISTS, NameLists, sound, table_of
from gateway.recipients.lookalike import LookAlikeIndex
from gateway.recipients.names import Name, split, upwards
from gateway.recipients.normalise import salvage
from gateway.recipients.structural import LookAlike

REMEMBERED_DOMAINS = 8192  # verdicts kept; a stranger's costs far under a millisecond anew

_FREEMAIL = frozenset(PROVIDERS + OTHER_PROVIDERS)


@dataclass(frozen=True, slots=True)
class TrustedName:
    """One ``[[trusted]]`` entry of the policy."""

    domain: str  # as the administrator wrote it; covers its subdomains
    may_receive: frozenset[str] = frozenset()  # detectors; empty: ordinary mail only
    until: date | None = None  # last day of the trust; None: no end


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose a domain is. Comes from an address, so ``repr`` shows no name."""

    domain: str = field(repr=False)
    name: Name | None = field(repr=False)  # None under a suffix that does not exist
    internal: bool = False
    trusted: tuple[tuple[TrustedName, ...], ...] = ()  # nearest name first
    freemail: bool = False
    listed: bool = False  # known by name, or surely real: never a look-alike
    real: bool = False  # on a long list of real names: no look-alike but of a provider
    bad_for: str | None = None  # known-bad; the name that was meant, "" when not said


@dataclass(frozen=True, eq=False)
class Directory:
    """An organisation's names with their index. Made by ``build``; never changes."""

    internal: frozenset[str]  # normalised
    trusted: Mapping[str, tuple[TrustedName, ...]]  # by normalised domain
    protected: frozenset[str]  # normalised; people mistype them, nothing else is known
    known_bad: Mapping[str, str]  # normalised name → name that was meant
    rejected: tuple[str, ...]  # entries that name nobody, as they were written
    index: LookAlikeIndex = field(repr=False)
    lists: NameLists = field(default=NO_LISTS, repr=False)  # the administrator's files
    standing: Callable[[str], Standing] = field(init=False, repr=False)
    look_alike: Callable[[str], LookAlike | None] = field(init=False, repr=False)
    # Judgements by name alone, by all that they depend on beside this; ``judgement`` keeps them.
    judged: dict[tuple[str, date, frozenset[str]], Recipient] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        remember = lru_cache(maxsize=REMEMBERED_DOMAINS)
        object.__setattr__(self, "standing", remember(self._standing))
        object.__setattr__(self, "look_alike", remember(self._look_alike))
        object.__setattr__(self, "judged", {})

    @classmethod
    def build(
        cls,
        internal: Iterable[str],
        trusted: Iterable[TrustedName],
        protected: Iterable[str] = (),
        known_bad: Mapping[str, str] | None = None,
        name_lists: NameLists = NO_LISTS,
        cache: Path | None = None,
    ) -> Directory:
        """Build from lists as administrators write them.

        Args:
            internal: the organisation's own domains.
            trusted: may name one domain several times; expired ones still count as mistyped.
            protected: further names that mail goes to often, and so gets mistyped.
            known_bad: names never to write to → the name that was meant, or "".
            name_lists: the same kinds of names from the administrator's files.
            cache: where what is made of many names is kept for other processes; None: nowhere.
        """
        rejected: list[str] = []
        own = frozenset(sound(internal, rejected))
        partners: dict[str, tuple[TrustedName, ...]] = {}
        for entry in trusted:
            for name in sound([entry.domain], rejected):
                partners[name] = (*partners.get(name, ()), entry)
        further = frozenset(sound(protected, rejected))
        pairs = {**name_lists.bad, **(known_bad or {})}
        bad = {name: meant for n, meant in pairs.items() for name in sound([n], rejected)}
        tiers = _tiers(own, partners, further)
        providers = list(_known({n: tier for n, tier in tiers.items() if n in _FREEMAIL}))
        table = table_of(tiers, _known, cache)
        index = LookAlikeIndex([table, name_lists.table], providers)
        return cls(own, partners, further, bad, tuple(rejected), index, name_lists)

    def meant_by_malformed(self, typed: str) -> str:
        """Return the known name that a malformed domain stood for, or ""."""
        for domain in salvage(typed):
            standing = self.standing(domain)
            if standing.listed and standing.bad_for is None:
                return domain
            match = self.look_alike(domain)
            if match:
                return match.resembles
        return ""

    def _standing(self, domain: str) -> Standing:
        name = split(domain)
        line = upwards(domain, name)
        internal = not self.internal.isdisjoint(line)
        trusted = tuple([self.trusted[d] for d in line if d in self.trusted])
        freemail = not _FREEMAIL.isdisjoint(line)
        listed = internal or freemail or bool(trusted) or self._lists_name(line)
        real = listed or self.lists.real.has_any(line)
        bad_for = None
        if self.known_bad:
            bad_for = next((self.known_bad[d] for d in line if d in self.known_bad), None)
        return Standing(domain, name, internal, trusted, freemail, listed, real, bad_for)

    def _lists_name(self, line: list[str]) -> bool:
        """Whether a list names it that hides no alarm by mistake: protected, or shipped."""
        shipped = self.lists.shipped_real and not lists.real().isdisjoint(line)
        return shipped or not self.protected.isdisjoint(line) or self.lists.protected.has_any(line)

    def _look_alike(self, domain: str) -> LookAlike | None:
        standing = self.standing(domain)
        if standing.listed:
            return None
        found = self.index.find(domain, standing.name)
        sure = found is not None and found.strength is Confidence.CERTAIN
        if standing.real and not (sure and found is not None and found.provider):
            return None
        return found if sure else self._notorious(standing) or found

    def _notorious(self, standing: Standing) -> LookAlike | None:
        """A slip on the shipped list of bad names that its letters alone do not betray."""
        meant = lists.bad().get(standing.name.organisation if standing.name else standing.domain)
        if not meant or not self.lists.shipped_bad:
            return None
        why = (reasons.KNOWN_BAD,)
        return LookAlike(meant, Confidence.CERTAIN, why, float(len(Confidence)), provider=True)


def _tiers(own: Iterable[str], partners: Iterable[str], further: Iterable[str]) -> dict[str, Tier]:
    """Every name that people mistype, once, at its first tier."""
    tiers = dict.fromkeys(partners, Tier.TRUSTED)
    for tier, names in (
        (Tier.INTERNAL, own),
        (Tier.PROTECTED, further),
        (Tier.PROVIDER, PROVIDERS),
        (Tier.RARE_PROVIDER, OTHER_PROVIDERS),
    ):
        for name in names:
            tiers.setdefault(name, tier)
    return tiers


def _known(tiers: Mapping[str, Tier]) -> Iterator[Known]:
    for name, tier in tiers.items():
        if parts := split(name):
            yield Known(name, parts, tier, name in _FREEMAIL)
