"""What remains of a call, as a ladder."""

from datetime import UTC, datetime, timedelta

from offhook.base.causes import Cause
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.media import MediaReport, StreamReport
from offhook.base.records import CallRecord, Entry, LegRecord
from offhook.cli.calls import ladder

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


def test_each_leg_has_a_rail_and_each_event_a_line() -> None:
    heard = MediaReport(codec="opus/48000/2", received=StreamReport(packets=99, lost=1), rtt_ms=20)
    record = CallRecord(
        id=CallId(ALICE),
        account=AccountId("MA"),
        application=ApplicationId("app"),
        dialect="neutral",
        direction="inbound",
        caller="client:alice",
        callee="bob",
        started_at=BEGAN,
        answered_at=BEGAN + timedelta(seconds=2),
        ended_at=BEGAN + timedelta(seconds=9),
        cause=Cause.BUSY,
        legs=(leg(ALICE, "client:alice", heard), leg(BOB, "client:bob", None)),
        journal=(
            Entry(number=0, at=0.0, event="call-began", leg=None, details={"pii_caller": "x"}),
            Entry(number=1, at=1.5, event="leg-rang", leg=BOB, details={}),
        ),
    )
    text = "\n".join(ladder(record))
    assert "client:alice called bob" in text
    assert "9.0 s, of which 7.0 s answered" in text
    assert "busy: The other party is busy." in text
    assert "leg 1: client:alice, inbound, opus/48000/2, 1 of 100 lost, 20 ms round trip" in text
    assert "leg 2: client:bob, outbound, no sound" in text
    assert "    0.000  |  |  call-began  caller=x" in text
    assert "    1.500  |  *  leg-rang" in text
