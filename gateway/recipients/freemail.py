"""Freemail, carrier and access providers whose names people in Japan type into mail.

Answers: ``PROVIDERS``, whose slips are look-alikes, and ``OTHER_PROVIDERS``, which are
freemail when written right but too rare here, or too short, to suspect a real name beside
them; only a name that cannot exist (``aol.con``) is read as one of them.
Trusts: compiled by hand on 2026-11-21 from general knowledge. Never fed from a public
"freemail" list: those hold typo domains (gmial.com, hotmail.co).
Fails: never; it is data. An entry covers its subdomains (``xx.so-net.ne.jp``).
"""

from __future__ import annotations

PROVIDERS: tuple[str, ...] = (
    # world-wide, in daily use in Japan
    "gmail.com",
    "googlemail.com",
    "yahoo.co.jp",
    "ybb.ne.jp",
    "yahoo.com",
    "outlook.com",
    "outlook.jp",
    "hotmail.com",
    "hotmail.co.jp",
    "live.jp",
    "live.com",
    "msn.com",
    "icloud.com",
    "me.com",
    "mac.com",
    # carriers
    "docomo.ne.jp",
    "ezweb.ne.jp",
    "au.com",
    "uqmobile.jp",
    "softbank.ne.jp",
    "i.softbank.jp",
    "vodafone.ne.jp",
    "disney.ne.jp",
    "ymobile.ne.jp",
    "ymobile1.ne.jp",
    "emnet.ne.jp",
    "willcom.com",
    "pdx.ne.jp",
    "rakuten.jp",
    "rakumail.jp",
    # access providers
    "nifty.com",
    "nifty.ne.jp",
    "ocn.ne.jp",
    "biglobe.ne.jp",
    "so-net.ne.jp",
    "so-net.jp",
    "plala.or.jp",
    "dion.ne.jp",
    "odn.ne.jp",
    "asahi-net.or.jp",
    "excite.co.jp",
    "infoseek.jp",
    "goo.jp",
    "mail.goo.ne.jp",
    "hi-ho.ne.jp",
    "wakwak.com",
    "eonet.ne.jp",
    "zaq.ne.jp",
    "jcom.home.ne.jp",
    "jcom.zaq.ne.jp",
    "commufa.jp",
    "tiki.ne.jp",
    "mopera.net",
)

OTHER_PROVIDERS: tuple[str, ...] = (
    "aol.com",
    "aol.jp",
    "email.com",
    "fastmail.com",
    "foxmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "hanmail.net",
    "hotmail.fr",
    "hotmail.co.uk",
    "jmail.com",
    "mail.com",
    "naver.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "163.com",
    "126.com",
    "yahoo.co.uk",
    "yahoo.com.hk",
    "yahoo.com.tw",
    "yahoo.de",
    "yahoo.fr",
    "yandex.com",
    "ymail.com",
    "zoho.com",
)
