"""The command line. What concerns a running installation goes through its control socket."""

import argparse
import json
import os
import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import msgspec

from suostumus.demo.driver import TrafficError, drive
from suostumus.demo.progress import Progress, follow
from suostumus.demo.shop import shop_app
from suostumus.demo.traffic import DAYS
from suostumus.geo.download import update
from suostumus.geo.reader import GeoError
from suostumus.server.accounts import AccountError, Accounts, Role
from suostumus.server.clock import utc_now
from suostumus.server.control import ControlError, ask, is_running
from suostumus.server.counts import read_counts, read_ledger
from suostumus.server.doctor import as_text, examine_door, examine_stopped, is_well
from suostumus.server.errand import on_installation
from suostumus.server.installation import Installation, StartError
from suostumus.server.ledger import LedgerError
from suostumus.server.notice import build_notice
from suostumus.server.parts import LEDGER_FILE
from suostumus.server.premises import Finding, Level
from suostumus.server.reception import Dimension, as_table, read_reception
from suostumus.server.running import findings_of, handle_poison, run
from suostumus.server.script import ScriptError, Scripts
from suostumus.server.serve import Listener
from suostumus.server.settings import SHORTEST_SECRET, Settings, load_settings
from suostumus.server.staff import manage
from suostumus.server.store import StoreError
from suostumus.server.tables import SettingsError
from suostumus.server.token import SigningKeyError, rotate_keys

EXIT_UNCLEAN = 1
EXIT_CANNOT = 2

