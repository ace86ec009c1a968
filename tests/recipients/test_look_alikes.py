"""A domain that was meant to be a known name is found, with the name and the reason."""

import pytest

from tests.recipients.examples import judged

CERTAIN = [
    # the suffix cannot exist
    ("gmail.con", "gmail.com", ["suffix-impossible"]),
    ("gmial.con", "gmail.com", ["suffix-impossible"]),
    ("aol.con", "aol.com", ["suffix-impossible"]),
    ("exp.co.lp", "exp.co.jp", ["suffix-impossible"]),
    ("mail.exp.co.lp", "exp.co.jp", ["suffix-impossible"]),
    ("exp.co.j", "exp.co.jp", ["suffix-impossible"]),
    ("exp.cojp", "exp.co.jp", ["suffix-impossible", "dot-missing"]),
    ("city.example.lg.lp", "city.example.lg.jp", ["suffix-impossible"]),
    ("gmail", "gmail.com", ["suffix-impossible"]),
    # the dot is missing or elsewhere
    ("expco.jp", "exp.co.jp", ["dot-missing"]),
    ("exp-co.jp", "exp.co.jp", ["dot-missing"]),
    ("mail.expco.jp", "exp.co.jp", ["dot-missing"]),
    ("yahooco.jp", "yahoo.co.jp", ["dot-missing"]),
    ("gmailc.om", "gmail.com", ["dot-missing"]),
    ("cityyokohama.lg.jp", "city.yokohama.lg.jp", ["dot-missing"]),
    ("isoftbank.jp", "i.softbank.jp", ["dot-missing"]),
    # the suffix is glued to the name, or said twice
    ("expcojp.com", "exp.co.jp", ["suffix-glued"]),
    ("exp-co-jp.com", "exp.co.jp", ["suffix-glued"]),
    ("gmailcom.jp", "gmail.com", ["suffix-glued"]),
    ("yahooco.com", "yahoo.co.jp", ["suffix-glued"]),
    ("exp.co.jp.jp", "exp.co.jp", ["suffix-doubled"]),
    ("exp.co.co.jp", "exp.co.jp", ["suffix-doubled"]),
    ("gmail.com.com", "gmail.com", ["suffix-doubled"]),
    ("gmail.com.jp", "gmail.com", ["suffix-doubled"]),
    # a slip of a freemail or carrier name
    ("gmai.com", "gmail.com", ["slip-omission"]),
    ("gmial.com", "gmail.com", ["slip-transposition"]),
    ("gnail.com", "gmail.com", ["slip-substitution"]),
    ("gmaill.com", "gmail.com", ["slip-insertion"]),
    ("g-mail.com", "gmail.com", ["hyphen-only"]),
    ("grnail.com", "gmail.com", ["confusable"]),
    ("gmail.co", "gmail.com", ["suffix-swap"]),
    ("gmail.co.jp", "gmail.com", ["suffix-swap"]),
    ("yahoo.ne.jp", "yahoo.co.jp", ["suffix-swap"]),
    ("yaho.co.jp", "yahoo.co.jp", ["slip-omission"]),
    ("icroud.com", "icloud.com", ["slip-substitution"]),
    ("docmo.ne.jp", "docomo.ne.jp", ["slip-omission"]),
    ("docomo.ne.jo", "docomo.ne.jp", ["suffix-swap"]),
    ("softbnak.ne.jp", "softbank.ne.jp", ["slip-transposition"]),
    ("i.softbnak.jp", "i.softbank.jp", ["slip-transposition"]),
    ("outlok.jp", "outlook.jp", ["slip-omission"]),
    # letters of another script that are drawn alike
    ("gmаil.com", "gmail.com", ["confusable"]),
    ("еxp.co.jp", "exp.co.jp", ["confusable"]),
    ("citу.example.lg.jp", "city.example.lg.jp", ["confusable"]),
    ("ɡmaıl.com", "gmail.com", ["confusable"]),
    # malformed, and yet clear what was meant
    ("exp,co.jp", "exp.co.jp", ["domain-malformed"]),
    ("exp..co.jp", "exp.co.jp", ["domain-malformed"]),
    ("ex p.co.jp", "exp.co.jp", ["domain-malformed"]),
    ("gmail.com>", "gmail.com", ["domain-malformed"]),
    ("gmai,com", "gmail.com", ["domain-malformed"]),
    # the administrator says so
    ("exp-mail.com", "exp.co.jp", ["known-bad"]),
    ("mail.exp-mail.com", "exp.co.jp", ["known-bad"]),
]
LIKELY = [
    ("exp.com", "exp.co.jp", ["suffix-swap"]),
    ("exp.jp", "exp.co.jp", ["suffix-swap"]),
    ("exp.ne.jp", "exp.co.jp", ["suffix-swap"]),
    ("exp.or.jp", "exp.co.jp", ["suffix-swap"]),
    ("exp.co", "exp.co.jp", ["suffix-swap"]),
    ("mail.exp.com", "exp.co.jp", ["suffix-swap"]),
    ("exp.cp.jp", "exp.co.jp", ["suffix-swap"]),
    ("old-partner.com", "old-partner.or.jp", ["suffix-swap"]),
    ("city.example.jp", "city.example.lg.jp", ["suffix-swap"]),
    ("city.yokohama.co.jp", "city.yokohama.lg.jp", ["suffix-swap"]),
    ("exp.co.jp.example.net", "exp.co.jp", ["suffix-doubled"]),
    ("tsuruy.co.jp", "tsuruya.co.jp", ["slip-omission", "closed-suffix"]),
    ("tsuruyaa.co.jp", "tsuruya.co.jp", ["slip-insertion", "closed-suffix"]),
    ("tsuryua.co.jp", "tsuruya.co.jp", ["slip-transposition", "closed-suffix"]),
    ("mail.tsuruy.co.jp", "tsuruya.co.jp", ["slip-omission", "closed-suffix"]),
    ("rnodern-office.jp", "modern-office.jp", ["confusable", "open-suffix"]),
    ("city.yokohma.lg.jp", "city.yokohama.lg.jp", ["slip-omission", "closed-suffix"]),
    ("shiraune-u.ac.jp", "shiraume-u.ac.jp", ["slip-substitution", "closed-suffix"]),
    ("gmai.co", "gmail.com", ["slip-omission", "suffix-swap"]),
    ("hmail.com", "gmail.com", ["slip-substitution"]),
]
POSSIBLE = [
    ("exp.net", "exp.co.jp", ["suffix-swap"]),
    # a real name as well, as far as its letters tell: a surname, another first letter
    ("tsuruta.co.jp", "tsuruya.co.jp", ["slip-substitution", "closed-suffix"]),
    ("suruya.co.jp", "tsuruya.co.jp", ["slip-omission", "closed-suffix"]),
    # the same sounds, two slips, a word more
    ("tiyodasyouji.co.jp", "chiyodashouji.co.jp", ["slip-romanisation", "closed-suffix"]),
    ("chiyodasoujhi.co.jp", "chiyodashouji.co.jp", ["slip-twice", "closed-suffix"]),
    ("tsuruya-group.co.jp", "tsuruya.co.jp", ["added-word"]),
    ("mailtsuruya.co.jp", "tsuruya.co.jp", ["added-word"]),
    ("keiricenter.co.jp", "keiri-center.co.jp", ["hyphen-only"]),
    ("city.yokohama.jp", "city.yokohama.lg.jp", ["suffix-swap"]),
    ("city.fuchu.lg.jp", "city.fuchu.tokyo.jp", ["suffix-swap"]),
    ("kanca.co.jp", "kanda.co.jp", ["slip-substitution", "closed-suffix"]),  # five letters
    ("ocm.ne.jp", "ocn.ne.jp", ["slip-substitution"]),
]
TABLE = [
    (strength, *row)
    for strength, rows in (("certain", CERTAIN), ("likely", LIKELY), ("possible", POSSIBLE))
    for row in rows
]


