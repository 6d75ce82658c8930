"""Legs and devices know of each other, whichever goes first."""

from typing import Any

import pytest
from offhook.base.address import client
from offhook.base.commands import Invite
from offhook.base.ids import AccountId, DeviceId, LegId, Sdp
from offhook.links.bindings import Bindings, LegBinding

ACCOUNT = AccountId("MA1")
A, B = LegId("a" * 32), LegId("b" * 32)


class FakeDevice:
    """A device that only has an id."""

    def __init__(self, id: str) -> None:
        self.id = DeviceId(id)


def invitation(name: str) -> Invite:
    return Invite(account=ACCOUNT, to=client(name), caller="client:alice", sdp=Sdp("v=0"))


@pytest.fixture
def devices() -> tuple[Any, Any]:
    return FakeDevice("1"), FakeDevice("2")


def test_a_leg_has_a_device_once_it_is_up(devices: Any) -> None:
    bindings = Bindings()
    bindings.add(A, LegBinding([devices[0]], invitation("bob")))
    assert bindings.of(A) == ()
    assert bindings.ringing(devices[0], A) is bindings[A]
    assert bindings.ringing(devices[1], A) is None
    bindings[A].up = True
    assert bindings.of(A) == (devices[0],)
    assert bindings.ringing(devices[0], A) is None
    assert bindings.up(devices[0]) == [A]


def test_invitations_are_found_by_name_while_they_ring(devices: Any) -> None:
    bindings = Bindings()
    for leg in B, A:
        bindings.add(leg, LegBinding([devices[0]], invitation("bob")))
    assert bindings.invited(ACCOUNT, client("bob")) == (B, A), "the oldest first"
    bindings.settle(B, bindings[B])
    assert bindings.invited(ACCOUNT, client("bob")) == (A,)
    assert bindings.forget(A) == (devices[0],)
    assert bindings.invited(ACCOUNT, client("bob")) == ()
    assert bindings.forget(A) == ()
    assert len(bindings) == 1


def test_all_legs_move_to_the_next_device(devices: Any) -> None:
    old, new = devices
    bindings = Bindings()
    for leg in B, A:
        bindings.add(leg, LegBinding([old], up=True))
    assert bindings.move(old, new) == [A, B]
    assert bindings.up(old) == []
    assert bindings.up(new) == [A, B]
    assert bindings.of(B) == (new,)
    assert bindings.remove(new) == [A, B]
    assert bindings.remove(new) == []
