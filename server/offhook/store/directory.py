"""The data directory: made on request, closed to other users, used by one server at a time."""

import contextlib
import fcntl
import logging
import os
import pwd
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from offhook.base.errors import Unavailable, UsageError

log = logging.getLogger("offhook.store")

KEY: Final = "node.key"
LOCK: Final = "server.lock"
_OTHERS: Final = 0o077
_SUFFIXES: Final = ("", "-wal", "-shm", "-journal")
"""SQLite keeps what is not yet in the database, and its index, beside it."""


def make(folder: Path, database: Path | None) -> None:
    """Make the directory if it is missing, and close it and its database to other users.

    Args:
        folder: The data directory.
        database: The file of an embedded database; nothing for a database server.

    Raises:
        Unavailable: it cannot be made, or this user may not use it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except PermissionError as error:
        raise _denied(_first_that_exists(folder)) from error
    except OSError as error:
        raise Unavailable(
            f"cannot make the data directory {folder}: {error.strerror}; "
            "name another with --data-dir"
        ) from error
    check_access(folder, database)
    _close_directory(folder)
    for path in _files(database):
        _close(path, 0o600)


def find(folder: Path, database: Path | None) -> None:
    """Check that a server's data are there; create nothing.

    Args:
        folder: The data directory.
        database: The file of an embedded database; nothing for a database server.

    Raises:
        UsageError: there are none; the message names the directory and how to make them.
        Unavailable: this user may not use them.
    """
    check_access(folder, database)
    if database is not None and database.parent != folder and not database.parent.is_dir():
        raise Unavailable(
            f"cannot open the database {database}: there is no directory {database.parent}"
        )
    missing = [path for path in (folder / KEY, database) if path is not None and not path.is_file()]
    if missing:
        raise UsageError(
            f"there is no server's data in {folder} (no {missing[0].name}): make it with "
            "`offhook serve` or `offhook init`, or name the directory that has it with --data-dir"
        )


@contextmanager
def locked(folder: Path) -> Generator["Lock"]:
    """Hold the directory for one server, until the block or the process ends.

    Args:
        folder: The data directory, which exists.

    Raises:
        Unavailable: another server holds it; the message says which.
    """
    path = folder / LOCK
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise Unavailable(f"cannot lock the data directory {folder}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(
                f"another server{_holder(file)} uses the data directory {folder}; "
                "stop it, or give this one a directory of its own with --data-dir"
            ) from None
        except OSError as error:
            # Some network file systems have no locks: serving without one is better than not serving.
            log.warning("data-dir.not-locked", extra={"path": str(folder), "error": str(error)})
        lock = Lock(file)
        lock.write(f"process {os.getpid()}")
        yield lock
        lock.write("")
    finally:
        os.close(file)


def serving_at(folder: Path) -> str:
    """The URL of the server that holds the directory; nothing if none does."""
    try:
        text = (folder / LOCK).read_text("ascii", "replace")
    except OSError:
        return ""
    return text.partition(", ")[2].strip()


class Lock:
    """The file whose lock a server holds; its text names that server."""

    def __init__(self, file: int) -> None:
        self._file = file

    def serves_at(self, url: str) -> None:
        """Write the URL at which the server can be reached."""
        self.write(f"process {os.getpid()}, {url}")

    def write(self, text: str) -> None:
        """Replace the file's text; a full disk is no error."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{text}\n".encode(), 0)


def _holder(file: int) -> str:
    text = os.pread(file, 256, 0).decode("ascii", "replace").strip()
    return f" ({text})" if text.isprintable() and text else ""


def _files(database: Path | None) -> Iterator[Path]:
    if database is not None:
        for suffix in _SUFFIXES:
            yield database.with_name(database.name + suffix)


def check_access(folder: Path, database: Path | None) -> None:
    """Check that this user may use what is there; what is missing is ignored.

    Args:
        folder: The data directory.
        database: The file of an embedded database; nothing for a database server.

    Raises:
        Unavailable: the user may not; the message names the path, its owner and what to do.
    """
    # Checked before anything is opened: SQLite only reports that it cannot open a file.
    needed = os.R_OK | os.W_OK
    effective = os.access in os.supports_effective_ids
    for path, mode in (
        (folder, needed | os.X_OK),
        (folder / KEY, os.R_OK),
        *((path, needed) for path in _files(database)),
    ):
        try:
            path.lstat()
        except PermissionError as error:
            raise _denied(_first_that_exists(path)) from error
        except OSError:
            continue
        if not os.access(path, mode, effective_ids=effective):
            raise _denied(path)


def _first_that_exists(path: Path) -> Path:
    """The path itself, or the nearest directory above it that can be looked at."""
    for each in (path, *path.parents):
        with contextlib.suppress(OSError):
            each.lstat()
            return each
    return path


def _denied(path: Path) -> Unavailable:
    uid, me = path.lstat().st_uid, os.geteuid()
    owner = _user(uid)
    if uid == me:
        return Unavailable(
            f"{path} cannot be used: permission denied; it is read-only, or its mode forbids it"
        )
    run_as = owner if not owner.isdigit() else f"'#{owner}'"
    return Unavailable(
        f"{path} belongs to user {owner}, and this command runs as {_user(me)}: "
        f"run it as {owner} (sudo -u {run_as} offhook ...), or name another directory with --data-dir"
    )


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _close_directory(folder: Path) -> None:
    names = [each.name for each in folder.iterdir()]
    shared = folder.stat().st_mode & stat.S_ISVTX
    if shared or (names and KEY not in names):
        # A directory of another user, such as /tmp: our files are restricted, the directory is left alone.
        if stat.S_IMODE(folder.stat().st_mode) & _OTHERS:
            log.warning("data-dir.open", extra={"path": str(folder), "hint": f"chmod 700 {folder}"})
        return
    _close(folder, 0o700)


def _close(path: Path, mode: int) -> None:
    try:
        before = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return
    if not before & _OTHERS:
        return
    facts = {"path": str(path), "mode": f"{before:04o}"}
    try:
        path.chmod(before & mode)
    except OSError:
        log.warning("data-dir.open", extra={**facts, "hint": f"chmod {mode:o} {path}"})
    else:
        log.warning("data-dir.closed", extra={**facts, "now": f"{before & mode:04o}"})
