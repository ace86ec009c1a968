"""The organisation in a domain is the one that people mean."""

import pytest

from gateway.recipients import names
from gateway.recipients.lists.places import spellings
from gateway.recipients.names import is_bare_suffix, is_municipality, split, upwards


@pytest.mark.parametrize(
    ("domain", "organisation", "label", "suffix", "kind"),
    [
        ("exp.co.jp", "exp.co.jp", "exp", "co.jp", ""),
        ("mail.exp.co.jp", "exp.co.jp", "exp", "co.jp", ""),
        ("exp.com", "exp.com", "exp", "com", ""),
        ("a.github.io", "github.io", "github", "io", ""),
        ("city.yokohama.lg.jp", "city.yokohama.lg.jp", "yokohama", "lg.jp", "city"),
        ("www.town.miki.lg.jp", "town.miki.lg.jp", "miki", "lg.jp", "town"),
        ("pref.osaka.lg.jp", "pref.osaka.lg.jp", "osaka", "lg.jp", "pref"),
        ("metro.tokyo.lg.jp", "metro.tokyo.lg.jp", "tokyo", "lg.jp", "metro"),
        ("yokohama.lg.jp", "yokohama.lg.jp", "yokohama", "lg.jp", ""),
        ("city.kawasaki.jp", "city.kawasaki.jp", "kawasaki", "jp", "city"),
        (
            "mail.city.shimoda.shizuoka.jp",
            "city.shimoda.shizuoka.jp",
            "shimoda",
            "shizuoka.jp",
            "city",
        ),
        ("city.co.jp", "city.co.jp", "city", "co.jp", ""),
        ("city.jp", "city.jp", "city", "jp", ""),
    ],
)
def test_a_domain_names_its_organisation(domain, organisation, label, suffix, kind):
    name = split(domain)
    assert name is not None
    assert (name.organisation, name.label, name.suffix, name.kind) == (
        organisation, label, suffix, kind,
    )  # fmt: skip


@pytest.mark.parametrize(
    "domain",
    ["gmail.con", "exp.co.lp", "exp.cojp", "yahoo.co.j", "co.jp", "lg.jp", "jp", "192.0.2.1"],
)
def test_under_a_suffix_that_does_not_exist_there_is_no_organisation(domain):
    assert split(domain) is None


def test_a_list_is_looked_up_from_the_domain_to_its_organisation_and_no_higher():
    domain = "mail.city.miki.lg.jp"
    assert upwards(domain, split(domain)) == ["mail.city.miki.lg.jp", "city.miki.lg.jp"]


def test_a_public_suffix_is_nobodys_name():
    assert is_bare_suffix("lg.jp")
    assert not is_bare_suffix("city.miki.lg.jp")


def test_a_name_shows_no_label_in_its_repr():
    assert "exp" not in repr(split("exp.co.jp"))


@pytest.mark.parametrize("domain", [
    "city.awara.lg.jp",  # too young for a suffix of its own
    "city.fukui-sakai.lg.jp", "town.hokkaido-ikeda.lg.jp",  # one of several of the name
    "city.gotemba.lg.jp", "city.gotemba.shizuoka.jp",
])  # fmt: skip
def test_a_municipality_is_known_by_the_rule_of_its_name(domain):
    assert is_municipality(split(domain))


@pytest.mark.parametrize("domain", ["city.yokohma.lg.jp", "vill.awara.lg.jp", "awara.co.jp",
                                    "city.tokyo-ikeda.lg.jp"])  # fmt: skip
def test_no_other_name_is_a_municipality(domain):
    assert not is_municipality(split(domain))


def test_places_are_spelt_as_their_domains_are():
    assert [spellings(kana) for kana in ("とうきょう", "にっこう", "さっぽろ", "ほんじょう")] == [
        {"tokyo"}, {"nikko"}, {"sapporo"}, {"honjo"},
    ]  # fmt: skip


def test_every_rule_of_the_public_suffix_list_is_read_as_the_list_reads_it():
    """Most suffixes are told without it; the list has the last word on what that may change."""
    rules = [rule.lstrip("*.!") for rule in names._rules()]
    asked = [f"{above}{rule}" for rule in rules for above in ("", "a.", "b.a.") if rule.isascii()]
    assert len(asked) > 10_000
    assert [n for n in asked if names.public_suffix(n) != names._LIST.publicsuffix(n)] == []
