"""Real organisations whose names stand one slip from another's: never look-alikes.

Answers: ``NEAR_TWINS``, registrable names (municipalities with their kind) that are known
to exist although they resemble a name that an administrator may list.
Trusts: compiled by hand on 2026-11-21 from pairs found in public lists and from general
knowledge. Short on purpose: own sending history is what tells most twins apart.
Fails: never; it is data. Compared with a recipient's organisation, exactly.
"""

from __future__ import annotations


def _under(suffix: str, labels: str) -> set[str]:
    return {f"{label}.{suffix}" for label in labels.split()}


NEAR_TWINS: frozenset[str] = frozenset().union(
    # one slip apart, both real
    _under("co.jp", "nissan nissay nissen mitsui matsui shueisha shoeisha skylark skymark"),
    _under("co.jp", "monex yonex orico oricon uccard ucscard dccard willer miller"),
    _under("co.jp", "e-nexco w-nexco c-nexco prospect iprospect"),
    _under("ac.jp", "kyoto-u kyoto-su kyoto-wu nagoya-u nagoya-cu miyazaki-u miyazaki-mu"),
    _under("ac.jp", "kanto-gakuin kanto-gakuen kanagawa-it kanazawa-it aichi-edu aichi-med-u"),
    _under("ac.jp", "ohara o-hara"),
    _under("ne.jp", "ocn odn kcn emobile ymobile bmobile"),
    _under("or.jp", "jaf jfa"),
    _under("jp", "jaf jfa point-i pointi dragonquest dragon-quest"),
    _under("shizuoka.jp", "city.shimoda city.shimada"),
    _under("lg.jp", "city.shimoda city.shimada city.sakura city.sakurai"),
    _under("lg.jp", "town.miyake town.mitake town.toyo town.otoyo city.wajima city.uwajima"),
    _under("kochi.jp", "town.toyo town.otoyo"),
    {"city.wajima.ishikawa.jp", "city.uwajima.ehime.jp"},
    # beside a freemail provider's name
    _under("com", "email mail ymail jmail foxmail dogmail grail gm hotmart engaol"),
    _under("com", "cloud pcloud qcloud hicloud jcloud ncloud connpass compass line love fifty"),
    _under("net", "hanmail dogmail engaol"),
    {"gao.gov", "gla.gov", "gial.edu", "line.jp", "line.me"},
    # the same label under another suffix, both real
    {"softbank.co.jp", "softbank.jp", "nttdocomo.com", "nttdocomo.co.jp", "au.jp"},
    {"biglobe.co.jp", "nifty.co.jp", "so-net.co.jp", "ymobile.jp", "eonet.jp", "plala.jp"},
    {"rakuten.co.jp", "rakuten.com", "rakuten.ne.jp", "xserver.co.jp", "xserver.ne.jp"},
    {"kyoto-u.jp", "yahoo.jp", "google.com", "google.co.jp", "excite.com", "goo.ne.jp"},
    {"asahi.com", "asahicom.jp", "nec.com", "nec.co.jp", "kddi.com", "kddi.co.jp"},
    {"ana.co.jp", "jal.com", "jal.co.jp", "abc.co.jp", "vodafone.com", "disney.com"},
    {"disney.co.jp", "infoseek.co.jp", "infoseek.com", "willcom.jp", "commufa.ne.jp"},
)
