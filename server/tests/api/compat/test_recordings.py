"""Links to recordings, as the vendors write them."""

from typing import Any

import pytest
from offhook.base.recordings import RecordingState
from offhook.dialects.twilio.mapping import account_sid

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
    ["RE" + "0" * 32, ID, f"RE{ID}.mp3", f"RE{ID}.wav.wav", "RE", "..%2f..%2fnode.key", "RE%00"],
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
