"""What is counted is served, under the names that dashboards rely on."""

from __future__ import annotations

import re

import pytest

from gateway import metrics
from gateway.metrics import Reload, Sent
from gateway.model import Fate, UnreadReason, Verdict


def value(name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels)


@pytest.mark.parametrize(
    ("act", "name", "labels"),
    [
        (lambda: metrics.mail_decided(Verdict.HOLD, Verdict.HOLD), "sekisho_mails_total", {"verdict": "hold"}),
        (lambda: metrics.mail_decided(Verdict.ALLOW, Verdict.BLOCK), "sekisho_monitored_mails_total", {"verdict": "block"}),
        (lambda: metrics.relayed(Fate.UNKNOWN), "sekisho_relays_total", {"fate": "unknown"}),
        (lambda: metrics.delivery_tried(Sent.DSN, Fate.RELAYED), "sekisho_deliveries_total", {"kind": "dsn", "fate": "relayed"}),
        (lambda: metrics.inspected(0.2), "sekisho_inspection_seconds_count", {}),
        (lambda: metrics.inspected(0.2, (UnreadReason.LIMIT,)), "sekisho_uninspected_parts_total", {"reason": "limit"}),
        (lambda: metrics.policy_reloaded(Reload.KEPT), "sekisho_policy_reloads_total", {"result": "kept"}),
        (metrics.connection_opened, "sekisho_connections", {}),
    ],
)  # fmt: skip
def test_what_happens_once_counts_once(act, name, labels):
    before = value(name, **labels)
    act()
    assert value(name, **labels) == before + 1


def test_a_mail_that_is_not_monitored_counts_in_its_verdict_only():
    before = value("sekisho_monitored_mails_total", verdict="hold")
    metrics.mail_decided(Verdict.HOLD, Verdict.HOLD)
    assert value("sekisho_monitored_mails_total", verdict="hold") == before


def test_a_refusal_counts_under_its_reply_code():
    metrics.refused(451)
    assert value("sekisho_refusals_total", code="451") >= 1


def test_gauges_follow_what_they_are_told():
    metrics.held(3, oldest_s=90.5)
    assert (value("sekisho_held_mails"), value("sekisho_oldest_held_seconds")) == (3, 90.5)
    metrics.held(0)
    assert (value("sekisho_held_mails"), value("sekisho_oldest_held_seconds")) == (0, 0)


def test_gauges_of_work_under_way_come_back_to_where_they_were():
    before = (value("sekisho_connections"), value("sekisho_bytes_in_flight"))
    metrics.connection_opened()
    metrics.bytes_in_flight(4096)
    assert value("sekisho_bytes_in_flight") == before[1] + 4096
    metrics.bytes_in_flight(-4096)
    metrics.connection_closed()
    assert (value("sekisho_connections"), value("sekisho_bytes_in_flight")) == before


def test_every_verdict_fate_and_reason_is_served_before_it_happens():
    """A rate over a series that does not exist yet misses its first event."""
    page = metrics.render().decode()
    for word in (*Verdict, *Fate, *UnreadReason, *Reload, *Sent):
        assert re.search(f'="{word}"', page)


def test_every_metric_is_ours_by_name_and_says_what_it_counts():
    for family in metrics.registry.collect():
        assert family.name.startswith("sekisho_")
        assert family.documentation
