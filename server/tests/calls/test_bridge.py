"""Two legs are bridged until one goes, and what only signalling carries is relayed."""

import asyncio
from typing import Any

from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.commands import Notify, SendDtmf, SendMessage
from offhook.base.events import RenegotiationReason
from offhook.base.ids import Sdp
from offhook.calls.bridge import Bridge, BridgeLimits
from offhook.calls.leg import EndedBy, Leg
from offhook.calls.music import HOLD_MUSIC
from offhook.testing.call_fixture import CallFixture
from offhook.testing.fake_signal import FakeLeg


class Pair:
    """Alice and bob, joined."""

    def __init__(self, *, limit_s: float = 3_600, star_ends: bool = False, **ports: Any) -> None:
        self.fixture = CallFixture(**ports)
        self.alice: Leg = self.fixture.answer()
        self.bob, self.callee = self.fixture.invite("bob")
        self.callee.answer()
        self.fixture.process_events()
        self.bridge = Bridge(
            self.fixture.control,
            self.alice,
            self.bob,
            BridgeLimits(limit_s=limit_s, star_ends=star_ends),
        )
        self.bridge.start()

    def happen(self) -> None:
        for event in self.fixture.process_events():
            self.bridge.handle(event)

    @property
    def caller(self) -> FakeLeg:
        return self.fixture.caller


async def test_the_bridge_ends_when_the_callee_goes() -> None:
    pair = Pair()
    assert pair.fixture.media.source_of(pair.alice.id) == pair.bob.id
    await asyncio.sleep(42)
    pair.callee.end()
    pair.happen()
    assert pair.bridge.over
    assert pair.bridge.duration_s == 42
    assert pair.fixture.media.source_of(pair.alice.id) is None
    assert pair.alice.up


async def test_time_is_up_for_the_callee_alone() -> None:
    pair = Pair(limit_s=60)
    assert pair.bridge.deadline == 60
    await asyncio.sleep(59)
    pair.bridge.check()
    assert not pair.bridge.over
    await asyncio.sleep(1)
    pair.bridge.check()
    assert pair.bridge.over
    assert pair.bob.cause is Cause.TIME_LIMIT
    assert pair.alice.up


async def test_the_callers_star_ends_it_only_if_enabled() -> None:
    for star_ends in (True, False):
        pair = Pair(star_ends=star_ends)
        pair.callee.send_digits("*")
        pair.happen()
        assert not pair.bridge.over
        pair.caller.send_digits("1*")
        pair.happen()
        assert pair.bridge.over is star_ends
        assert pair.bob.ended is star_ends


async def test_signalled_digits_are_sent_to_the_other_leg() -> None:
    pair = Pair()
    pair.caller.send_digits("12", signalled=True)
    pair.callee.send_digits("3")
    pair.happen()
    assert pair.fixture.media.digits_sent(pair.bob.id) == ["1", "2"]
    assert pair.fixture.media.digits_sent(pair.alice.id) == []
    assert pair.callee.received == [SendDtmf("1", 0.1), SendDtmf("2", 0.1)]
    assert pair.caller.received == [SendDtmf("3", 0.1)]


async def test_messages_and_notices_reach_the_other_side() -> None:
    pair = Pair()
    for event in (
        events.MessageReceived(leg=pair.alice.id, content_type="text/plain", body="hi"),
        events.Reoffered(
            leg=pair.alice.id, number=1, sdp=Sdp("hold"), reason=RenegotiationReason.HOLD
        ),
        events.Reoffered(
            leg=pair.alice.id, number=2, sdp=Sdp("back"), reason=RenegotiationReason.RESUME
        ),
        events.Reoffered(
            leg=pair.alice.id, number=3, sdp=Sdp("ice"), reason=RenegotiationReason.RESTART
        ),
        events.MediaLost(leg=pair.alice.id),
        events.MediaResumed(leg=pair.alice.id),
        events.Muted(leg=pair.alice.id, muted=True),
    ):
        pair.fixture.pending.append(event)
    pair.happen()
    assert pair.callee.received == [
        SendMessage("text/plain", "hi"),
        Notify("held"),
        Notify("resumed"),
        Notify("media-lost"),
        Notify("remote-audio", {"audible": False}),
        Notify("media-resumed"),
        Notify("remote-audio", {"audible": True}),
    ]


async def test_a_held_party_hears_music_until_resumed() -> None:
    pair = Pair(hold_music=HOLD_MUSIC)
    for number, reason in enumerate(
        (RenegotiationReason.HOLD, RenegotiationReason.HOLD, RenegotiationReason.RESUME), 1
    ):
        pair.fixture.pending.append(
            events.Reoffered(leg=pair.alice.id, number=number, sdp=Sdp("sdp"), reason=reason)
        )
        pair.happen()
        playing = pair.fixture.media.source_of(pair.bob.id)
        assert playing == (HOLD_MUSIC if reason is RenegotiationReason.HOLD else pair.alice.id)
    assert pair.fixture.media.source_of(pair.alice.id) == pair.bob.id


async def test_music_ends_with_the_two() -> None:
    pair = Pair(hold_music=HOLD_MUSIC)
    pair.fixture.pending.append(
        events.Reoffered(leg=pair.bob.id, number=1, sdp=Sdp("sdp"), reason=RenegotiationReason.HOLD)
    )
    pair.happen()
    assert pair.fixture.media.source_of(pair.alice.id) == HOLD_MUSIC
    pair.callee.end()
    pair.happen()
    assert pair.fixture.media.source_of(pair.alice.id) is None


async def test_it_never_moves_after_its_end() -> None:
    pair = Pair(limit_s=10, star_ends=True)
    pair.bridge.end(Cause.NORMAL, EndedBy.OTHER_LEG)
    talked = pair.bridge.duration_s
    await asyncio.sleep(20)
    pair.bridge.check()
    pair.caller.send_digits("*")
    pair.happen()
    pair.bridge.end(Cause.BUSY, EndedBy.SERVER)
    assert pair.bob.cause is Cause.NORMAL
    assert pair.bridge.duration_s == talked
    assert pair.bridge.deadline is None


async def test_the_callee_goes_with_the_caller() -> None:
    pair = Pair()
    pair.caller.end()
    pair.happen()
    assert pair.bridge.over
    assert pair.bob.ended_by is EndedBy.OTHER_LEG
