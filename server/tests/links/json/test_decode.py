"""A page's frames within a call become events of its leg."""

import pytest
from offhook.base import events
from offhook.base.errors import PeerError
from offhook.base.ids import LegId
from offhook.links.json import frames
from offhook.links.json.calls import InviteInfo, LinkCall, Stage
from offhook.links.json.decode import decoded

LEG, OTHER = LegId("a" * 32), LegId("b" * 32)
LEGS = {"c1": LEG, "c2": OTHER}


def said(frame: frames.OfCall) -> list[events.LegEvent] | None:
    info = InviteInfo(direction="incoming", caller="client:alice", callee="client:bob")
    found = decoded(LinkCall("c1", LEG, Stage.UP, info), frame, LEGS.get)
    return None if found is None else list(found)


def test_a_blind_transfer_has_a_target() -> None:
    frame = frames.Transfer(seq=4, call="c1", to="carol")
    assert said(frame) == [events.TransferRequested(leg=LEG, ref=4, to="carol")]


def test_an_attended_transfer_names_another_call() -> None:
    frame = frames.Transfer.model_validate({"seq": 4, "call": "c1", "with": "c2"})
    assert said(frame) == [events.TransferRequested(leg=LEG, ref=4, other=OTHER)]


@pytest.mark.parametrize("name", ["c1", "c3"])
def test_a_call_is_not_joined_with_itself_or_with_none(name: str) -> None:
    frame = frames.Transfer.model_validate({"seq": 4, "call": "c1", "with": name})
    with pytest.raises(PeerError, match="another call"):
        said(frame)


def test_stats_requests_and_warnings_go_to_the_call() -> None:
    assert said(frames.StatsRequest(seq=2, call="c1")) == [events.StatsRequested(leg=LEG, ref=2)]
    warning = frames.QualityWarning(seq=3, call="c1", name="high-rtt", raised=True, value=500.0)
    assert said(warning) == [
        events.QualityWarning(leg=LEG, name="high-rtt", raised=True, value=500.0)
    ]


def test_frames_without_a_call_are_not_decoded() -> None:
    assert said(frames.Ignore(seq=1, call="c1")) is None
