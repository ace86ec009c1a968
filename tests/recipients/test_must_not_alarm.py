"""Real names beside real names: each is judged while its twin is on the trusted list."""

from itertools import permutations

import pytest

from gateway.recipients import Directory, TrustedName, judge
from gateway.recipients.list_files import NameLists
from tests.recipients.examples import DIRECTORY, TODAY, judged


def _under(suffix: str, labels: str) -> list[str]:
    return [f"{label}.{suffix}" for label in labels.split()]


FAMILIES = [
    _under("co.jp", "nissan nissay nissen"),
    _under("co.jp", "mitsui matsui"),
    _under("co.jp", "shueisha shoeisha"),
    _under("co.jp", "skylark skymark"),
    _under("co.jp", "monex yonex"),
    _under("co.jp", "orico oricon"),
    _under("co.jp", "uccard ucscard dccard"),
    _under("co.jp", "willer miller"),
    _under("co.jp", "e-nexco w-nexco c-nexco"),
    _under("co.jp", "prospect iprospect"),
    _under("ac.jp", "kyoto-u kyoto-su kyoto-wu"),
    _under("ac.jp", "nagoya-u nagoya-cu"),
    _under("ac.jp", "miyazaki-u miyazaki-mu"),
    _under("ac.jp", "nagasaki-u nagasakipu"),
    _under("ac.jp", "suzuka-u suzuka-iu"),
    _under("ac.jp", "kanto-gakuin kanto-gakuen"),
    _under("ac.jp", "kanagawa-it kanazawa-it"),
    _under("ac.jp", "aichi-edu aichi-med-u"),
    _under("ac.jp", "ohara o-hara"),
    _under("shizuoka.jp", "city.shimoda city.shimada"),
    _under("go.jp", "jfc jftc"),  # initials: whose letters follow from no others
    _under("jp", "smtg smth"),
    _under("lg.jp", "city.sakura city.sakurai"),
    _under("lg.jp", "town.miyake town.mitake"),
    _under("kochi.jp", "town.toyo town.otoyo"),
    _under("lg.jp", "city.wajima city.uwajima"),
    _under("ne.jp", "ocn odn kcn"),
    _under("ne.jp", "emobile ymobile bmobile"),
    _under("or.jp", "jaf jfa"),
    _under("jp", "point-i pointi"),
    _under("jp", "dragonquest dragon-quest"),
    _under("com", "connpass compass"),
    # suffix siblings
    ["softbank.co.jp", "softbank.ne.jp"],
    ["biglobe.co.jp", "biglobe.ne.jp"],
    ["xserver.co.jp", "xserver.ne.jp"],
    ["plala.jp", "plala.or.jp"],
    ["kyoto-u.jp", "kyoto-u.ac.jp"],
    ["yahoo.jp", "yahoo.co.jp"],
    ["google.com", "google.co.jp"],
    ["asahi.com", "asahicom.jp"],
    ["nec.com", "nec.co.jp"],
    # two municipalities of one name
    ["city.miki.lg.jp", "town.miki.lg.jp"],
    ["city.fuchu.tokyo.jp", "city.fuchu.hiroshima.jp"],
    # series and strangers that no rule made for freemail may touch
    ["ns.awsdns-01.com", "ns.awsdns-02.com"],
    ["kawasaki.co.jp", "city.kawasaki.jp"],
    ["yahoo.co.jp", "yahoo.com", "yahoo.de", "yahoo.com.tw"],
    ["hotmail.com", "hotmail.co.jp", "hotmail.fr"],
]
UNKNOWN = NameLists(shipped_real=False)  # as if nobody had listed the twins
PAIRS = [pair for family in FAMILIES for pair in permutations(family, 2)]


@pytest.mark.parametrize(("trusted", "twin"), PAIRS)
def test_a_real_twin_of_a_trusted_name_does_not_alarm(trusted, twin):
    directory = Directory.build([], [TrustedName(trusted)])
    recipient = judge(f"aaabb@{twin}", directory, today=TODAY)
    assert recipient.recipient_class in {"first-time", "freemail"}


# The same name under another suffix is the official example of a slip.
SUFFIXES_ALONE = {"softbank", "biglobe", "xserver", "plala", "kyoto-u", "google", "nec", "yahoo"}
OTHER_TWINS = [pair for pair in PAIRS if pair[0].partition(".")[0] not in SUFFIXES_ALONE]


@pytest.mark.parametrize(("trusted", "twin"), OTHER_TWINS)
def test_a_real_twin_that_nobody_listed_is_a_question_at_most(trusted, twin):
    directory = Directory.build([], [TrustedName(trusted)], name_lists=UNKNOWN)
    assert judge(f"aaabb@{twin}", directory, today=TODAY).strength in {None, "possible"}


@pytest.mark.parametrize(
    "domain",
    [
        "email.com", "mail.com", "ymail.com", "jmail.com", "foxmail.com", "hotmart.com",
        "cloud.com", "pcloud.com", "qcloud.com", "hicloud.com", "jcloud.com", "hanmail.net",
        "gm.com", "gao.gov", "gla.gov", "gial.edu", "dogmail.net", "engaol.net", "nttdocomo.com",
    ],
)  # fmt: skip
def test_a_real_name_beside_a_provider_does_not_alarm(domain):
    assert judged(domain).recipient_class in {"first-time", "freemail"}


@pytest.mark.parametrize(
    "domain", ["exo.co.jp", "ex.co.jp", "exqp.co.jp", "xep.co.jp", "exp1.co.jp"]
)
def test_three_letters_are_too_few_to_tell_a_slip(domain):
    assert judged(domain).recipient_class == "first-time"


@pytest.mark.parametrize("domain", ["exp.de", "exp.com.tw", "keiri-center2.co.jp", "stranger.co.jp",
                                    "exp.stranger.co.jp", "soumu.keiri-center.co.jp"])  # fmt: skip
def test_a_stranger_with_an_honest_reading_does_not_alarm(domain):
    assert judged(domain).recipient_class in {"first-time", "trusted"}


@pytest.mark.parametrize(
    "domain", ["exp.com", "gmai.com", "tsuruta.co.jp", "city.yokohma.lg.jp", "exp-co.jp"]
)
def test_a_name_written_to_before_does_not_alarm(domain):
    assert judged(domain).recipient_class == "look-alike"
    assert judged(domain, written=frozenset({domain})).recipient_class == "known"


def test_every_name_on_the_lists_is_itself():
    own = [*DIRECTORY.internal, *DIRECTORY.trusted, *DIRECTORY.protected]
    assert not [name for name in own if judged(name).recipient_class == "look-alike"]


def test_one_house_whose_parts_have_initials_is_a_question_at_most():
    directory = Directory.build([], [TrustedName("mandai-sf.jp")])
    assert judge("aaabb@mandai-st.jp", directory, today=TODAY).strength in {None, "possible"}
    assert judge("aaabb@mandia-sf.jp", directory, today=TODAY).strength == "likely"
