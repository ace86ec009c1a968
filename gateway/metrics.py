"""Counters and gauges for Prometheus.

Answers: ``render()``, the text that ``/metrics`` serves, and one function for each thing
that is counted. Every label is a word of ``gateway.model`` or of this module, so that no
text from a mail can become one; all label values stand at 0 from the start.
Trusts: its callers to pass durations in seconds and sizes in bytes.
Fails: never for a value of its declared type. Each process counts for itself; ``merged``
adds up what several told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    generate_latest,
)
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from gateway.model import Fate, UnreadReason, Verdict

CONTENT_TYPE = CONTENT_TYPE_LATEST

# Plain text in-process takes well under a millisecond, a scanned document many seconds.
_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Sent(StrEnum):
    """What the durable queue hands to the next hop."""

    RELEASED = "released"  # a parked mail that was approved
    NOTICE = "notice"
    DSN = "dsn"


class Posted(StrEnum):
    """What came of telling a webhook one event, once."""

    TAKEN = "taken"
    PUT_OFF = "put-off"  # tried again later
    GIVEN_UP = "given-up"


class Reload(StrEnum):
    """How reading the policy anew went."""

    LOADED = "loaded"
    KEPT = "kept"  # the new one had errors; the old one stays in force


registry = CollectorRegistry()

_MAILS = Counter("sekisho_mails", "Mails decided, by verdict", ["verdict"], registry=registry)
_MONITORED = Counter(
    "sekisho_monitored_mails",
    "Mails relayed under monitor, by the verdict they would have had",
    ["verdict"],
    registry=registry,
)
_REFUSALS = Counter(
    "sekisho_refusals",
    "Senders, recipients and mails refused (MAIL, RCPT, DATA), by SMTP reply code",
    ["code"],
    registry=registry,
)
_RELAYS = Counter(
    "sekisho_relays",
    "Mails handed to the next hop on arrival, by fate",
    ["fate"],
    registry=registry,
)
_DELIVERIES = Counter(
    "sekisho_deliveries",
    "Attempts to deliver from the durable queue, by kind and fate",
    ["kind", "fate"],
    registry=registry,
)
_WEBHOOKS = Counter(
    "sekisho_webhook_posts",
    "Attempts to tell a webhook an event, by result",
    ["result"],
    registry=registry,
)
_INSPECTION = Histogram(
    "sekisho_inspection_seconds", "Time to inspect one mail", buckets=_SECONDS, registry=registry
)
_UNINSPECTED = Counter(
    "sekisho_uninspected_parts",
    "Parts that were not read, by reason",
    ["reason"],
    registry=registry,
)
_RELOADS = Counter(
    "sekisho_policy_reloads",
    "Attempts to read the policy anew, by result",
    ["result"],
    registry=registry,
)
_HELD = Gauge("sekisho_held_mails", "Parked mails that wait for a person", registry=registry)
_OLDEST = Gauge(
    "sekisho_oldest_held_seconds", "Age of the oldest parked mail, 0 when none", registry=registry
)
_WALLS = Gauge(
    "sekisho_worker_walls",
    "1 for each wall around the workers that holds, 0 for one this machine does not give",
    ["wall"],
    registry=registry,
)
_CONNECTIONS = Gauge("sekisho_connections", "SMTP connections open now", registry=registry)
_IN_FLIGHT = Gauge(
    "sekisho_bytes_in_flight", "Bytes of mails received and not yet answered", registry=registry
)

_PROCESSES = Gauge(
    "sekisho_processes", "Processes whose metrics are in this answer", registry=registry
)
_ASKED_FOR = ("sekisho_held_mails", "sekisho_oldest_held_seconds", "sekisho_processes")

# All label values stand there from the start; those that every mail counts are kept at hand.
_MAILS_BY = {verdict: _MAILS.labels(verdict) for verdict in Verdict}
_RELAYS_BY = {fate: _RELAYS.labels(fate) for fate in Fate}
for _verdict in Verdict:
    _MONITORED.labels(_verdict)
for _fate in Fate:
    for _kind in Sent:
        _DELIVERIES.labels(_kind, _fate)
for _reason in UnreadReason:
    _UNINSPECTED.labels(_reason)
for _result in Reload:
    _RELOADS.labels(_result)
for _posted in Posted:
    _WEBHOOKS.labels(_posted)


def render() -> bytes:
    """Return all metrics in Prometheus' text format, to be served as ``CONTENT_TYPE``."""
    return generate_latest(registry)


def understood(told: bytes) -> list[Metric]:
    """Return the metrics that a process rendered, or raise ``ValueError``."""
    return list(text_string_to_metric_families(told.decode()))


def merged(others: Iterable[Iterable[Metric]]) -> bytes:
    """Return all metrics with those that other processes told added to them.

    What is asked of the store for each answer is not added: this process knows it.
    """
    families = {family.name: family for family in registry.collect()}
    for told in others:
        for family in told:
            if family.name in families and family.name not in _ASKED_FOR:
                _add(families[family.name], family)
    return generate_latest(_Told(families.values()))


def _add(family: Metric, told: Metric) -> None:
    values = {_series(sample): sample for sample in family.samples}
    for sample in told.samples:
        mine = values.get(_series(sample))
        values[_series(sample)] = (
            sample if mine is None else mine._replace(value=mine.value + sample.value)
        )
    family.samples = list(values.values())


def _series(sample: Sample) -> tuple[str, frozenset[tuple[str, str]]]:
    return sample.name, frozenset(sample.labels.items())


class _Told(CollectorRegistry):
    """What is rendered: families that were collected already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        super().__init__()
        self._families = list(families)

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def processes(told: int) -> None:
    """Tell how many processes' metrics the answer has."""
    _PROCESSES.set(told)


def mail_decided(verdict: Verdict, would: Verdict) -> None:
    """Count one mail; ``would`` is its verdict without monitor."""
    _MAILS_BY[verdict].inc()
    if would is not verdict:
        _MONITORED.labels(would).inc()


def refused(code: int) -> None:
    """Count one 4xx or 5xx to MAIL, RCPT or DATA that is no fault of the client's program."""
    _REFUSALS.labels(str(code)).inc()


def relayed(fate: Fate) -> None:
    """Count one mail handed (or not) to the next hop on arrival."""
    _RELAYS_BY[fate].inc()


def delivery_tried(kind: Sent, fate: Fate) -> None:
    """Count one attempt of the outbound worker."""
    _DELIVERIES.labels(kind, fate).inc()


def webhook_posted(result: Posted) -> None:
    """Count one attempt to tell a webhook."""
    _WEBHOOKS.labels(result).inc()


def inspected(seconds: float, unread: tuple[UnreadReason, ...] = ()) -> None:
    """Count one inspection and the parts that it could not read."""
    _INSPECTION.observe(seconds)
    for reason in unread:
        _UNINSPECTED.labels(reason).inc()


def policy_reloaded(result: Reload) -> None:
    """Count one attempt to read the policy anew."""
    _RELOADS.labels(result).inc()


def held(mails: int, oldest_s: float = 0.0) -> None:
    """Tell how many mails are parked and since how many seconds the oldest one is."""
    _HELD.set(mails)
    _OLDEST.set(oldest_s)


def wall(name: str, holds: bool) -> None:
    """Tell whether one wall around the workers holds."""
    _WALLS.labels(name).set(holds)


def connection_opened() -> None:
    _CONNECTIONS.inc()


def connection_closed() -> None:
    _CONNECTIONS.dec()


def bytes_in_flight(change: int) -> None:
    """Add to the bytes received and not yet answered; negative when a mail is answered."""
    _IN_FLIGHT.inc(change)
