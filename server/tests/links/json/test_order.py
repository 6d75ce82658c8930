"""Numbers, acknowledgements and what is kept."""

import json

import pytest
from offhook.base.errors import Unavailable
from offhook.links.json.order import Coming, Order


def test_frames_are_numbered_from_one_and_kept_until_acknowledged() -> None:
    order = Order(10, 1000)
    texts = [order.number({"type": "register"}) for _ in range(3)]
    assert [json.loads(text)["seq"] for text in texts] == [1, 2, 3]
    assert order.acknowledged(2)
    assert order.unseen() == (texts[2],)
    assert order.acknowledged(1), "an old acknowledgement changes nothing"
    assert order.unseen() == (texts[2],)


def test_an_acknowledgement_of_what_was_never_sent_is_refused() -> None:
    order = Order(10, 1000)
    order.number({"type": "register"})
    assert not order.acknowledged(2)
    assert len(order.unseen()) == 1


def test_a_second_coming_is_dropped_and_a_gap_is_seen() -> None:
    order = Order(10, 1000)
    assert [order.take(n) for n in (1, 1, 3, 2, 3)] == [
        Coming.FRESH,
        Coming.AGAIN,
        Coming.GAP,
        Coming.FRESH,
        Coming.FRESH,
    ]
    assert (order.received, order.owed) == (3, 4)
    assert order.told() == 3
    assert order.owed == 0


def test_going_on_needs_all_that_the_other_side_lacks() -> None:
    order = Order(10, 1000)
    for _ in range(4):
        order.number({"type": "register"})
    order.acknowledged(2)
    assert [n for n in range(7) if order.can_go_on_from(n)] == [2, 3, 4]


@pytest.mark.parametrize(("frames", "size"), [(2, 1000), (10, 60)])
def test_what_is_kept_is_bounded_in_frames_and_in_bytes(frames: int, size: int) -> None:
    order = Order(frames, size)
    order.number({"type": "register"})
    order.number({"type": "register"})
    with pytest.raises(Unavailable):
        order.number({"type": "register"})
    order.acknowledged(1)
    assert json.loads(order.number({"type": "register"}))["seq"] == 3
