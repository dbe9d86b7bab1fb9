"""What an installation stands on: its settings, its folder, its keys. Read only, running or not."""

import os
import resource
import stat
from collections.abc import Iterator
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from suostumus.server.settings import Settings, Site
from suostumus.server.token import KEY_FILE, SigningKeyError, open_key_ring

OPEN_FILES = 4096
WIDEST_NETWORK = 8  # bits of a prefix; the loopback's 127.0.0.0/8 is one
NETWORK_DISKS = {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"}


class Level(StrEnum):
    """How much a finding matters."""

    WELL = "well"
    WARNING = "warning"  # works, but not as it should
    PROBLEM = "problem"  # does not work, or endangers what is promised


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    level: Level
    subject: str
    words: str
    advice: str = ""


def examine_premises(settings: Settings) -> list[Finding]:
    """Everything that needs neither the ledger nor ClickHouse."""
    found = [*_of_addresses(settings), *_of_networks(settings), *_of_folder(settings.data_path), *_of_keys(settings)]
    found += [finding for site in settings.sites for finding in _of_site(settings, site)]
    if not found:
        found.append(Finding(Level.WELL, "settings", "The settings and the data folder's permissions are in order."))
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files < OPEN_FILES:
        words = f"Only {files} files and connections may be open at once."
        found.append(
            Finding(Level.WARNING, "open files", words, "Set LimitNOFILE=65536 in the service, or `ulimit -n`.")
        )
    return found


def is_local(address: str) -> bool:
    """Whether a URL leads to this machine itself."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _of_addresses(settings: Settings) -> Iterator[Finding]:
    here = is_local(settings.public_url)
    if not here and not settings.secure:
        yield Finding(
            Level.PROBLEM,
            "public_url",
            "Visitors reach the collector over plain http: consents can be read and changed on the way.",
            "Put a web server with TLS before the public listener, and write https:// in public_url.",
        )
    if here and not all(is_local(origin) for site in settings.sites for origin in site.origins):
        yield Finding(
            Level.PROBLEM,
            "public_url",
            "The shop's pages are told to reach the collector on the visitor's own machine.",
            "Set public_url to the address at which browsers reach the public listener.",
        )
    listens_locally = is_local(f"http://{settings.public_listen}")
    if not here and listens_locally and not settings.trusted_proxies:
        yield Finding(
            Level.PROBLEM,
            "trusted_proxies",
            "The collector is reached through a proxy on this machine that is not trusted: every visitor seems to come"
            " from it, has no place, and shares one rate limit.",
            'Set trusted_proxies = ["127.0.0.1/32"] and have the proxy send X-Forwarded-For.',
        )
    elif settings.secure and not settings.trusted_proxies:
        yield Finding(
            Level.WARNING,
            "trusted_proxies",
            "TLS ends before the collector, but no proxy is trusted: if one is in between, every visitor seems to come"
            " from it.",
            "Name the proxy's network in trusted_proxies.",
        )


def _of_networks(settings: Settings) -> Iterator[Finding]:
    for key, networks in (
        ("internal_networks", settings.internal_ranges),
        ("trusted_proxies", settings.proxy_ranges),
    ):
        if any(network.prefixlen < WIDEST_NETWORK for network in networks):
            yield Finding(
                Level.PROBLEM,
                key,
                "It contains most of the internet.",
                "Name the networks of your own machines only.",
            )


def _of_site(settings: Settings, site: Site) -> Iterator[Finding]:
    collector = urlsplit(settings.public_url).hostname or ""
    shops = {urlsplit(origin).hostname or "" for origin in site.origins}
    if not is_local(settings.public_url) and not any(_are_one_site(collector, shop, site) for shop in shops):
        yield Finding(
            Level.WARNING,
            f"site {site.key}",
            "The collector is on another site than the shop, so consents are kept in the shop's storage, which some"
            " browsers empty after seven days.",
            "Best is a path of the shop (README), or a sub-domain with cookie_domain set.",
        )


def _are_one_site(collector: str, shop: str, site: Site) -> bool:
    domain = site.cookie_domain
    return collector == shop or bool(domain and shop.endswith(domain) and collector.endswith(domain))


def _of_folder(data: Path) -> Iterator[Finding]:
    if not data.is_dir():
        yield Finding(Level.WARNING, "data folder", f"{data} does not exist yet.", "`suostumus serve` makes it.")
        return
    status = data.stat()
    if status.st_uid != os.geteuid():
        yield Finding(
            Level.PROBLEM, "data folder", f"{data} belongs to another user.", "Run as its owner, or `chown -R` it."
        )
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        yield Finding(
            Level.PROBLEM,
            "data folder",
            f"{data} cannot be written.",
            "Correct its permissions; see whether its disk is mounted read-only.",
        )
    for path in (data, data / "ledger.sqlite", data / KEY_FILE):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(
                Level.PROBLEM,
                "permissions",
                f"{path} can be read by other users of this machine; it is about visitors, or signs their consents.",
                f"`chmod go-rwx {path}`",
            )
    if (kind := _disk_of(data)) in NETWORK_DISKS:
        yield Finding(
            Level.PROBLEM,
            "data folder",
            f"{data} is on a network disk ({kind}), where the ledger's locks and syncs cannot be relied on.",
            "Move the data folder to a disk of this machine.",
        )


def _of_keys(settings: Settings) -> Iterator[Finding]:
    if not settings.signing_keys and not (settings.data_path / KEY_FILE).exists():
        if (settings.data_path / "ledger.sqlite").exists():
            yield Finding(
                Level.PROBLEM,
                "keys",
                f"{KEY_FILE} is missing: a new key would end every consent.",
                "Put the file back from the backup before the next start.",
            )
        return
    try:
        open_key_ring(settings.signing_keys, settings.data_path)
    except (SigningKeyError, OSError) as error:
        yield Finding(Level.PROBLEM, "keys", str(error), "Put the file or the setting back as it was.")


def _disk_of(path: Path) -> str:
    """The kind of file system that a path is on, "" where that cannot be told."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return ""
    real = path.resolve()
    over = [(len(fields[1]), fields[2]) for fields in mounts if real.is_relative_to(fields[1])]
    return max(over)[1] if over else ""
