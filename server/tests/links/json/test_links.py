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


def test_connected_and_disconnected_links_are_counted(harness: Any) -> None:
    page, other = harness.page("alice"), harness.page("bob")
    other.cut()
    assert (len(harness.links), harness.links.connected) == (2, 1)
    harness.pass_time(60.1, page)
    assert (len(harness.links), harness.links.connected) == (1, 1)


def test_the_welcome_names_the_server_process(harness: Any) -> None:
    assert "instance" not in harness.page("alice").welcome
    harness.links.instance = "f" * 32
    assert harness.page("bob").welcome["instance"] == "f" * 32


def test_a_link_too_old_to_go_on_with_does_not_linger(harness: Any) -> None:
    page = harness.page("alice", register=True)
    old = page.link
    page.cut()
    page._delivery.received = 7  # More than was ever sent: it cannot be resumed.
    page.connect()
    page.deliver_all()
    assert page.welcome["resumed"] is False
    assert old.over
    assert len(harness.links) == 1


def test_a_guessed_key_does_not_end_a_link(harness: Any) -> None:
    page, stranger = harness.page("alice", register=True), harness.page("mallory")
    stranger.welcome = {**page.welcome, "key": "guess"}
    stranger.connect()
    assert not page.link.over
    assert page.link.connected


def test_all_end_when_the_server_stops(harness: Any) -> None:
    pages = [harness.page("alice", register=True), harness.page("bob")]
    harness.links.end_all(Cause.SHUTDOWN)
    assert all(page.link.over for page in pages)
    assert (len(harness.links), len(harness.router.registrations)) == (0, 0)


def test_a_reloaded_page_takes_over_calls_and_registration(harness: Any) -> None:
    page = harness.page("alice", register=True)
    page.send("invite", call="c1", to="bob", sdp="v=0", headers={"X-A": "1"})
    page.deliver_all()
    up = harness.arrivals[0].leg
    harness.router.send(up, commands.Answer(Sdp("v=0")))
    page.send("mute", call="c1", muted=True)
    ringing = harness.invite("alice")
    page.deliver_all()
    page.send("unload")
    page.deliver_all()
    page.cut()
    harness.deliver.clear()
    reloaded = Page(harness.links, page._party, page)
    reloaded.connect()
    reloaded.deliver_all()
    assert reloaded.welcome["attached"] is True
    (reported,) = reloaded.welcome["calls"]
    assert (reported["call"], reported["id"], reported["direction"]) == ("c1", up, "outgoing")
    assert (reported["muted"], reported["headers"]) == (True, {"X-A": "1"})
    assert [f["call"] for f in reloaded.received if f["type"] == "incoming"] == [ringing]
    assert harness.deliver == [events.PageReattached(leg=up)]
    assert len(harness.router.registrations) == 1
    assert (len(harness.links), page.link.over) == (1, True)
    reloaded.send("offer", call="c1", number=1, sdp="v=0 reloaded", reason="attach")
    reloaded.deliver_all()
    assert harness.deliver[-1] == events.Reoffered(
        leg=up, number=1, sdp=Sdp("v=0 reloaded"), reason=RenegotiationReason.ATTACH
    )


def test_a_call_without_a_task_does_not_outlive_its_page(harness: Any) -> None:
    page = harness.page("alice")
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.deliver_all()
    reloaded = Page(harness.links, page._party, page)
    reloaded.connect()
    reloaded.deliver_all()
    assert reloaded.welcome["calls"] == []
    assert harness.deliver == [
        events.HungUp(leg=harness.arrivals[0].leg, cause=Cause.CANCELLED),
    ]


def test_only_the_same_party_with_the_key_takes_over(harness: Any) -> None:
    page, stranger = harness.page("alice", register=True), harness.page("mallory")
    for change in ({"key": "guess"}, {}):
        before = Page(harness.links, page._party)
        before.welcome = {**page.welcome, **change}
        thief = Page(harness.links, stranger._party if not change else page._party, before)
        thief.connect()
        thief.deliver_all()
        assert "calls" not in thief.welcome
    assert not page.link.over


def test_a_link_key_authenticates_its_party_only(harness: Any) -> None:
    page = harness.page("alice", register=True)
    link, key = page.welcome["link"], page.welcome["key"]

    def party_of(**wish: Any) -> Any:
        return harness.links.party_of(frames.Hello(version=1, **wish))

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


def test_a_page_that_leaves_has_less_time_to_come_back(harness: Any) -> None:
    page = harness.page("alice")
    page.send("unload")
    page.deliver_all()
    page.cut()
    harness.pass_time(20.1, page)
    assert page.link.over


