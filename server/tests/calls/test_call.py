"""A call keeps its legs, who is joined with whom, and its journal; late events change nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.events import LegEvent, RenegotiationReason
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId, PlayId, Sdp
from offhook.base.media import MediaReport, PlayEnd
from offhook.calls.call import Call, Origin
from offhook.calls.leg import Direction, EndedBy

FIRST, SECOND = LegId("a" * 32), LegId("b" * 32)


def _call() -> Call:
    origin = Origin(
        id=CallId(FIRST),
        account=AccountId("MA0123456789ABCDEFGH"),
        application=ApplicationId("app"),
        dialect="d",
        direction=Direction.INBOUND,
        caller="client:alice",
        callee="bob",
        wall="2026-11-20T10:00:00+00:00",
    )
    call = Call(origin, 0.0)
    call.add(SECOND, Direction.OUTBOUND, "client:bob", 0.0)
    return call


def _about(leg: LegId) -> list[LegEvent]:
    return [
        events.Ringing(leg=leg),
        events.Answered(leg=leg, sdp=Sdp("x")),
        events.HungUp(leg=leg, cause=Cause.BUSY),
        events.Reoffered(leg=leg, number=1, sdp=Sdp("x"), reason=RenegotiationReason.HOLD),
        events.ReofferAnswered(leg=leg, number=1, sdp=None),
        events.DtmfReceived(leg=leg, digit="5", seconds=0.1),
        events.Muted(leg=leg, muted=True),
        events.MessageReceived(leg=leg, content_type="text/plain", body="hello"),
        events.LinkLost(leg=leg),
        events.LinkResumed(leg=leg),
        events.Connected(leg=leg, transport="udp", profile="p"),
        events.MediaStarted(leg=leg),
        events.MediaLost(leg=leg),
        events.MediaResumed(leg=leg),
        events.TransportFailed(leg=leg, fault="dtls"),
        events.PathChanged(leg=leg),
        events.Played(leg=leg, play=PlayId(1), end=PlayEnd.FINISHED),
        events.Reported(leg=leg, report=MediaReport()),
        events.MediaClosed(leg=leg),
    ]


EVENTS = _about(FIRST) + _about(SECOND) + _about(LegId("c" * 32))


@pytest.mark.parametrize("event", _about(SECOND), ids=lambda event: type(event).__name__)
def test_every_event_is_written_down(event: LegEvent) -> None:
    call = _call()
    lines = len(call.journal)
    assert call.take(event, 1.0)
    if isinstance(event, events.Reported):
        return  # only the last one, which follows the end
    last = call.journal.entries[-1]
    assert len(call.journal) == lines + 1
    assert (last.leg, last.at) == (SECOND, 1.0)


def test_personal_data_is_not_journaled_under_public_names() -> None:
    call = _call()
    for event in EVENTS:
        call.take(event, 1.0)
    for entry in call.journal:
        plain: dict[str, Any] = {k: v for k, v in entry.details.items() if not k.startswith("pii_")}
        written = repr(plain)
        assert not any(secret in written for secret in ("alice", "bob", "hello", "'5'")), entry


@given(st.lists(st.sampled_from(EVENTS), max_size=30))
def test_ended_legs_stay_ended(order: list[LegEvent]) -> None:
    call = _call()
    ended: dict[LegId, Cause | None] = {}
    for event in order:
        call.take(event, 1.0)
        for leg in call.legs:
            if leg.id in ended:
                assert leg.ended
                assert leg.cause == ended[leg.id]
            if leg.ended:
                ended.setdefault(leg.id, leg.cause)
    assert call.over is call.caller_leg.ended
    assert sum(entry.event == "leg-ended" for entry in call.journal) == len(ended)


def test_the_call_is_over_with_its_first_leg() -> None:
    call = _call()
    second = call.leg(SECOND)
    assert second is not None
    assert call.end(second, Cause.NORMAL, EndedBy.SERVER, 1.0)
    assert not call.over
    assert call.end(call.caller_leg, Cause.NORMAL, EndedBy.SERVER, 2.0)
    assert call.over
    assert not call.end(call.caller_leg, Cause.BUSY, EndedBy.PEER, 3.0)
    assert call.caller_leg.cause is Cause.NORMAL


def test_unbridging_one_leg_unbridges_the_other() -> None:
    call = _call()
    call.bridge(FIRST, SECOND, 1.0)
    assert call.bridged_with(SECOND) == FIRST
    assert call.unbridge(SECOND, 2.0) == FIRST
    assert call.unbridge(FIRST, 3.0) is None
    assert call.bridged_with(FIRST) is None
