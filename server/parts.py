"""The parts of which an installation is made, in the process that has ClickHouse and in one that only collects."""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypedDict

from suostumus.geo.reader import GeoReader
from suostumus.server.clock import Clock
from suostumus.server.confirmations import Confirmations
from suostumus.server.consent import ConsentGate
from suostumus.server.decisions import Decisions
from suostumus.server.elsewhere import Hider, SubjectReader, Watcher
from suostumus.server.eraser import Eraser
from suostumus.server.erasures import open_scopes
from suostumus.server.ledger import Ledger
from suostumus.server.limits import Limits
from suostumus.server.looks import LookLog
from suostumus.server.notice import Notice, build_notice
from suostumus.server.pipeline import Pipeline
from suostumus.server.reader import Reader
from suostumus.server.retention import Keeper
from suostumus.server.rollup import Rollup
from suostumus.server.room import Room
from suostumus.server.settings import Settings
from suostumus.server.spool import Spool
from suostumus.server.state import State
from suostumus.server.store import Store
from suostumus.server.subject import Subject
from suostumus.server.tally import Tally
from suostumus.server.token import KeyRing, open_key_ring
from suostumus.server.watch import Watch
from suostumus.server.writer import Writer

LEDGER_FILE = "ledger.sqlite"


@dataclass(frozen=True)
class PublicParts:
    """What the public routes use, whether or not this process is the one that has ClickHouse."""

    settings: Settings
    clock: Clock
    notices: dict[str, Notice]
    keys: KeyRing
    ledger: Ledger
    state: State
    spool: Spool
    confirmations: Confirmations
    gate: ConsentGate
    decisions: Decisions
    pipeline: Pipeline
    tally: Tally
    geo: GeoReader
    eraser: Hider
    subject: SubjectReader
    watch: Watcher


@dataclass(frozen=True)
class Parts(PublicParts):
    """Everything that routes and commands use, in the process that has ClickHouse."""

    eraser: Eraser
    subject: Subject
    watch: Watch
    store: Store
    writer: Writer
    reader: Reader
    keeper: Keeper
    rollup: Rollup
    looks: LookLog


def open_public_parts(
    settings: Settings, clock: Clock, opened: ExitStack, elsewhere: tuple[Hider, SubjectReader, Watcher]
) -> PublicParts:
    """The parts of a process that collects, on a ledger that is open in the process that has ClickHouse."""
    hider, subject, watch = elsewhere
    ledger = Ledger(settings.data_path / LEDGER_FILE, is_joined=True)
    opened.callback(ledger.close)
    return PublicParts(
        **_shared(settings, clock, ledger, State(ledger, is_joining=True)),
        eraser=hider,
        subject=subject,
        watch=watch,
    )


def open_parts(settings: Settings, clock: Clock, opened: ExitStack) -> Parts:
    """Build the parts; what has to be closed is closed with `opened`."""
    ledger = Ledger(settings.data_path / LEDGER_FILE)
    opened.callback(ledger.close)
    state = State(ledger)
    shared = _shared(settings, clock, ledger, state)
    store = Store(settings.database, settings.data_path)
    rollup = Rollup([site.key for site in settings.sites], state.machine, store, clock)
    eraser = Eraser(ledger, state, shared["spool"], store, rollup, clock)
    reader = Reader(store)
    subject = Subject(settings, store, shared["spool"])
    keeper = Keeper(settings, ledger, state, store, clock)
    writer = Writer(shared["spool"], store, settings.flush_seconds, open_scopes)
    watch = Watch(settings, ledger, shared["spool"], store, reader, shared["geo"], clock)
    for part in (reader, subject, keeper, rollup, eraser, writer, watch):
        opened.callback(part.close)
    return Parts(
        **shared,
        store=store,
        writer=writer,
        eraser=eraser,
        reader=reader,
        subject=subject,
        keeper=keeper,
        rollup=rollup,
        looks=LookLog(ledger, state),
        watch=watch,
    )


class _Shared(TypedDict):
    """The parts that every process has of its own."""

    settings: Settings
    clock: Clock
    notices: dict[str, Notice]
    keys: KeyRing
    ledger: Ledger
    state: State
    spool: Spool
    confirmations: Confirmations
    gate: ConsentGate
    decisions: Decisions
    pipeline: Pipeline
    tally: Tally
    geo: GeoReader


def _shared(settings: Settings, clock: Clock, ledger: Ledger, state: State) -> _Shared:
    notices = {site.key: build_notice(settings, site) for site in settings.sites}
    keys = open_key_ring(settings.signing_keys, settings.data_path)
    gate = ConsentGate(keys, state, notices, clock)
    geo = GeoReader(settings.geo_path)
    confirmations = open_confirmations(settings, ledger, state, clock, notices)
    return _Shared(
        settings=settings,
        clock=clock,
        notices=notices,
        keys=keys,
        ledger=ledger,
        state=state,
        confirmations=confirmations,
        spool=open_spool(confirmations, settings.limits),
        gate=gate,
        decisions=Decisions(settings, ledger, state, keys, gate, notices, clock),
        pipeline=Pipeline(geo.place, settings.ip_storage, settings.limits.repeat_seconds),
        tally=Tally(ledger, clock),
        geo=geo,
    )


def open_confirmations(
    settings: Settings, ledger: Ledger, state: State, clock: Clock, notices: dict[str, Notice]
) -> Confirmations:
    """What takes in the orders that servers tell, by a clock."""
    limits, sites = settings.limits, frozenset(settings.order_secrets_by_site)
    return Confirmations(ledger, state, clock, Room(limits), notices, limits.order_wait_seconds, sites)


def open_spool(confirmations: Confirmations, limits: Limits) -> Spool:
    """The queue, by the same clock, with the same room."""
    found = confirmations
    return Spool(found.ledger, found.state, found.clock, found.room, limits.repeat_seconds, found.place)
