"""How far a dial had come; tests/stories/test_restarts.py lets whole calls go on from there."""

from offhook.base.address import client
from offhook.base.events import RenegotiationReason, Reoffered
from offhook.base.ids import LegId, Sdp
from offhook.base.journal.script_entries import VerbStarted
from offhook.calls.bridge import Bridge, BridgeLimits
from offhook.calls.dial_target import DialTarget
from offhook.calls.leg import Leg
from offhook.calls.transfer import leave
from offhook.testing.call_fixture import CallFixture
from offhook.verbs.base import Progress
from offhook.verbs.dial_state import DialState, dial_state


def fixture() -> CallFixture:
    made = CallFixture()
    made.answer()
    made.control.note(VerbStarted(index=0, verb="dial"))
    return made


def state(made: CallFixture, seconds: float = 0.0) -> DialState:
    journal = made.control.call.journal
    began = next(e.number for e in journal if isinstance(e.body, VerbStarted))
    entries = [entry for entry in journal if entry.number >= began]
    progress = Progress(entries=entries, now=made.control.at() + seconds)
    return dial_state(made.control.call, progress)


def talking(made: CallFixture) -> tuple[Bridge, Leg]:
    leg = made.control.invite(_target("bob", made), 0)
    made.signal.leg(leg.id).answer()
    made.process_events()
    bridge = Bridge(made.control, made.control.caller_leg, leg, BridgeLimits(limit_s=60))
    bridge.start()
    return bridge, leg


def _target(name: str, made: CallFixture) -> DialTarget:
    made.signal.register(name)
    return DialTarget(to=client(name))


async def test_targets_are_known_by_their_numbers() -> None:
    made = fixture()
    bob = made.control.invite(_target("bob", made), 0)
    carol = made.control.invite(_target("carol", made), 1)
    found = state(made, seconds=4.0)
    assert found.rung == [(bob, 0), (carol, 1)]
    assert found.ringing_s == 4.0
    assert found.conversation is None


async def test_a_conversation_knows_who_talks_since_when_and_who_holds() -> None:
    made = fixture()
    _, bob = talking(made)
    hold = Reoffered(leg=bob.id, number=1, sdp=Sdp("x"), reason=RenegotiationReason.HOLD)
    made.control.take(hold)
    conversation = state(made, seconds=3.0).conversation
    assert conversation is not None
    assert (conversation.caller, conversation.callee) == (made.control.caller_leg.id, bob.id)
    assert conversation.holding == {bob.id}
    assert conversation.bridged_s == 3.0
    assert not conversation.transferred


async def test_a_party_that_has_transferred_leaves_the_other_one() -> None:
    made = fixture()
    bridge, bob = talking(made)
    bridge.release()
    leave(made.control, made.control.caller_leg, bob)
    conversation = state(made).conversation
    assert conversation is not None
    assert conversation.began is None
    assert conversation.transferred
    assert conversation.leaver == made.control.caller_leg.id
    assert conversation.target is None
    carol = made.control.invite(_target("carol", made), 0)
    conversation = state(made).conversation
    assert conversation is not None
    assert conversation.target == carol.id


async def test_an_attended_transfer_that_was_accepted_is_known_until_it_is_carried_out() -> None:
    made = fixture()
    bridge, bob = talking(made)
    bridge.release()
    leave(made.control, bob, made.control.caller_leg)
    other = LegId("f" * 32)
    made.control.join(made.control.caller_leg, other)
    conversation = state(made).conversation
    assert conversation is not None
    assert conversation.accepted is None
    assert made.control.call.joined == {made.control.caller_leg.id: other}