@pytest.mark.threat("clock-jumps")
@pytest.mark.parametrize(
    "jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1)], ids=str
)
def test_a_date_that_is_set_ends_no_link_and_prolongs_none(harness: Any, jump: timedelta) -> None:
    until = harness.clock.wall().timestamp() + 600
    page = harness.page("alice", register=True, expires_at=until)
    other = harness.page("bob", register=True)
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.deliver_all()
    harness.clock.start += jump
    harness.pass_time(590, page, other)
    assert len(harness.links) == harness.links.connected == 2
    page.send("invite", call="c2", to="bob", sdp="v=0")
    page.deliver_all()
    assert len(harness.arrivals) == 2, "the token has 10 s left"
    harness.invite("alice")
    page.deliver_all()
    assert page.last("incoming")
    harness.pass_time(11, page, other)
    page.send("invite", call="c3", to="bob", sdp="v=0")
    page.deliver_all()
    assert page.last("error")["code"] == "access-token-expired"
    assert not page.link.over, "its calls go on"


@pytest.mark.threat("clock-jumps")
@pytest.mark.parametrize("jump", [timedelta(0), timedelta(hours=1), timedelta(hours=-1)], ids=str)
def test_links_wake_no_more_often_when_the_date_is_set(harness: Any, jump: timedelta) -> None:
    page = harness.page("alice", register=True, expires_at=harness.clock.wall().timestamp() + 3600)
    before = page.link.wake()
    harness.clock.start += jump
    assert page.link.wake() == before
    ticks = 0
    while harness.clock.now() < 600:
        harness.clock.at = max(harness.clock.at, page.link.wake())
        page.link.tick()
        page.deliver_all()
        ticks += 1
    assert page.link.connected
    assert ticks < 600


def crowded(make_harness: Any, links: int) -> Any:
    return make_harness(limits=Limits(links=links))


def enters(harness: Any, name: str, account: str) -> Page | None:
    try:
        return harness.page(name, account=AccountId(account))
    except Crowded:
        return None


@pytest.mark.threat("noisy-neighbour")
@pytest.mark.parametrize("accounts", [1, 2, 3, 4])
def test_every_account_gets_at_least_one_link(make_harness: Any, accounts: int) -> None:
    harness = crowded(make_harness, 300)
    for number in range(accounts):
        held = [enters(harness, f"p{n}", f"MA{number}") for n in range(300)]
        assert sum(page is not None for page in held) >= 2
    quiet = enters(harness, "carol", "MAQUIET")
    assert quiet is not None
    assert quiet.welcome


def test_one_account_alone_gets_two_thirds(make_harness: Any, caplog: Any) -> None:
    harness = crowded(make_harness, 300)
    pages = [enters(harness, f"p{n}", "MA1") for n in range(300)]
    assert len(harness.links) == sum(page is not None for page in pages) == 200
    assert caplog.records[0].account == "MA1"
    with pytest.raises(Crowded) as refused:
        harness.page("late", account=AccountId("MA1"))
    assert refused.value.retry_after_s > 0


def test_a_link_that_ended_leaves_its_place(make_harness: Any) -> None:
    harness = crowded(make_harness, 30)
    pages = [page for n in range(30) if (page := enters(harness, f"p{n}", "MA1"))]
    pages[0].cut()
    assert enters(harness, "late", "MA1") is None, "its page may come back"
    harness.pass_time(harness.limits.resume_s + 0.1, *pages[1:])
    assert enters(harness, "late", "MA1") is not None
    harness.links.end_all(Cause.SHUTDOWN)
    again = [enters(harness, f"q{n}", "MA1") for n in range(30)]
    assert sum(page is not None for page in again) == len(pages)


@pytest.mark.parametrize("reloads", [False, True])
def test_a_page_that_comes_back_needs_no_new_place(make_harness: Any, reloads: bool) -> None:
    harness = crowded(make_harness, 30)
    pages = [page for n in range(30) if (page := enters(harness, f"p{n}", "MA1"))]
    others = [page for n in range(30) if (page := enters(harness, f"q{n}", "MA2"))]
    assert others
    page = pages[0]
    if reloads:
        page.send_unnumbered({"type": "unload"})
        assert page.link
        page = Page(harness.links, page.link.device.party, before=page)
    else:
        page.cut()
        page._delivery.received = 7  # More than was ever sent: it cannot be resumed.
    page.connect()
    page.deliver_all()
    assert page.welcome["resumed"] is False
    assert len(harness.links) == len(pages) + len(others)
    harness.links.end_all(Cause.SHUTDOWN)
    assert harness.links._shares.free == 30
