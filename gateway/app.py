"""The composition root: builds every room from the configuration, and nothing else does.

Answers: ``GatewayApp`` (the process with the sockets: receives, inspects, decides, relays;
can seal and not open) and ``OutboundApp`` (the process with the private key: delivers the
durable queue and keeps the clocks of parked mail), ``ConsoleApp`` (the process with the
pages: shows records, holds no private key).
Trusts: a ``Config`` that was loaded without a problem.
Fails: to start with ``ConfigError`` or ``StoreError``; on reload it keeps the old rules
whatever is wrong with the new ones, and says so.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from dataclasses import asdict
from pathlib import Path

import structlog

from gateway import metrics
from gateway.afterwards import afterwards_of
from gateway.background import end as end
from gateway.background import start_notary as start_notary
from gateway.config import Config, load
from gateway.console import Settings
from gateway.console.furnish import settings_of
from gateway.desk import Desk, Terms, terms_of
from gateway.errors import EX_IOERR, EX_OK, ConfigError, NextHopError
from gateway.failpoint import armed
from gateway.health import Health
from gateway.inspection import TARGET, Inspector
from gateway.inspection.walls import insist
from gateway.judging import Judging
from gateway.notify import notices_of
from gateway.outbound.client import NextHop
from gateway.outbound.settings import next_hop_settings
from gateway.outbound.webhooks import Webhooks, hooks_of
from gateway.outbound.worker import OutboundWorker
from gateway.pipeline import Pipeline, utcnow
from gateway.planning import Planner
from gateway.renewal import ServedCertificate, restart_wanted
from gateway.resolve import Witness
from gateway.rules import Rules
from gateway.rules import build_rules as build_rules
from gateway.sandbox import WorkerLimits, WorkerPool
from gateway.smtp.server import Gateway
from gateway.smtp.settings import SessionSettings
from gateway.store import (
    Store,
    check_integrity,
    ensure_keys,
    load_opener,
    load_sealer,
    marker_path,
    require_keys,
    require_store,
)
from gateway.supervisor import METRICS, PREPARED, READY_FD, die_with_parent, say_ready
from gateway.tally import Teller

log = structlog.get_logger(__name__)

GARBAGE_OBJECTS = 10_000  # containers made and not freed before a round; Python's own: 700
CLOCK_S = 60.0  # how often parked mail is looked through for what is due


# ------------------------------------------------------------------ builders


def build_next_hop(config: Config) -> NextHop:
    return NextHop(next_hop_settings(config.smtp))


def build_pool(config: Config, target: str = TARGET, count: int | None = None) -> WorkerPool:
    workers = config.limits.workers
    return WorkerPool(
        target,
        count or workers.count,
        WorkerLimits(
            memory_bytes=workers.memory,
            cpu_s=int(workers.cpu.total_seconds()),
            wall_s=workers.wall.total_seconds(),
            part_s=workers.part.total_seconds(),
        ),
    )


def build_console_settings(config: Config, path: Path | None) -> Settings:
    return settings_of(config, str(path.absolute()) if path else "")


def build_inspector(config: Config, count: int | None = None) -> tuple[WorkerPool, Inspector]:
    """The engine and its workers, which are not started yet."""
    pool = build_pool(config, count=count)
    return pool, Inspector(config.inspection_limits, pool, config.limits.workers.losses)


async def open_store(config: Config, *, writer: str) -> Store:
    """Open the store with the key that can seal and not open.

    Args:
        writer: this process's role; with the machine it names its journal and audit chain.
    """
    return await Store.open(
        config.store.url,
        load_sealer(config.store.key_file),
        writer=config.store.writer(writer),
        reserve_bytes=config.store.reserve,
        marker=marker_path(config.store.key_file),
    )


async def prepare(config: Config) -> None:
    """Make what a first start needs: the keys that mail is sealed with, the database.

    Called once, before the processes that share them.
    """
    require_store(config.store.url, marker_path(config.store.key_file))
    await require_keys(config.store.url, config.store.key_file)
    if ensure_keys(config.store.key_file, utcnow().astimezone().date()):
        log.info("keys made", file=str(config.store.key_file))
    await check_integrity(config.store.url)
    store = await open_store(config, writer="gateway")
    try:
        await store.key_ring(config.store.key_file).note()
    finally:
        await store.close()


def open_desk(config: Config, store: Store) -> Desk:
    """Build the desk with the private key; not for the process with the sockets."""
    notices = notices_of(config)
    opener, terms = load_opener(config.store.key_file), build_terms(config)
    return Desk(store, opener, notices, terms, digest_at=config.notify.digest)


def build_terms(config: Config) -> Terms:
    """What approving takes, by the policy in force. Raises: ConfigError, as ``build_rules``."""
    rules = build_rules(config)
    return terms_of(config, rules.policy, rules.directory)


# ------------------------------------------------------------------ the three processes


class GatewayApp:
    """The process with the sockets."""

    def __init__(
        self, path: Path | None, config: Config, rules: Rules, teller: Teller | None = None
    ) -> None:
        self._path = path  # where `config` came from, for reload
        self.config = config
        self.pool, self._inspector = build_inspector(config)
        self.next_hop = build_next_hop(config)
        self._rules = rules
        self._tasks: list[asyncio.Task[None]] = []
        self.store: Store
        self.pipeline: Pipeline
        self.gateway: Gateway
        self.teller = teller or Teller("", "gateway")
        self._health = Health(
            {
                "store": self._store_ready,
                "next_hop": self._next_hop_ready,
                "workers": self._workers_ready,
            },
            self._count_held,
            self.teller.gathered,
        )

    @classmethod
    async def start(
        cls,
        config: Config,
        path: Path | None = None,
        *,
        name: str = "gateway",
        prepared: bool = False,
        teller: Teller | None = None,
    ) -> GatewayApp:
        """Check the rules, open the store, warm the workers, and only then listen.

        Args:
            name: this process's among several gateways of this machine.
            prepared: ``prepare`` was called a moment ago, for all processes.
            teller: asks the other processes for their metrics; None: there are none.
        """
        app = cls(path, config, build_rules(config), teller)
        if name == "gateway" and not prepared:
            await prepare(config)
        app.store = await open_store(config, writer=name)
        try:
            await app._open()
        except BaseException:
            await app.stop()
            raise
        return app

    async def _open(self) -> None:
        config = self.config
        await self.store.recover()
        self._tasks.append(start_notary(config, self.store))
        await self.pool.start()
        insist(self.pool.confinement, config.sandbox.require)
        self.pipeline = Pipeline(
            self._rules,
            inspector=self._inspector,
            judging=Judging(self.store, Witness.of(config.dns)),
            store=self.store,
            planner=Planner(notices_of(config), config.retention.hold, config.retention.warn),
            afterwards=afterwards_of(config, self.store, self._inspector, utcnow),
            inspect_s=config.smtp.timers.inspect.total_seconds(),
            relay_s=config.smtp.timers.relay.total_seconds(),
        )
        settings = SessionSettings.of(config)
        self.certificate = ServedCertificate(settings.tls)
        self.gateway = Gateway(self.pipeline, self.next_hop, settings)
        shared = _gateways(config) > 1
        await self.gateway.listen([(e.host, e.port) for e in config.smtp.listen], shared=shared)
        await self._health.listen(config.health.listen, shared=shared)
        _warn_of_monitoring(self._rules)

    def reload(self) -> None:
        """Read rules and certificates again; mails under way keep the old ones.

        With anything wrong in any of them nothing changes.
        """
        try:
            config = load(self._path) if self._path else self.config
            rules = build_rules(config)
            self.certificate.renew(config)
            self.next_hop.renew(next_hop_settings(config.smtp))
        except ConfigError as error:
            metrics.policy_reloaded(metrics.Reload.KEPT)
            for problem in error.problems:
                log.error("reload refused, old policy kept", problem=str(problem))
            return
        self.pipeline.rules = rules
        metrics.policy_reloaded(metrics.Reload.LOADED)
        log.info("policy reloaded", policy=rules.policy.version, rules=len(rules.policy.rules))
        _warn_of_monitoring(rules)
        for name in restart_wanted(self.config, config):
            log.warning("setting needs a restart", setting=name)

    async def stop(self) -> None:
        """Drain: no new mail, every mail past its dot answered, everything closed."""
        if hasattr(self, "gateway"):
            await self.gateway.drain()
            await self.pipeline.finish()
        await self._health.close()
        await self.pool.stop()
        await end(self._tasks)
        await self.store.close()

    async def _store_ready(self) -> bool:
        return await self.store.ready()

    async def _count_held(self) -> None:
        parked = await self.store.holds()
        oldest = min((hold.received_at for hold in parked), default=None)
        metrics.held(len(parked), (utcnow() - oldest).total_seconds() if oldest else 0.0)

    async def _workers_ready(self) -> bool:
        return self.pool.ready

    async def _next_hop_ready(self) -> bool:
        try:
            await self.next_hop.give_back(await self.next_hop.acquire())
        except NextHopError:
            return False
        return True


def _warn_of_monitoring(rules: Rules) -> None:
    """A trial that nobody ended lets everything out."""
    if rules.policy.monitor:
        log.warning("monitoring only, nothing is stopped", policy=rules.policy.version)


class OutboundApp:
    """The process with the private key: the durable queue and the clocks."""

    def __init__(self, config: Config, store: Store, desk: Desk, path: Path | None = None) -> None:
        self._path = path  # where `config` came from, for reload
        self.config = config
        self.store = store
        self.desk = desk
        self.next_hop = build_next_hop(config)
        self.worker = OutboundWorker(
            store,
            load_opener(config.store.key_file),
            self.next_hop,
            waits=config.waits,
            give_up=config.outbound.give_up,
            reporting_mta=config.smtp.hostname,
        )
        self.webhooks = Webhooks(store, hooks_of(config))
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def open(cls, config: Config, path: Path | None = None) -> OutboundApp:
        """Build it, without starting its work."""
        store = await open_store(config, writer="outbound")
        return cls(config, store, open_desk(config, store), path)

    @classmethod
    async def start(cls, config: Config, path: Path | None = None) -> OutboundApp:
        app = await cls.open(config, path)
        app._tasks = [
            asyncio.create_task(app.worker.run()),
            asyncio.create_task(app._keep_clocks()),
            asyncio.create_task(app.webhooks.run()),
            start_notary(config, app.store),
        ]
        return app

    def reload(self) -> None:
        """Read the next hop's CA file, policy, people and webhooks again; a bad one changes
        nothing.
        """
        try:
            config = load(self._path) if self._path else self.config
            terms, hooks = build_terms(config), hooks_of(config)
            self.next_hop.renew(next_hop_settings(config.smtp))
            self.desk.terms = terms
            self.webhooks.renew(hooks)
        except ConfigError as error:
            for problem in error.problems:
                log.error("reload refused, the old terms are kept", problem=str(problem))

    async def stop(self) -> None:
        await end(self._tasks)
        await self.next_hop.close()
        await self.store.close()

    async def _keep_clocks(self) -> None:
        """Expire what nobody answered, and destroy what has been kept long enough."""
        while True:
            try:
                await self.tick()
            except Exception:
                log.exception("clock failed, will try again")
            await asyncio.sleep(CLOCK_S)

    async def tick(self) -> None:
        """One round of the clocks."""
        now = utcnow()
        keep = self.config.retention
        kept = await self.desk.keep_time(now)
        destroyed = await self.store.destroy_due(now, keep.sealed)
        purged = await self.store.purge_journal(now - keep.journal)
        learnt, forgotten = await self.store.tend_history(now, keep.history)
        await self.store.purge_errands(now - self.config.api.remember)
        if kept or destroyed or purged or forgotten:
            done = {"destroyed": destroyed, "purged": purged, "forgotten": forgotten}
            log.info("clock", **asdict(kept), **done, learnt=learnt)


# ------------------------------------------------------------------ running one role


ROLES = ("gateway", "outbound", "console")


def roles(config: Config) -> tuple[str, ...]:
    """The processes of ``serve``: several gateways are ``gateway``, ``gateway-2`` …"""
    more = [f"gateway-{n}" for n in range(2, _gateways(config) + 1)]
    return (*ROLES, *(["sender"] if config.sender.listen else []), *more)


def _gateways(config: Config) -> int:
    return config.smtp.processes


def _settle_memory() -> None:
    """Leave what the start has built out of the collector's rounds, and make these rarer.

    They took a tenth of a small mail's time and more, to find next to nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)


