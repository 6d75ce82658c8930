"""Numbers, acknowledgements and what is kept."""

import json

import pytest
from offhook.base.errors import Unavailable
from offhook.links.json.reliable_delivery import Arrival, ReliableDelivery


def test_frames_are_numbered_from_one_and_kept_until_acknowledged() -> None:
    delivery = ReliableDelivery(10, 1000)
    texts = [delivery.number({"type": "register"}) for _ in range(3)]
    assert [json.loads(text)["seq"] for text in texts] == [1, 2, 3]
    assert delivery.acknowledged(2)
    assert delivery.unseen() == (texts[2],)
    assert delivery.acknowledged(1), "an old acknowledgement changes nothing"
    assert delivery.unseen() == (texts[2],)


def test_an_acknowledgement_of_what_was_never_sent_is_refused() -> None:
    delivery = ReliableDelivery(10, 1000)
    delivery.number({"type": "register"})
    assert not delivery.acknowledged(2)
    assert len(delivery.unseen()) == 1


def test_a_second_coming_is_dropped_and_a_gap_is_seen() -> None:
    delivery = ReliableDelivery(10, 1000)
    assert [delivery.take(n) for n in (1, 1, 3, 2, 3)] == [
        Arrival.FRESH,
        Arrival.AGAIN,
        Arrival.GAP,
        Arrival.FRESH,
        Arrival.FRESH,
    ]
    assert (delivery.received, delivery.unacknowledged) == (3, 4)
    assert delivery.ack() == 3
    assert delivery.unacknowledged == 0


def test_going_on_needs_all_that_the_other_side_lacks() -> None:
    delivery = ReliableDelivery(10, 1000)
    for _ in range(4):
        delivery.number({"type": "register"})
    delivery.acknowledged(2)
    assert [n for n in range(7) if delivery.can_go_on_from(n)] == [2, 3, 4]


@pytest.mark.parametrize(("frames", "size"), [(2, 1000), (10, 60)])
def test_unacknowledged_frames_are_bounded_in_count_and_bytes(frames: int, size: int) -> None:
    delivery = ReliableDelivery(frames, size)
    delivery.number({"type": "register"})
    delivery.number({"type": "register"})
    with pytest.raises(Unavailable):
        delivery.number({"type": "register"})
    delivery.acknowledged(1)
    assert json.loads(delivery.number({"type": "register"}))["seq"] == 3
