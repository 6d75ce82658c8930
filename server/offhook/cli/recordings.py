"""`offhook recordings`: what was recorded."""

import shutil
from pathlib import Path

import click

from offhook.base.ids import RecordingId
from offhook.cli.common import (
    account_of,
    account_option,
    add_list,
    as_json_option,
    on_store,
    pass_shared,
    show,
)
from offhook.cli.settings import Shared
from offhook.storage.local_files import LocalFiles
from offhook.store.store import Store


@click.group()
def recordings() -> None:
    """List, fetch and delete recordings.

    \b
      offhook recordings list
      offhook recordings get 0123456789abcdef0123456789abcdef message.wav
    """


add_list(
    recordings,
    "The account's recordings, the newest first.",
    ("id", "call", "source", "state", "started_at", "duration_s"),
    "No recording yet.",
    lambda store, owner: store.recordings.list(owner, limit=1000),
)


@recordings.command("show")
@click.argument("id")
@account_option
@as_json_option
@pass_shared
def show_one(shared: Shared, id: str, account: str | None, as_json: bool) -> None:
    """What is known of one."""

    async def work(store: Store) -> object:
        return await store.recordings.get(await account_of(store, account), RecordingId(id))

    show(on_store(shared, work), as_json=as_json)


@recordings.command("get")
@click.argument("id")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@account_option
@pass_shared
def get(shared: Shared, id: str, file: Path, account: str | None) -> None:
    """Copy the sound of one to FILE, as MP3 if its name ends with that."""

    async def work(store: Store) -> Path:
        found = await store.recordings.get(await account_of(store, account), RecordingId(id))
        files = _files(shared)
        return await (files.mp3 if file.suffix == ".mp3" else files.find)(found.key)

    shutil.copyfile(on_store(shared, work), file)


async def _delete(shared: Shared, store: Store, account: str | None, id: str) -> None:
    gone = await store.recordings.delete(await account_of(store, account), RecordingId(id))
    await _files(shared).delete(gone.key)


@recordings.command("delete")
@click.argument("id")
@account_option
@pass_shared
def delete(shared: Shared, id: str, account: str | None) -> None:
    """Delete one, and its sound."""
    on_store(shared, lambda store: _delete(shared, store, account, id))


def _files(shared: Shared) -> LocalFiles:
    return LocalFiles(shared.config().data_dir / "recordings")