@pytest.mark.parametrize(("strength", "domain", "resembles", "reasons"), TABLE)
def test_a_name_that_was_meant_otherwise_is_found(strength, domain, resembles, reasons):
    recipient = judged(domain)
    assert recipient.recipient_class == "look-alike"
    assert (recipient.strength, recipient.resembles) == (strength, resembles)
    assert list(recipient.reasons) == reasons
    assert recipient.suggestion == f"aaabb@{resembles}"
    assert recipient.score > 0
    assert recipient.dns == "not-asked"


def test_a_known_bad_name_alarms_even_where_nobody_said_what_was_meant():
    recipient = judged("collector.com")
    assert (recipient.recipient_class, recipient.strength) == ("look-alike", "certain")
    assert (recipient.resembles, recipient.suggestion) == ("", "")


def test_a_slip_typed_in_full_width_says_both():
    assert judged("ｇｍａｉ．ｃｏｍ").reasons == ("slip-omission", "full-width")


@pytest.mark.parametrize(("domain", "strength"), [
    ("docmo.co.jp", "likely"), ("gmai.co", "likely"), ("docono.jp", "possible"), ("mogera.jp", None),
])  # fmt: skip
def test_a_slip_of_a_provider_under_another_suffix_is_weighed(domain, strength):
    """``mogera.jp`` is a name of its own, two places away from ``mopera.net``."""
    assert judged(domain).strength == strength
