"""Links begin, come back, and are counted."""

from typing import Any

from offhook.base.causes import Cause


def test_links_are_counted_here_and_away(floor: Any) -> None:
    page, other = floor.page("alice"), floor.page("bob")
    other.cut()
    assert (len(floor.links), floor.links.here) == (2, 1)
    floor.pass_time(60.1, page)
    assert (len(floor.links), floor.links.here) == (1, 1)


def test_a_link_too_old_to_go_on_with_does_not_linger(floor: Any) -> None:
    page = floor.page("alice", register=True)
    old = page.link
    page.cut()
    page._order.received = 7  # More than was ever sent: it cannot be resumed.
    page.connect()
    page.settle()
    assert page.welcome["resumed"] is False
    assert old.over
    assert len(floor.links) == 1


def test_a_strangers_guess_does_not_end_a_link(floor: Any) -> None:
    page, stranger = floor.page("alice", register=True), floor.page("mallory")
    stranger.welcome = {**page.welcome, "key": "guess"}
    stranger.connect()
    assert not page.link.over
    assert page.link.here


def test_all_end_when_the_server_stops(floor: Any) -> None:
    pages = [floor.page("alice", register=True), floor.page("bob")]
    floor.links.end_all(Cause.SHUTDOWN)
    assert all(page.link.over for page in pages)
    assert (len(floor.links), floor.hub.registered) == (0, 0)
