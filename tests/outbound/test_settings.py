"""Every setting of the next hop reaches the client."""

from __future__ import annotations

from pathlib import Path

from gateway.config_smtp import Smtp
from gateway.outbound.settings import NextHopSettings, Tls, next_hop_settings


def test_what_is_configured_is_what_the_client_works_with() -> None:
    smtp = Smtp.model_validate(
        {
            "next_hop": "mail.example:2525",
            "hostname": "gw.example",
            "next_hop_tls": "verify",
            "next_hop_tls_name": "cert.example",
            "next_hop_ca_file": "/etc/ca.pem",
            "timers": {
                "next_hop_connect": "1s",
                "next_hop_verb": "2s",
                "next_hop_data": "3s",
                "next_hop_block": "4s",
                "next_hop_after_dot": "5s",
                "relay": "11s",
            },
        }
    )
    assert next_hop_settings(smtp) == NextHopSettings(
        host="mail.example",
        port=2525,
        helo="gw.example",
        tls=Tls.VERIFY,
        ca_file=Path("/etc/ca.pem"),
        tls_name="cert.example",
        connect_timeout_s=1,
        verb_timeout_s=2,
        data_timeout_s=3,
        data_block_timeout_s=4,
        relay_budget_s=6,  # up to the dot: what after_dot leaves of relay
        after_dot_timeout_s=5,
    )


def test_the_defaults_are_those_of_the_configuration() -> None:
    smtp = Smtp.model_validate({"hostname": "gw.example"})
    plain = NextHopSettings("127.0.0.1", 10026, "gw.example")
    assert next_hop_settings(smtp) == plain
