"""What remains of a call, as a ladder, and what was thought and measured of it."""

import asyncio
import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from offhook.base.accounts import Party
from offhook.base.causes import Cause
from offhook.base.config import Config
from offhook.base.feedback import Feedback
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.journal.call_entries import CallStarted, LegRinging, LegStarted
from offhook.base.journal.entry import Entry
from offhook.base.journal.media_entries import MediaReported
from offhook.base.media import MediaReport, StreamReport
from offhook.base.records import CallRecord, DialRecord, LegRecord
from offhook.cli.calls import ladder, verdicts
from offhook.runtime.store import open_store
from offhook.store.feedback import LegFeedback

BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)
ALICE, BOB = LegId("a" * 32), LegId("b" * 32)


def leg(id: LegId, peer: str, media: MediaReport | None) -> LegRecord:
    return LegRecord(
        id=id,
        direction="inbound" if id == ALICE else "outbound",
        peer=peer,
        started_at=BEGAN,
        answered_at=None,
        ended_at=BEGAN + timedelta(seconds=9),
        cause=Cause.NORMAL,
        ended_by="peer",
        media=media,
    )


def ended(account: AccountId, heard: MediaReport | None = None) -> CallRecord:
    started = CallStarted(
        account=account,
        application="app",
        dialect="neutral",
        direction="inbound",
        at="x",
        pii_caller="x",
        pii_callee="bob",
    )
    return CallRecord(
        id=CallId(ALICE),
        account=account,
        application=ApplicationId("app"),
        dialect="neutral",
        direction="inbound",
        caller="client:alice",
        callee="bob",
        started_at=BEGAN,
        answered_at=BEGAN + timedelta(seconds=2),
        ended_at=BEGAN + timedelta(seconds=9),
        cause=Cause.BUSY,
        hung_up_by="application",
        dialled=DialRecord(leg=BOB, answered=False, cause=Cause.REJECTED, by="callee"),
        legs=(leg(ALICE, "client:alice", heard), leg(BOB, "client:bob", None)),
        journal=(
            Entry(number=0, at=0.0, body=started),
            Entry(number=1, at=1.5, body=LegRinging(), leg=BOB),
        ),
    )


def test_people_have_the_last_word() -> None:
    said = [
        LegFeedback(
            leg=ALICE,
            party="alice",
            feedback=Feedback(score=2, issues=("echo", "noise"), note="as in a church"),
        ),
        LegFeedback(leg=BOB, party="bob", feedback=Feedback(score=5)),
    ]
    assert list(verdicts([])) == []
    assert list(verdicts(said)) == [
        "",
        "  alice gives 2 of 5: echo, noise (as in a church)",
        "  bob gives 5 of 5",
    ]


def test_each_leg_has_a_rail_and_each_event_a_line() -> None:
    heard = MediaReport(codec="opus/48000/2", received=StreamReport(packets=99, lost=1), rtt_ms=20)
    record = ended(AccountId("MA"), heard)
    text = "\n".join(ladder(record))
    assert "client:alice called bob" in text
    assert "9.0 s, of which 7.0 s answered" in text
    assert "busy: The other party is busy." in text
    assert "dialled: rejected: The other party declined the call." in text
    assert "ended by the application" in text
    assert "leg 1: client:alice, inbound, opus/48000/2, 1 of 100 lost, 20 ms round trip" in text
    assert "leg 2: client:bob, outbound, no sound" in text
    assert (
        "    0.000  |  |  call-started  account=MA application=app dialect=neutral"
        " direction=inbound at=x caller=x callee=bob"
    ) in text
    assert "    1.500  |  *  leg-ringing" in text


def test_a_microphone_that_sends_silence_is_named() -> None:
    def line(packets: int, level_dbov: float | None) -> str:
        received = StreamReport(packets=packets, level_dbov=level_dbov)
        heard = MediaReport(codec="opus/48000/2", received=received)
        return next(line for line in ladder(ended(AccountId("MA"), heard)) if "leg 1" in line)

    assert line(99, -127.0).endswith("its microphone sent silence")
    # Noise of a quiet room, no packets, no level.
    for packets, level in ((99, -85.0), (0, -127.0), (99, None)):
        assert "silence" not in line(packets, level)


