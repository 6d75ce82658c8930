"""Links begin, come back, and are counted."""

from datetime import timedelta
from typing import Any

import pytest
from offhook.base import commands, events
from offhook.base.causes import Cause
from offhook.base.events import RenegotiationReason
from offhook.base.ids import AccountId, Sdp
from offhook.links.json import frames
from offhook.links.json.links import Crowded
from offhook.links.limits import Limits
from offhook.testing.page import Page


def test_connected_and_disconnected_links_are_counted(floor: Any) -> None:
    page, other = floor.page("alice"), floor.page("bob")
    other.cut()
    assert (len(floor.links), floor.links.connected) == (2, 1)
    floor.pass_time(60.1, page)
    assert (len(floor.links), floor.links.connected) == (1, 1)


def test_the_welcome_names_the_server_process(floor: Any) -> None:
    assert "instance" not in floor.page("alice").welcome
    floor.links.instance = "f" * 32
    assert floor.page("bob").welcome["instance"] == "f" * 32


def test_a_link_too_old_to_go_on_with_does_not_linger(floor: Any) -> None:
    page = floor.page("alice", register=True)
    old = page.link
    page.cut()
    page._delivery.received = 7  # More than was ever sent: it cannot be resumed.
    page.connect()
    page.settle()
    assert page.welcome["resumed"] is False
    assert old.over
    assert len(floor.links) == 1


def test_a_guessed_key_does_not_end_a_link(floor: Any) -> None:
    page, stranger = floor.page("alice", register=True), floor.page("mallory")
    stranger.welcome = {**page.welcome, "key": "guess"}
    stranger.connect()
    assert not page.link.over
    assert page.link.connected


def test_all_end_when_the_server_stops(floor: Any) -> None:
    pages = [floor.page("alice", register=True), floor.page("bob")]
    floor.links.end_all(Cause.SHUTDOWN)
    assert all(page.link.over for page in pages)
    assert (len(floor.links), floor.hub.registered) == (0, 0)


def test_a_reloaded_page_takes_over_calls_and_registration(floor: Any) -> None:
    page = floor.page("alice", register=True)
    page.send("invite", call="c1", to="bob", sdp="v=0", headers={"X-A": "1"})
    page.settle()
    up = floor.arrivals[0].leg
    floor.hub.send(up, commands.Answer(Sdp("v=0")))
    page.send("mute", call="c1", muted=True)
    ringing = floor.invite("alice")
    page.settle()
    page.send("unload")
    page.settle()
    page.cut()
    floor.deliver.clear()
    reloaded = Page(floor.links, page._party, page)
    reloaded.connect()
    reloaded.settle()
    assert reloaded.welcome["attached"] is True
    (told,) = reloaded.welcome["calls"]
    assert (told["call"], told["id"], told["direction"]) == ("c1", up, "outgoing")
    assert (told["muted"], told["headers"]) == (True, {"X-A": "1"})
    assert [f["call"] for f in reloaded.heard if f["type"] == "incoming"] == [ringing]
    assert floor.deliver == [events.PageReattached(leg=up)]
    assert floor.hub.registered == 1
    assert (len(floor.links), page.link.over) == (1, True)
    reloaded.send("offer", call="c1", number=1, sdp="v=0 reloaded", reason="attach")
    reloaded.settle()
    assert floor.deliver[-1] == events.Reoffered(
        leg=up, number=1, sdp=Sdp("v=0 reloaded"), why=RenegotiationReason.ATTACH
    )


def test_a_call_without_a_task_does_not_outlive_its_page(floor: Any) -> None:
    page = floor.page("alice")
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.settle()
    reloaded = Page(floor.links, page._party, page)
    reloaded.connect()
    reloaded.settle()
    assert reloaded.welcome["calls"] == []
    assert floor.deliver == [
        events.HungUp(leg=floor.arrivals[0].leg, cause=Cause.CANCELLED),
    ]


def test_only_the_same_party_with_the_key_takes_over(floor: Any) -> None:
    page, stranger = floor.page("alice", register=True), floor.page("mallory")
    for change in ({"key": "guess"}, {}):
        before = Page(floor.links, page._party)
        before.welcome = {**page.welcome, **change}
        thief = Page(floor.links, stranger._party if not change else page._party, before)
        thief.connect()
        thief.settle()
        assert "calls" not in thief.welcome
    assert not page.link.over


def test_a_link_key_authenticates_its_party_only(floor: Any) -> None:
    page = floor.page("alice", register=True)
    link, key = page.welcome["link"], page.welcome["key"]

    def party_of(**wish: Any) -> Any:
        return floor.links.party_of(frames.Hello(version=1, **wish))

    attach = frames.Attach(link=link, key=key)
    resume = frames.Resume(link=link, key=key, received=1)
    assert party_of(attach=attach) == party_of(resume=resume) == page._party
    assert party_of(attach=frames.Attach(link=link, key="guess")) is None
    assert party_of(attach=frames.Attach(link="none", key=key)) is None
    assert party_of(resume=frames.Resume(link=link, key="guess", received=1)) is None
    assert party_of(resume=frames.Resume(link=link, key=key, received=7)) is None
    # What is asked for first must be had: the second is no way round it.
    assert party_of(resume=frames.Resume(link=link, key="guess", received=1), attach=attach) is None
    page.link.end(Cause.NORMAL)
    assert party_of(attach=attach) is party_of(resume=resume) is None


