"""What `offhook doctor` looks at, in the order in which a server needs things."""

import shutil
import socket
import ssl
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from offhook.base.config import Config
from offhook.base.errors import OffhookError, Unavailable
from offhook.cli.findings import Finding, State, well
from offhook.cli.ways import media, relays
from offhook.opening import SystemClock, find_store
from offhook.speech.process import Process
from offhook.speech.voice import Voice
from offhook.store import directory

_RELEASED: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SOON: Final = timedelta(days=14)
_LEAST_FREE: Final = 0.05


async def examine(config: Config) -> AsyncIterator[Finding]:
    """All checks, in the order in which a server needs things."""
    for finding in (*_directory(config), *_clock(), *_certificate(config), *_listening(config)):
        yield finding
    for check in (media, relays, _database):
        async for finding in check(config):
            yield finding
    yield await _voice()


def _directory(config: Config) -> Iterator[Finding]:
    folder, what = config.data_dir, "data directory"
    try:
        directory.check_access(folder, config.database_file)
    except Unavailable as error:
        seen, _, cure = str(error).partition(": ")
        yield Finding(what, State.AMISS, seen, cure)
        return
    if not folder.is_dir():
        yield Finding(what, State.LOOK, f"{folder} is not there", "`offhook serve` makes it.")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        yield Finding(
            what, State.AMISS, f"others can look into {folder} ({mode:o})", f"chmod 700 {folder}"
        )
    for name, path in (("node key", config.key_file), ("database", config.database_file)):
        if path and path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(name, State.AMISS, f"others can read {path}", f"chmod 600 {path}")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Finding(
            what, State.AMISS, f"{folder}: {error.strerror}", "Let this user write there."
        )
        return
    usage = shutil.disk_usage(folder)
    share = usage.free / usage.total
    seen = f"{folder}, {usage.free / 1e9:.1f} GB free"
    if share < _LEAST_FREE:
        yield Finding(
            "disk", State.AMISS, seen, "Make room: records cannot be kept on a full disk."
        )
    else:
        yield well(what, seen)


def _clock() -> Iterator[Finding]:
    now = SystemClock().wall()
    seen = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if now < _RELEASED:
        cure = "Set the clock, and keep it by NTP: tokens are judged by it."
        yield Finding("clock", State.AMISS, f"{seen} is before this release", cure)
    else:
        yield well("clock", seen)


def _certificate(config: Config) -> Iterator[Finding]:
    what = "certificate"
    if not config.tls_cert:
        if config.loopback:
            yield well(what, "none needed on loopback")
        else:
            cure = "Give tls_cert and tls_key, unless something in front speaks TLS."
            yield Finding(what, State.LOOK, "plain HTTP beyond this machine", cure)
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            config.tls_cert, config.tls_key
        )
        leaf = x509.load_pem_x509_certificates(Path(config.tls_cert).read_bytes())[0]
    except (OSError, ValueError) as error:
        cure = "tls_cert must be a PEM chain, the server's own first; tls_key its private key."
        yield Finding(what, State.AMISS, f"cannot be used: {error}", cure)
        return
    left = leaf.not_valid_after_utc - SystemClock().wall()
    seen = f"valid until {leaf.not_valid_after_utc:%Y-%m-%d}"
    if left < timedelta(0):
        yield Finding(what, State.AMISS, f"{seen}, which has passed", "Get a new one.")
    elif left < _SOON:
        yield Finding(what, State.LOOK, seen, "Get a new one soon, and restart the server.")
    else:
        yield well(what, seen)


def _listening(config: Config) -> Iterator[Finding]:
    what = f"port {config.port}"
    family = socket.AF_INET6 if ":" in config.listen else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((config.listen, config.port))
    except OSError as error:
        cure = "If that is this server running, all is well; else choose another with --port."
        yield Finding(what, State.LOOK, f"{config.listen}: {error.strerror}", cure)
    else:
        yield well(what, f"free on {config.listen}")


async def _database(config: Config) -> AsyncIterator[Finding]:
    try:
        directory.check_access(config.data_dir, config.database_file)
    except Unavailable:
        return  # The finding about the directory has said so.
    if not config.data_dir.is_dir():
        return
    if not config.key_file.exists():
        seen = f"none yet: no server has run with {config.data_dir}"
        yield Finding("database", State.LOOK, seen, "`offhook serve` makes it.")
        return
    try:
        store = await find_store(config)
    except OffhookError as error:
        cure = "Look at database_url, and whether the database runs."
        yield Finding("database", State.AMISS, str(error), cure)
        return
    try:
        accounts = (await store.accounts.list(limit=1000)).items
        yield well("database", f"answers; {len(accounts)} accounts")
        waiting = await store.outbox.waiting()
        dead = [len((await store.outbox.dead(account.id)).items) for account in accounts]
        if sum(dead):
            cure = "Their servers did not take them for a day; mend those servers."
            yield Finding("callbacks", State.LOOK, f"{sum(dead)} were given up", cure)
        else:
            yield well("callbacks", f"{waiting} waiting")
    finally:
        await store.close()


async def _voice() -> Finding:
    speaker = Process()
    try:
        said = await Voice(speaker).say("Hello.", language="en-US", voice="")
    except OffhookError as error:
        return Finding("voice", State.AMISS, str(error), "Install the program espeak-ng.")
    finally:
        await speaker.close()
    return well("voice", f"speaks, {len(said.content)} bytes for one word")