def test_details_are_shown_whole_and_flat() -> None:
    heard = MediaReport(codec="opus/48000/2", received=StreamReport(packets=99, lost=1), rtt_ms=20)
    reported = MediaReported(**dataclasses.asdict(heard))
    started = LegStarted(direction="outbound", pii_peer="x" * 300)
    journal = (
        Entry(number=0, at=0.0, body=reported, leg=ALICE),
        Entry(number=1, at=0.0, body=started, leg=BOB),
    )
    record = dataclasses.replace(ended(AccountId("MA"), heard), journal=journal)
    line, last = list(ladder(record))[-2:]
    assert "{" not in line
    assert "received.lost=1" in line
    assert "rtt_ms=20" in line
    assert last.endswith(f"peer={'x' * 200}...")


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("level_dbov", "status", "detail"),
    [
        (-127.0, "warn", f"silence from client:alice in call {ALICE}"),
        (-40.0, "ok", "none silent; recent calls: 1, legs with an audio level: 1"),
        (None, "ok", "none silent; recent calls: 1, legs with an audio level: 0"),
    ],
)
def test_the_doctor_names_microphones_that_sent_silence(
    run_json: Any, run: Any, tmp_path: Path, level_dbov: float | None, status: str, detail: str
) -> None:
    account = AccountId(run_json("init")["account"])
    received = StreamReport(packets=99, level_dbov=level_dbov)
    record = ended(account, MediaReport(codec="opus/48000/2", received=received))

    async def keep() -> None:
        store = await open_store(Config(data_dir=tmp_path / "d"))
        await store.calls.keep(record, ())
        await store.close()

    asyncio.run(keep())
    report = json.loads(run("doctor", "--port", "0", "--json").stdout)
    (found,) = [finding for finding in report if finding["check"] == "microphones"]
    assert (found["status"], found["detail"]) == (status, detail)
    assert bool(found["hint"]) is (status == "warn")


async def remember(config: Config, account: AccountId) -> None:
    store = await open_store(config)
    await store.calls.keep(ended(account), ())
    alice = Party(account=account, name="alice", application=None)
    await store.feedback.feedback(alice, ALICE, Feedback(score=1, note="awful"), known=True)
    for second in range(3):
        store.samples.add(alice, ALICE, [{"mos": second}, {"mos": second + 0.5, "rttMs": 20}])
    await store.close()


@pytest.mark.real_time
def test_a_call_is_shown_with_feedback_and_samples(run: Any, run_json: Any, tmp_path: Path) -> None:
    account = AccountId(run_json("init")["account"])
    asyncio.run(remember(Config(data_dir=tmp_path / "d"), account))
    listed = run("calls", "list").output
    assert " UTC " in listed.splitlines()[1]
    assert "rejected" in listed
    (brief,) = run_json("calls", "list")
    assert brief["dialled"]["cause"] == "rejected"
    assert brief["hung_up_by"] == "application"
    assert "alice gives 1 of 5 (awful)" in run("calls", "show", ALICE).output
    shown = run_json("calls", "show", ALICE)
    assert shown["journal"][1] == {
        "number": 1,
        "detail": 0,
        "at": 1.5,
        "event": "leg-ringing",
        "leg": BOB,
        "details": {},
    }
    assert shown["journal"][0]["details"]["pii_caller"] == "x"
    (given,) = shown["feedback"]
    assert (given["party"], given["feedback"]["score"]) == ("alice", 1)
    measured = run_json("calls", "quality", ALICE)
    assert [second["mos"] for second in measured] == [0, 0.5, 1, 1.5, 2, 2.5]
    assert measured[1]["rttMs"] == 20
    assert measured[0]["leg"] == ALICE
    shown = run("calls", "quality", ALICE).output
    assert "RTTMS" in shown
    assert "2.5" in shown