def test_a_page_that_leaves_has_less_time_to_come_back(floor: Any) -> None:
    page = floor.page("alice")
    page.send("unload")
    page.settle()
    page.cut()
    floor.pass_time(20.1, page)
    assert page.link.over


@pytest.mark.threat("clock-jumps")
@pytest.mark.parametrize(
    "jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1)], ids=str
)
def test_a_date_that_is_set_ends_no_link_and_prolongs_none(floor: Any, jump: timedelta) -> None:
    until = floor.clock.wall().timestamp() + 600
    page = floor.page("alice", register=True, expires_at=until)
    other = floor.page("bob", register=True)
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.settle()
    floor.clock.start += jump
    floor.pass_time(590, page, other)
    assert len(floor.links) == floor.links.connected == 2
    page.send("invite", call="c2", to="bob", sdp="v=0")
    page.settle()
    assert len(floor.arrivals) == 2, "the token has 10 s left"
    floor.invite("alice")
    page.settle()
    assert page.last("incoming")
    floor.pass_time(11, page, other)
    page.send("invite", call="c3", to="bob", sdp="v=0")
    page.settle()
    assert page.last("error")["code"] == "access-token-expired"
    assert not page.link.over, "its calls go on"


@pytest.mark.threat("clock-jumps")
@pytest.mark.parametrize("jump", [timedelta(0), timedelta(hours=1), timedelta(hours=-1)], ids=str)
def test_links_wake_no_more_often_when_the_date_is_set(floor: Any, jump: timedelta) -> None:
    page = floor.page("alice", register=True, expires_at=floor.clock.wall().timestamp() + 3600)
    before = page.link.wake()
    floor.clock.start += jump
    assert page.link.wake() == before
    ticks = 0
    while floor.clock.now() < 600:
        floor.clock.at = max(floor.clock.at, page.link.wake())
        page.link.tick()
        page.settle()
        ticks += 1
    assert page.link.connected
    assert ticks < 600


def crowded(make_floor: Any, links: int) -> Any:
    return make_floor(limits=Limits(links=links))


def enters(floor: Any, name: str, account: str) -> Page | None:
    try:
        return floor.page(name, account=AccountId(account))
    except Crowded:
        return None


@pytest.mark.threat("noisy-neighbour")
@pytest.mark.parametrize("accounts", [1, 2, 3, 4])
def test_every_account_gets_at_least_one_link(make_floor: Any, accounts: int) -> None:
    floor = crowded(make_floor, 300)
    for number in range(accounts):
        held = [enters(floor, f"p{n}", f"MA{number}") for n in range(300)]
        assert sum(page is not None for page in held) >= 2
    quiet = enters(floor, "carol", "MAQUIET")
    assert quiet is not None
    assert quiet.welcome


def test_one_account_alone_gets_two_thirds(make_floor: Any, caplog: Any) -> None:
    floor = crowded(make_floor, 300)
    pages = [enters(floor, f"p{n}", "MA1") for n in range(300)]
    assert len(floor.links) == sum(page is not None for page in pages) == 200
    assert caplog.records[0].account == "MA1"
    with pytest.raises(Crowded) as refused:
        floor.page("late", account=AccountId("MA1"))
    assert refused.value.retry_after_s > 0


def test_a_link_that_ended_leaves_its_place(make_floor: Any) -> None:
    floor = crowded(make_floor, 30)
    pages = [page for n in range(30) if (page := enters(floor, f"p{n}", "MA1"))]
    pages[0].cut()
    assert enters(floor, "late", "MA1") is None, "its page may come back"
    floor.pass_time(floor.limits.resume_s + 0.1, *pages[1:])
    assert enters(floor, "late", "MA1") is not None
    floor.links.end_all(Cause.SHUTDOWN)
    again = [enters(floor, f"q{n}", "MA1") for n in range(30)]
    assert sum(page is not None for page in again) == len(pages)


@pytest.mark.parametrize("reloads", [False, True])
def test_a_page_that_comes_back_needs_no_new_place(make_floor: Any, reloads: bool) -> None:
    floor = crowded(make_floor, 30)
    pages = [page for n in range(30) if (page := enters(floor, f"p{n}", "MA1"))]
    others = [page for n in range(30) if (page := enters(floor, f"q{n}", "MA2"))]
    assert others
    page = pages[0]
    if reloads:
        page.aside({"type": "unload"})
        assert page.link
        page = Page(floor.links, page.link.device.party, before=page)
    else:
        page.cut()
        page._delivery.received = 7  # More than was ever sent: it cannot be resumed.
    page.connect()
    page.settle()
    assert page.welcome["resumed"] is False
    assert len(floor.links) == len(pages) + len(others)
    floor.links.end_all(Cause.SHUTDOWN)
    assert floor.links._shares.free == 30
