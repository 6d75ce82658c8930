"""Links to recordings, as the vendors write them."""

import asyncio
import struct
from dataclasses import replace
from typing import Any

import pytest
from offhook.base.recordings import RecordingState
from offhook.dialects.twilio.mapping import account_sid
from offhook_engine import Source

ID = "0123456789abcdef0123456789abcdef"
SOUND = bytes(range(256)) * 4
DASHED = "01234567-89ab-cdef-0123-456789abcdef"


def links(api: Any) -> list[str]:
    sid = account_sid(api.account)
    return [
        f"/2010-04-01/Accounts/{sid}/Recordings/RE{ID}",
        f"/2010-04-01/Accounts/{sid}/Recordings/RE{ID}.wav",
        f"/v1/Account/{api.account}/Recording/{DASHED}.wav",
    ]


async def test_a_link_leads_to_the_sound_whole_or_in_ranges(api: Any, keep_recording: Any) -> None:
    await keep_recording()
    async with api.client() as client:
        for path in links(api):
            whole = await client.get(path)
            assert (whole.status_code, whole.content) == (200, SOUND), path
            assert whole.headers["accept-ranges"] == "bytes"
            part = await client.get(path, headers={"range": "bytes=-6"})
            assert (part.status_code, part.content) == (206, SOUND[-6:])


async def test_a_link_needs_no_login_unless_the_setting_asks_for_one(
    api: Any, keep_recording: Any
) -> None:
    await keep_recording()
    async with api.client() as client:
        client.auth = None
        for path in links(api):
            assert (await client.get(path)).status_code == 200
        object.__setattr__(api.deps.config, "recordings_login", True)
        for path in links(api):
            refused = await client.get(path)
            assert refused.status_code == 401
            assert "basic" in refused.headers["www-authenticate"].lower()
    async with api.client() as client:
        for path in links(api):
            assert (await client.get(path)).status_code == 200


async def test_a_link_names_its_own_account_only(api: Any, keep_recording: Any) -> None:
    await keep_recording()
    other, secret = await api.deps.store.accounts.create("other")
    sid = account_sid(api.account)
    async with api.client(other.id, secret) as client:
        for path in links(api):
            foreign = path.replace(sid, account_sid(other.id)).replace(api.account, other.id)
            assert (await client.get(foreign)).status_code == 404
        object.__setattr__(api.deps.config, "recordings_login", True)
        for path in links(api):
            assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["RE" + "0" * 32, ID, f"RE{ID}.ogg", f"RE{ID}.wav.wav", "RE", "..%2f..%2fnode.key", "RE%00"],
)
async def test_a_link_that_leads_nowhere_is_404(api: Any, keep_recording: Any, name: str) -> None:
    await keep_recording()
    async with api.client() as client:
        path = f"/2010-04-01/Accounts/{account_sid(api.account)}/Recordings/{name}"
        assert (await client.get(path)).status_code == 404


async def test_a_link_to_one_that_runs_has_no_sound_yet(api: Any, keep_recording: Any) -> None:
    await keep_recording(RecordingState.IN_PROGRESS)
    async with api.client() as client:
        for path in links(api):
            assert (await client.get(path)).status_code == 409


async def test_a_link_waits_for_the_end_of_its_recording(api: Any, keep_recording: Any) -> None:
    begun = await keep_recording(RecordingState.IN_PROGRESS)

    async def end() -> None:
        await asyncio.sleep(1.0)
        path = api.deps.files.part(begun.key)
        path.parent.mkdir()
        path.write_bytes(SOUND)
        ended = replace(begun, state=RecordingState.COMPLETED, duration_s=2.0, size_bytes=1_024)
        await api.deps.store.recordings.finish(ended)

    async with api.client() as client, asyncio.TaskGroup() as group:
        group.create_task(end())
        assert (await client.get(links(api)[0])).content == SOUND


async def test_an_mp3_is_made_when_it_is_asked_for(api: Any, keep_recording: Any) -> None:
    begun = await keep_recording()
    (await api.deps.files.find(begun.key)).write_bytes(wav(2.0))
    sid = account_sid(api.account)
    async with api.client() as client:
        for path in (
            f"/2010-04-01/Accounts/{sid}/Recordings/RE{ID}.mp3",
            f"/v1/Account/{api.account}/Recording/{DASHED}.mp3",
        ):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
            assert Source.encoded(answer.content).seconds == pytest.approx(2.0, abs=0.2)
        assert (await client.get(links(api)[1].replace(".wav", ".ogg"))).status_code == 404


def wav(seconds: float) -> bytes:
    """A file as the engine makes it: mono, 8,000 Hz."""
    data = bytes(round(seconds * 16_000))
    head = struct.pack("<4sI4s4sI28x", b"RIFF", len(data) + 72, b"WAVE", b"JUNK", 28)
    shape = (b"fmt ", 16, 1, 1, 8_000, 16_000, 2, 16, b"data", len(data))
    return head + struct.pack("<4sIHHIIHH4sI", *shape) + data
