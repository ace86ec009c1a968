"""Servers that strangers share, and servers that collect mail to mistyped names.

Answers: ``collects`` (an MX host of the catch-all families), ``parks`` (a name server of a
parking service), ``shared_mail`` and ``shared_names`` (hosts that say nothing about an owner).
Trusts: compiled by hand. Collectors and parking MX: seen on hundreds of unrelated names each in
public statistics of throw-away MX hosts of 2026-10-10, a table of MX providers and a sign-up
filter; the first families also in Szurdi and Christin, "Email typosquatting", IMC 2017.
Parking name servers and shared hosts: the providers' own published set-up instructions.
Fails: never; a family that is missing here only leaves a judgement as the names made it.
"""

from __future__ import annotations

_COLLECTORS = frozenset(  # MX hosts in or below these names
    {
        "mb1p.com", "m1bp.com", "mb2p.com", "m2bp.com", "mb5p.com", "h-email.net", "b-io.co",
        "hostedmxserver.com", "hope-mail.com", "park-mx.above.com", "nickstel.com", "in-mx.com",
        "in-mx.net", "parklogic.com", "suspended-domain.com", "wabblywabble.com",
        "wallywatts.com", "unstablemail.com",
    }
)  # fmt: skip
_COLLECTOR_LABELS = ("beavis99.",)  # families that change their suffix
_PARKING = frozenset(  # name servers in or below these names
    {
        "sedoparking.com", "bodis.com", "parkingcrew.net", "above.com", "dan.com", "afternic.com",
        "namefind.com", "parklogic.com", "sav.com", "undeveloped.com", "uniregistrymarket.link",
        "dynadot-parking.com", "smartname.com", "voodoo.com", "rookdns.com", "cashparking.com",
    }
)  # fmt: skip
_SHARED_MAIL = frozenset(
    {
        # mailbox and routing providers: one host for many customers
        "google.com", "googlemail.com", "outlook.com", "protection.outlook.com",
        "mx.microsoft", "cloudflare.net", "icloud.com", "yahoodns.net", "yahoo.co.jp",
        "zoho.com", "zoho.jp", "protonmail.ch", "fastmail.com", "messagingengine.com",
        "yandex.net", "mail.ru", "secureserver.net", "registrar-servers.com", "improvmx.com",
        "forwardemail.net", "amazonaws.com", "awsapps.com", "mailgun.org", "sendgrid.net",
        "ovh.net", "ionos.com", "kundenserver.de", "gandi.net", "hostinger.com", "titan.email",
        "emailsrvr.com", "ppe-hosted.com", "pphosted.com", "mimecast.com", "messagelabs.com",
        "iphmx.com", "barracudanetworks.com", "trendmicro.com", "trendmicro.eu", "sophos.com",
        "fireeyecloud.com", "mailanyone.net", "mxlogic.net", "mailspamprotection.com",
        # the same in Japan: hosting, carriers, filters
        "sakura.ne.jp", "xserver.jp", "lolipop.jp", "heteml.jp", "muumuu-mail.com",
        "onamae.ne.jp", "gmoserver.jp", "kagoya.net", "value-domain.com", "coreserver.jp",
        "cpi.ad.jp", "secure.ne.jp", "bizmw.com", "ocn.ad.jp", "ocn.ne.jp", "nifty.com",
        "biglobe.ne.jp", "so-net.ne.jp", "plala.or.jp", "iij.ad.jp", "securemx.jp", "iijmio.jp",
        "hennge.com", "ciphercraft.jp", "mailsecure.jp", "alpha-mail.ne.jp", "wadax.ne.jp",
        "asahi-net.or.jp", "arena.ne.jp", "worksmobile.com", "dns.ne.jp",
    }
)  # fmt: skip
_SHARED_NAMES = _PARKING | frozenset(
    {
        "cloudflare.com", "domaincontrol.com", "registrar-servers.com", "googledomains.com",
        "google.com", "azure-dns.com", "azure-dns.net", "azure-dns.org", "azure-dns.info",
        "nsone.net", "dnsmadeeasy.com", "ultradns.net", "ultradns.com", "akam.net",
        "dnsimple.com", "digitalocean.com", "name-services.com", "name.com", "dynadot.com",
        "gandi.net", "ovh.net", "ui-dns.com", "ui-dns.org", "ui-dns.de", "ui-dns.biz",
        "he.net", "hover.com", "porkbun.com", "wixdns.net", "squarespacedns.com",
        "wordpress.com", "hostinger.com", "dns-parking.com", "cscdns.net", "markmonitor.com",
        "dnsv.jp", "dns.jp", "dns.ne.jp", "gslb.sakura.ne.jp", "xserver.jp", "lolipop.jp",
        "onamae.com", "muumuu-domain.com", "value-domain.com", "kagoya.net", "star-domain.jp",
        "conoha.io", "gmoserver.jp", "iij.ad.jp", "ocn.ad.jp", "cpi.ad.jp", "secure.ne.jp",
        "heteml.jp", "wadax-sv.jp", "bizmw.com", "interlink.or.jp", "dix.jp", "linode.com",
    }
)  # fmt: skip
_SERIES = ("awsdns-",)  # ns-1.awsdns-12.co.uk: the registrable name changes with the number


def collects(host: str) -> bool:
    """Whether an MX host belongs to those that take mail to mistyped names."""
    return _below(host, _COLLECTORS) or any(
        f".{label}" in f".{host}" for label in _COLLECTOR_LABELS
    )


def parks(host: str) -> bool:
    """Whether a name server belongs to a parking service."""
    return _below(host, _PARKING)


def shared_mail(host: str) -> bool:
    """Whether an MX host serves strangers side by side, so that it says nothing of an owner."""
    return _below(host, _SHARED_MAIL) or collects(host)


def shared_names(host: str) -> bool:
    """Whether a name server serves strangers side by side."""
    return _below(host, _SHARED_NAMES) or any(series in host for series in _SERIES)


def _below(host: str, names: frozenset[str]) -> bool:
    """Whether ``host`` is one of ``names`` or stands below one."""
    labels = host.split(".")
    return any(".".join(labels[n:]) in names for n in range(len(labels)))
