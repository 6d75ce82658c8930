"""The data directory: whose it is, who may read it, and which server has it."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from offhook.base.errors import Unavailable, UsageError
from offhook.store import directory
from offhook.store.database import Database

OTHER = 65_534


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def opened(folder: Path) -> None:
    """What a server does to its directory, as far as files are concerned."""
    database = folder / "offhook.db"
    directory.make(folder, database)
    (folder / directory.KEY).touch(0o600)
    store = await Database.open(f"sqlite:///{database}")
    try:
        for name in ("offhook.db", "offhook.db-wal", "offhook.db-shm"):
            assert mode(folder / name) == 0o600, name
    finally:
        await store.close()


@pytest.fixture
def open_umask() -> Iterator[None]:
    """The widest modes that a process can give."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
@pytest.mark.threat("secrets-in-sight")
async def test_created_files_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    await opened(folder)
    assert mode(folder) == 0o700
    assert {mode(path) for path in folder.iterdir()} == {0o600}


@pytest.mark.usefixtures("open_umask")
async def test_an_empty_directory_that_was_there_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "volume"
    folder.mkdir(mode=0o755)
    await opened(folder)
    assert mode(folder) == 0o700


@pytest.mark.usefixtures("open_umask")
async def test_files_of_an_earlier_version_are_closed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "old"
    await opened(folder)
    folder.chmod(0o755)
    for name in ("offhook.db", "offhook.db-wal", "offhook.db-shm"):
        (folder / name).touch()
        (folder / name).chmod(0o644)
    await opened(folder)
    assert mode(folder) == 0o700
    closed = [record for record in caplog.records if record.message == "data-dir.closed"]
    assert {vars(record)["mode"] for record in closed} == {"0755", "0644"}


async def test_a_directory_of_another_user_stays_open_but_our_files_are_restricted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "theirs").touch()
    directory.make(folder, folder / "offhook.db")
    assert mode(folder) == 0o755
    (warned,) = [record for record in caplog.records if record.message == "data-dir.open"]
    assert vars(warned)["hint"] == f"chmod 700 {folder}"
    sticky = tmp_path / "sticky"
    sticky.mkdir()
    sticky.chmod(0o1777)
    directory.make(sticky, sticky / "offhook.db")
    assert mode(sticky) == 0o1777


def test_find_creates_nothing_and_names_the_directory(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    with pytest.raises(UsageError) as raised:
        directory.find(folder, folder / "offhook.db")
    assert str(folder) in str(raised.value)
    assert "offhook init" in str(raised.value)
    assert not folder.exists()


def test_a_directory_with_a_key_alone_has_no_server_yet(tmp_path: Path) -> None:
    (tmp_path / directory.KEY).touch()
    directory.find(tmp_path, None)
    with pytest.raises(UsageError, match=r"no offhook\.db"):
        directory.find(tmp_path, tmp_path / "offhook.db")


def test_a_second_server_gets_the_pid_of_the_first(tmp_path: Path) -> None:
    with directory.locked(tmp_path) as lock:
        lock.serves_at("http://127.0.0.1:8480")
        with pytest.raises(Unavailable) as raised, directory.locked(tmp_path):
            raise AssertionError("two servers hold one directory")
        says = str(raised.value)
        for part in (str(os.getpid()), "http://127.0.0.1:8480", str(tmp_path), "--data-dir"):
            assert part in says
        assert mode(tmp_path / directory.LOCK) == 0o600
    with directory.locked(tmp_path):
        pass


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom offhook.store import directory\n"
        "with directory.locked(Path(sys.argv[1])):\n    os._exit(9)"
    )
    mark_dead = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert mark_dead.returncode == 9
    with directory.locked(tmp_path):
        pass


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[tuple[Path, list[str]]]:
    """A data directory that commands with this prefix may not use."""
    folder = tmp_path / "d"
    folder.mkdir(mode=0o700)
    (folder / directory.KEY).touch(0o600)
    if os.geteuid() == 0:
        # Root may do everything by these two capabilities; without them it is a user like others.
        dropped = "-dac_override,-dac_read_search"
        for path in (folder / directory.KEY, folder):
            os.chown(path, OTHER, OTHER)
        yield folder, ["setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}"]
    else:
        folder.chmod(0)
        yield folder, []
        folder.chmod(0o700)


@pytest.mark.parametrize("words", ["endpoint list", "init", "serve", "doctor"])
def test_a_directory_of_another_user_is_reported_in_one_line(
    foreign: tuple[Path, list[str]], words: str
) -> None:
    folder, prefix = foreign
    offhook = str(Path(sys.executable).with_name("offhook"))
    done = subprocess.run(
        [*prefix, offhook, "--data-dir", str(folder), *words.split()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    (line,) = [line for line in said.splitlines() if str(folder) in line]
    if prefix:
        assert "belongs to user" in line
        assert "sudo -u" in said