async def run_role(role: str, path: Path) -> int:
    """Run one role until SIGTERM; the child side of ``serve``. Returns the exit status."""
    config = load(path)
    if READY_FD in os.environ:  # a child of the supervisor
        die_with_parent()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    if armed():
        log.critical("failpoint-armed", place=armed())
    teller = Teller(os.environ.get(METRICS, ""), role)
    from gateway.console_app import ConsoleApp  # it is built with what stands above
    from gateway.sender_app import SenderApp

    app: GatewayApp | OutboundApp | ConsoleApp | SenderApp
    if role.startswith("gateway"):
        prepared = bool(os.environ.get(PREPARED))
        app = await GatewayApp.start(config, path, name=role, prepared=prepared, teller=teller)
        loop.add_signal_handler(signal.SIGHUP, app.reload)
    elif role == "outbound":
        app = await OutboundApp.start(config, path)
        loop.add_signal_handler(signal.SIGHUP, app.reload)
    elif role == "sender":
        app = await SenderApp.start(config)
    else:
        app = await ConsoleApp.start(config, path)
    # What the disk holds is not certain then: only a new process, which looks, may go on.
    app.store.on_fault(lambda cause: stopping.set())
    await teller.listen()
    _settle_memory()
    log.info("started", role=role, pid=os.getpid())
    say_ready()
    await stopping.wait()
    log.info("stopping", role=role)
    await teller.close()
    await app.stop()
    return EX_OK if app.store.fault is None else EX_IOERR
