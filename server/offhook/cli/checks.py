"""The checks of `offhook doctor`, in the order in which a server needs things."""

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
from offhook.cli.findings import Finding, Status, ok
from offhook.cli.media_checks import media, microphones, relays
from offhook.runtime.adapters import SystemClock
from offhook.runtime.store import find_store
from offhook.speech.process import WorkerPool
from offhook.speech.voice import Voice
from offhook.store import directory

_RELEASED: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SOON: Final = timedelta(days=14)
_LEAST_FREE: Final = 0.05
_ACCOUNTS: Final = 20
_RECENT: Final = 20
"""The accounts, and the last calls of each, whose media are looked at."""


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
        seen, _, hint = str(error).partition(": ")
        yield Finding(what, Status.FAIL, seen, hint)
        return
    if not folder.is_dir():
        yield Finding(what, Status.WARN, f"{folder} does not exist", "`offhook serve` creates it.")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        yield Finding(
            what, Status.FAIL, f"other users can read {folder} ({mode:o})", f"chmod 700 {folder}"
        )
    for name, path in (("node key", config.key_file), ("database", config.database_file)):
        if path and path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(name, Status.FAIL, f"other users can read {path}", f"chmod 600 {path}")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Finding(
            what, Status.FAIL, f"{folder}: {error.strerror}", "Give this user write access."
        )
        return
    usage = shutil.disk_usage(folder)
    share = usage.free / usage.total
    seen = f"{folder}, {usage.free / 1e9:.1f} GB free"
    if share < _LEAST_FREE:
        yield Finding(
            "disk",
            Status.FAIL,
            seen,
            "Free disk space: call records cannot be stored on a full disk.",
        )
    else:
        yield ok(what, seen)


def _clock() -> Iterator[Finding]:
    now = SystemClock().wall()
    seen = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if now < _RELEASED:
        hint = "Set the clock and run an NTP client: token expiry depends on it."
        yield Finding("clock", Status.FAIL, f"{seen} is before this release", hint)
    else:
        yield ok("clock", seen)


def _certificate(config: Config) -> Iterator[Finding]:
    what = "certificate"
    if not config.tls_cert:
        if config.loopback:
            yield ok(what, "not needed on loopback")
        else:
            hint = "Set tls_cert and tls_key, unless a reverse proxy terminates TLS."
            yield Finding(what, Status.WARN, "plain HTTP beyond loopback", hint)
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            config.tls_cert, config.tls_key
        )
        leaf = x509.load_pem_x509_certificates(Path(config.tls_cert).read_bytes())[0]
    except (OSError, ValueError) as error:
        hint = "tls_cert must be a PEM chain, leaf first; tls_key its private key."
        yield Finding(what, Status.FAIL, f"cannot be loaded: {error}", hint)
        return
    left = leaf.not_valid_after_utc - SystemClock().wall()
    seen = f"valid until {leaf.not_valid_after_utc:%Y-%m-%d}"
    if left < timedelta(0):
        yield Finding(what, Status.FAIL, f"{seen}: expired", "Renew it.")
    elif left < _SOON:
        yield Finding(what, Status.WARN, seen, "Renew it soon, and restart the server.")
    else:
        yield ok(what, seen)


def _listening(config: Config) -> Iterator[Finding]:
    what = f"port {config.port}"
    family = socket.AF_INET6 if ":" in config.listen else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((config.listen, config.port))
    except OSError as error:
        hint = "Ignore this if this server is running; else choose another port with --port."
        yield Finding(what, Status.WARN, f"{config.listen}: {error.strerror}", hint)
    else:
        yield ok(what, f"free on {config.listen}")


async def _database(config: Config) -> AsyncIterator[Finding]:
    try:
        directory.check_access(config.data_dir, config.database_file)
    except Unavailable:
        return  # Reported by the check of the directory.
    if not config.data_dir.is_dir():
        return
    if not config.key_file.exists():
        seen = f"none yet: no server has used {config.data_dir}"
        yield Finding("database", Status.WARN, seen, "`offhook serve` creates it.")
        return
    try:
        store = await find_store(config)
    except OffhookError as error:
        hint = "Check database_url, and that the database is running."
        yield Finding("database", Status.FAIL, str(error), hint)
        return
    try:
        accounts = (await store.accounts.list(limit=1000)).items
        yield ok("database", f"answers; {len(accounts)} accounts")
        waiting = await store.outbox.waiting()
        dead = [len((await store.outbox.dead_letters(account.id)).items) for account in accounts]
        if sum(dead):
            hint = (
                "Their web servers failed for a day. Fix them, then run `offhook callbacks retry`."
            )
            yield Finding("callbacks", Status.WARN, f"{sum(dead)} failed", hint)
        else:
            yield ok("callbacks", f"{waiting} pending")
        recent = [
            call
            for account in accounts[:_ACCOUNTS]
            for call in (await store.calls.list(account.id, limit=_RECENT)).items
        ]
        yield microphones(recent)
    finally:
        await store.close()


async def _voice() -> Finding:
    speaker = WorkerPool()
    try:
        said = await Voice(speaker).synthesize("Hello.", language="en-US", voice="")
    except OffhookError as error:
        return Finding("voice", Status.FAIL, str(error), "Install espeak-ng.")
    finally:
        await speaker.close()
    return ok("voice", f"speaks, {len(said.content)} bytes for one word")
