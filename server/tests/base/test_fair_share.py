"""An account that requests many places leaves one free for another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base.errors import Unavailable
from offhook.base.fair_share import FairShare, Ticket


def _ask(shares: FairShare, account: str, host: str, times: int) -> list[Ticket]:
    return [shares.enter(account, host) for _ in range(times)]


def _held(tickets: list[Ticket]) -> int:
    return sum(ticket.held for ticket in tickets)


def test_a_busy_host_gets_a_ninth_and_a_busy_account_a_fifth() -> None:
    shares = FairShare(450)
    assert _held(_ask(shares, "one", "a", 1000)) == 50
    for host in range(1000):
        _ask(shares, "one", f"h{host}", 1)
    assert shares.held("one") == 90
    assert shares.full() == ["one"]
    assert not shares.admits("one", "new")
    assert shares.admits("two", "a")


@given(
    places=st.integers(2, 100),
    asked=st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 5), st.integers(1, 50)), max_size=40
    ),
)
def test_an_account_without_a_place_is_admitted_while_one_is_free(
    places: int, asked: list[tuple[int, int, int]]
) -> None:
    shares = FairShare(places)
    for account, host, times in asked:
        _ask(shares, f"a{account}", f"h{host}", times)
    held = sum(shares.held(f"a{account}") for account in range(21))
    assert shares.free == places - held >= 0
    assert shares.enter("new", "x").held is (shares.free > 0 or held == places - 1)


@pytest.mark.parametrize("accounts", [1, 2, 5, 10, 20])
def test_places_stay_free_however_many_accounts_ask_for_all(accounts: int) -> None:
    shares = FairShare(400)
    for account in range(accounts):
        for host in range(100):
            _ask(shares, f"a{account}", f"h{host}", 20)
    # Each account takes a fifth of what is left, and at most one more.
    assert shares.free >= 400 * 0.8**accounts - accounts
    assert shares.enter("new").held


def test_those_that_hold_least_go_first_and_then_by_turns() -> None:
    shares = FairShare(1)
    order: list[str] = []
    first = shares.enter("one", admitted=lambda: order.append("one"))
    waiting = [
        shares.enter(name, admitted=lambda name=name: order.append(name)) for name in "aaaab"
    ]
    late = shares.enter("c", admitted=lambda: order.append("c"))
    for ticket in (first, waiting[0], waiting[4], late, waiting[1]):
        assert ticket.held
        shares.leave(ticket)
    assert order == ["one", "a", "b", "c", "a", "a"]


@given(st.data())
def test_no_place_is_lost_in_any_order_of_leaving(data: st.DataObject) -> None:
    shares = FairShare(data.draw(st.integers(1, 8)))
    places = shares.free
    inside: list[Ticket] = []
    for _ in range(data.draw(st.integers(0, 60))):
        if inside and data.draw(st.booleans()):
            shares.leave(inside.pop(data.draw(st.integers(0, len(inside) - 1))))
        else:
            account, host = data.draw(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")))
            inside.append(shares.enter(account, host))
        assert _held(inside) == places - shares.free
        # Each ticket that may have a place has one.
        assert not any(shares.admits(one.account, one.host) for one in inside if not one.held)
    while inside:
        shares.leave(inside.pop())
    assert shares.free == places
    assert (shares._accounts, shares._hosts, shares._waiting) == ({}, {}, {})
    assert (shares._queue_lengths, shares._served) == ({}, {})


def test_those_that_wait_are_bounded_by_account() -> None:
    shares = FairShare(1, waiting=8)
    shares.enter("one")
    _ask(shares, "one", "", 4)
    with pytest.raises(Unavailable):
        shares.enter("one")
    assert not shares.enter("two").held
    assert not shares.enter("two").held