FAULTS = (
    AccountError,
    SettingsError,
    StartError,
    LedgerError,
    StoreError,
    SigningKeyError,
    ScriptError,
    ControlError,
    GeoError,
    TrafficError,
    OSError,
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is 0 when all is well, 1 when a check found something, 2 when it failed."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings(_config_path(options.config), os.environ)
        status: int = options.command(settings, options)
    except FAULTS as error:
        print(f"suostumus: {error}", file=sys.stderr)
        return EXIT_CANNOT
    return status


def serve_installation(settings: Settings, options: argparse.Namespace) -> int:
    """Run the product until SIGTERM."""
    return run(settings, options.workers, dict, _told, new_state=options.new_state)


def serve_demo(settings: Settings, options: argparse.Namespace) -> int:
    """Run the product and the demonstration shop until SIGTERM."""
    settings, site = _with_order_secret(settings), settings.sites[0].key
    shop = shop_app(settings.public_url, site, settings.order_secrets_by_site[site])
    return run(settings, options.workers, lambda: {"shop": Listener(shop, options.shop_listen)}, _told)


def fill_demo(settings: Settings, options: argparse.Namespace) -> int:
    """Send weeks of made-up traffic, up to yesterday, into the demonstration; run again, it goes on."""
    if is_running(settings.data_path):
        arguments = {"days": options.days}
        follow(lambda: msgspec.convert(ask(settings.data_path, "traffic", arguments), Progress), sys.stderr)
        return 0
    installation = Installation(_with_order_secret(settings))
    try:
        drive(installation, options.days, sys.stderr)
    except KeyboardInterrupt:
        print("\ninterrupted: run it again, it goes on", file=sys.stderr)
        return EXIT_CANNOT
    finally:
        installation.close()
    return 0


def _with_order_secret(settings: Settings) -> Settings:
    """The demonstration's shop confirms its orders: with a secret of this run, unless one is set."""
    site, known = settings.sites[0].key, settings.order_secrets_by_site
    pairs = {site: secrets.token_urlsafe(SHORTEST_SECRET)} | known
    return msgspec.structs.replace(settings, order_secrets=",".join(f"{key}:{secret}" for key, secret in pairs.items()))


def verify_installation(settings: Settings, options: argparse.Namespace) -> int:
    """Tell whether every stored event has its consent, and whether anything is left of who withdrew."""
    findings = on_installation(settings, "verify", findings_of)
    if options.json:
        print(json.dumps(findings))
    else:
        for name, value in findings.items():
            print(f"{name.replace('_', ' '):<18} {value}")
    return 0 if findings["clean"] else EXIT_UNCLEAN


def examine_installation(settings: Settings, options: argparse.Namespace) -> int:
    """Check the installation, and say what is wrong and what to do."""
    if is_running(settings.data_path):
        found = msgspec.convert(ask(settings.data_path, "doctor"), list[Finding])
        found += examine_door(settings)
    else:
        found = [*examine_stopped(settings), Finding(Level.WARNING, "collector", "It does not run.")]
    print(msgspec.json.encode(found).decode() if options.json else as_text(found))
    return 0 if is_well(found) else EXIT_UNCLEAN


def show_poison(settings: Settings, options: argparse.Namespace) -> int:
    """Print which rows ClickHouse refused for what they hold; send them again, or drop them."""
    arguments = {"do": options.do}
    found = on_installation(settings, "poison", lambda stopped: handle_poison(stopped, **arguments), arguments)
    for kept in found:
        since = datetime.fromtimestamp(kept["since"], UTC).isoformat()
        print(f"{kept['rows']:>12,}  {kept['target']} of {kept['month']}: {kept['reason']}, since {since}")
    return 0


def show_counts(settings: Settings, options: argparse.Namespace) -> int:
    """Print what was stored, dropped and refused, by reason, of the last days."""
    found = read_counts(settings.data_path / LEDGER_FILE, options.days)
    print("\n".join(f"{amount:>12,}  {name}" for name, amount in found.items()) or "nothing was counted")
    return 0


def show_reception(settings: Settings, options: argparse.Namespace) -> int:
    """Print how visitors answered the question, by day, language, layout, notice or arm of an experiment."""
    for site in settings.sites:
        if options.site in {None, site.key}:
            today = utc_now().astimezone(site.zone).date()
            read = partial(read_reception, site=site.key, today=today, days=options.days)
            found = read_ledger(settings.data_path / LEDGER_FILE, read)
            print(f"{site.key}: {site.name}")
            print(as_table(found, Dimension(options.by)))
    return 0


def show_tags(settings: Settings, _: argparse.Namespace) -> int:
    """Print what a shop embeds: the short tag, the fixed one with its hash, and the way without JavaScript."""
    notices = {site.key: build_notice(settings, site) for site in settings.sites}
    scripts = Scripts(settings, notices)
    for site in settings.sites:
        script = scripts.of(site.key)
        address = f"{settings.public_url}/s/{site.key}"
        print(f'<script src="{address}.js" defer></script>')
        print(
            f'<script src="{address}.{script.digest}.js" integrity="{script.integrity}"'
            ' crossorigin="anonymous" defer></script>'
        )
        wording = next(iter(notices[site.key].wordings.values()))
        link = f"{settings.public_url}/privacy/{site.key}"
        print(f'<noscript><a href="{link}">{escape(wording.texts.banner.open)}</a></noscript>')
    return 0


def manage_users(settings: Settings, options: argparse.Namespace) -> int:
    """List, add, change and remove accounts; print the one-time links that set their passwords."""
    arguments = {name: value for name, value in vars(options).items() if name in {"what", "name", "role"}}
    if is_running(settings.data_path):
        lines = ask(settings.data_path, "user", arguments)
    else:
        lines = manage(Accounts(settings.data_path), f"http://{settings.internal_listen}", arguments)
    print("\n".join(lines))
    return 0


def update_geo(settings: Settings, options: argparse.Namespace) -> int:
    """Install a city database; a running installation takes it up within a minute."""
    if options.if_missing and settings.geo_path.exists():
        return 0
    source = Path(options.file) if options.file else None
    account, licence = os.environ.get("MAXMIND_ACCOUNT_ID"), os.environ.get("MAXMIND_LICENCE_KEY")
    file = update(settings.geo_path, file=source, account_id=account, licence_key=licence)
    print(f"{file.path}: {file.kind}, built {file.built}")
    return 0


def rotate(settings: Settings, _: argparse.Namespace) -> int:
    """Make a new signing key; consents signed with the earlier ones stay in force."""
    if settings.signing_keys:
        raise SigningKeyError("signing_keys: set, so put the new key before the others there")
    print(f"{rotate_keys(settings.data_path)} signs after the next start")
    return 0


def _told(work: Callable[[], None]) -> int:
    """Do it, and say what went wrong; the exit status."""
    try:
        work()
    except FAULTS as error:
        print(f"suostumus: {error}", file=sys.stderr, flush=True)
        return EXIT_CANNOT
    return 0


def _config_path(given: str | None) -> Path | None:
    if given:
        return Path(given)
    return Path("suostumus.toml") if Path("suostumus.toml").exists() else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="suostumus", description="Consent and statistics for web shops.")
    parser.add_argument("--config", help="configuration file (default: suostumus.toml in this folder)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(parent: Any, name: str, command: Callable[[Settings, argparse.Namespace], int]) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = parent.add_parser(name, help=(command.__doc__ or "").strip())
        added.set_defaults(command=command)
        return added

    serving = add(commands, "serve", serve_installation)
    serving.add_argument(
        "--new-state", action="store_true", help="begin a new state beside stored events: every consent ends"
    )
    add(commands, "verify", verify_installation).add_argument("--json", action="store_true", help="for programs")
    add(commands, "doctor", examine_installation).add_argument("--json", action="store_true", help="for programs")
    refused = add(commands, "poison", show_poison).add_mutually_exclusive_group()
    for do, words in (("retry", "send them again"), ("drop", "delete them")):
        refused.add_argument(f"--{do}", dest="do", action="store_const", const=do, default="", help=words)
    counting = add(commands, "counts", show_counts)
    counting.add_argument("--days", type=int, default=30, help="today and the days before it")
    receiving = add(commands, "consents", show_reception)
    receiving.add_argument("--days", type=int, default=30, help="today and the days before it")
    receiving.add_argument("--by", choices=list(Dimension), default=Dimension.DAY, help="what to tell apart")
    receiving.add_argument("--site", help="the key of one site (default: all)")
    demo = commands.add_parser("demo", help="the demonstration").add_subparsers(required=True)
    showing = add(demo, "serve", serve_demo)
    showing.add_argument("--shop-listen", default="127.0.0.1:8002", metavar="ADDRESS:PORT")
    for one in (serving, showing):
        one.add_argument("--workers", type=int, default=0, metavar="N", help="collect in N processes beside this one")
    add(commands, "tag", show_tags)
    add(demo, "traffic", fill_demo).add_argument("--days", type=int, default=DAYS, help="how long ago it begins")
    _add_users(commands.add_parser("user", help="accounts of the dashboards").add_subparsers(required=True))
    geo = commands.add_parser("geo", help="the city database").add_subparsers(required=True)
    updating = add(geo, "update", update_geo)
    updating.add_argument("--file", help="a .mmdb, .mmdb.gz or .tar.gz file of your own")
    updating.add_argument("--if-missing", action="store_true", help="do nothing where a city database is")
    keys = commands.add_parser("keys", help="signing keys").add_subparsers(required=True)
    add(keys, "rotate", rotate)
    return parser


def _add_users(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The commands on accounts; roles are asked for where there is something to choose."""
    for what, text in (
        ("link", "a one-time link that makes the first administrator"),
        ("list", "every account and its role"),
        ("add", "make an account, and a one-time link that sets its password"),
        ("role", "change what an account may do"),
        ("reset", "end a password and its sessions, and make a one-time link for a new one"),
        ("remove", "delete an account"),
    ):
        command = commands.add_parser(what, help=text)
        command.set_defaults(command=manage_users, what=what)
        if what not in {"link", "list"}:
            command.add_argument("name")
        if what == "add":
            command.add_argument("--role", choices=list(Role), default=Role.VIEWER)
        if what == "role":
            command.add_argument("role", choices=list(Role))
