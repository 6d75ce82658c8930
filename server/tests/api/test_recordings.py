"""Recordings over HTTP: what is known of them, and their sound."""

from typing import Any

from offhook.base.recordings import RecordingState

ID = "0123456789abcdef0123456789abcdef"
SOUND = bytes(range(256)) * 4


async def test_recordings_are_listed_and_shown(api: Any, keep_recording: Any) -> None:
    await keep_recording()
    async with api.client() as client:
        (listed,) = (await client.get("/v1/recordings", params={"call": "c" * 32})).json()["items"]
        shown = (await client.get(f"/v1/recordings/{ID}")).json()
        assert (await client.get("/v1/recordings", params={"call": "d" * 32})).json()["items"] == []
    assert listed == shown
    assert (shown["state"], shown["duration_s"]) == ("completed", 2.0)
    assert shown["source"] == "record-verb"


async def test_the_sound_is_whole_or_a_range(api: Any, keep_recording: Any) -> None:
    await keep_recording()
    path = f"/v1/recordings/{ID}/audio"
    async with api.client() as client:
        whole = await client.get(path)
        assert (whole.status_code, whole.content) == (200, SOUND)
        assert whole.headers["content-type"] == "audio/wav"
        part = await client.get(path, headers={"range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, SOUND[10:20])
        assert part.headers["content-range"] == f"bytes 10-19/{len(SOUND)}"
        assert (await client.get(path, headers={"range": "bytes=9999-"})).status_code == 416


async def test_no_account_reaches_anothers(api: Any, keep_recording: Any) -> None:
    await keep_recording()
    other, secret = await api.deps.store.accounts.create("other")
    async with api.client(other.id, secret) as client:
        assert (await client.get(f"/v1/recordings/{ID}")).status_code == 404
        assert (await client.get(f"/v1/recordings/{ID}/audio")).status_code == 404
        assert (await client.delete(f"/v1/recordings/{ID}")).status_code == 404
        assert (await client.get("/v1/recordings")).json()["items"] == []


async def test_one_that_runs_has_no_sound_yet_and_cannot_be_deleted(
    api: Any, keep_recording: Any
) -> None:
    await keep_recording(RecordingState.IN_PROGRESS)
    async with api.client() as client:
        assert (await client.get(f"/v1/recordings/{ID}/audio")).status_code == 409
        assert (await client.delete(f"/v1/recordings/{ID}")).status_code == 409


async def test_a_deleted_one_is_gone_with_its_sound(api: Any, keep_recording: Any) -> None:
    recording = await keep_recording()
    path = await api.deps.files.find(recording.key)
    async with api.client() as client:
        assert (await client.delete(f"/v1/recordings/{ID}")).status_code == 204
        assert (await client.get(f"/v1/recordings/{ID}")).status_code == 404
        assert (await client.get(f"/v1/recordings/{ID}/audio")).status_code == 404
    assert not path.exists()
