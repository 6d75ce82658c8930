"""Recordings on the command line."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from offhook.base.config import Config
from offhook.base.ids import AccountId, CallId, RecordingId
from offhook.base.recordings import Recording, RecordingSource, RecordingState
from offhook.runtime.store import open_store
from offhook.storage.local_files import LocalFiles

ID = RecordingId("0123456789abcdef0123456789abcdef")


def keep(data: Path, account: str) -> None:
    """Keep a recording that has ended, with its file."""
    begun = Recording(
        id=ID,
        account=AccountId(account),
        call=CallId("c" * 32),
        source=RecordingSource.RECORD_VERB,
        started_at=datetime(2026, 1, 31, tzinfo=UTC),
    )
    path = LocalFiles(data / "recordings", spare=0).part(begun.key)
    path.parent.mkdir()
    path.write_bytes(b"a sound")

    async def work() -> None:
        store = await open_store(Config(data_dir=data))
        await store.recordings.begin(begun)
        ended = replace(begun, state=RecordingState.COMPLETED, duration_s=2.5, size_bytes=7)
        await store.recordings.finish(ended)
        await store.close()

    asyncio.run(work())


def test_a_recording_is_listed_fetched_and_deleted(run: Any, run_json: Any, tmp_path: Path) -> None:
    account = run_json("init")["account"]
    assert "No recording yet" in run("recordings", "list").output
    keep(tmp_path / "d", account)
    (listed,) = run_json("recordings", "list")
    assert (listed["id"], listed["state"], listed["duration_s"]) == (ID, "completed", 2.5)
    assert run_json("recordings", "show", ID)["size_bytes"] == 7
    target = tmp_path / "message.wav"
    assert run("recordings", "get", ID, str(target)).exit_code == 0
    assert target.read_bytes() == b"a sound"
    assert run("recordings", "delete", ID).exit_code == 0
    assert run_json("recordings", "list") == []
    assert run("recordings", "get", ID, str(target)).exit_code == 2
    assert not [*(tmp_path / "d" / "recordings" / account).iterdir()]
