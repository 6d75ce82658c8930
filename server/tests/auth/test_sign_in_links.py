"""A short link stands for its token, for as long, and cannot be guessed."""

from datetime import timedelta
from typing import Any

import pytest
from offhook.auth.limiter import Blocked, Limiter, LimiterLimits
from offhook.auth.native_tokens import SHORTEST_S, Grant, mint
from offhook.auth.sign_in_links import MOST, SignInLinks
from offhook.auth.tokens import Tokens
from offhook.base.errors import Refused
from offhook.base.ids import AccountId
from offhook.testing.deterministic import ManualClock, SeededIds

HERE = "192.0.2.1"
ACCOUNT = AccountId("MAXXXXXXXXXXXXXXXXXX")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def links(clock: ManualClock) -> SignInLinks:
    return SignInLinks(clock, SeededIds(), Limiter(clock))


def test_a_link_can_be_opened_again_until_its_token_ends(
    links: SignInLinks, clock: ManualClock
) -> None:
    code = links.make(lambda _seconds: "token", 60)
    assert len(code) * 4 >= 128
    assert [links.token(code, HERE) for _ in range(3)] == ["token"] * 3
    clock.advance(59)
    assert links.token(code, HERE) == "token"
    clock.advance(1)
    with pytest.raises(Refused):
        links.token(code, HERE)


@pytest.mark.parametrize("wrong", ["", "0" * 32, "\ud800", "a" * 10_000])
def test_another_code_is_refused(links: SignInLinks, wrong: str) -> None:
    links.make(lambda _seconds: "token", 60)
    with pytest.raises(Refused):
        links.token(wrong, HERE)


def test_the_oldest_sign_in_links_are_dropped_over_the_limit(links: SignInLinks) -> None:
    codes = [links.make(lambda _seconds, made=number: str(made), 60) for number in range(MOST + 1)]
    with pytest.raises(Refused):
        links.token(codes[0], HERE)
    assert links.token(codes[1], HERE) == "1"
    assert len(links._links) == MOST


@pytest.mark.threat("brute-force")
def test_codes_are_tried_no_more_often_than_passwords(
    links: SignInLinks, clock: ManualClock
) -> None:
    code = links.make(lambda _seconds: "token", 3600)
    for number in range(LimiterLimits().per_name):
        with pytest.raises(Refused):
            links.token(f"{number:032x}", HERE)
    with pytest.raises(Blocked):
        links.token(code, HERE)
    assert links.token(code, "192.0.2.2") == "token"
    clock.advance(LimiterLimits().block_s)
    assert links.token(code, HERE) == "token"


@pytest.mark.threat("clock-jumps")
@pytest.mark.parametrize("jump_s", [3600, -3600])
async def test_a_link_and_the_token_behind_it_work_after_the_date_was_set(
    links: SignInLinks, clock: ManualClock, directory: Any, jump_s: int
) -> None:
    def issue(lifetime_s: float) -> str:
        grant = Grant(name="alice", lifetime_s=max(SHORTEST_S, int(lifetime_s)))
        now = clock.wall().timestamp()
        return mint(grant, issuer=ACCOUNT, secret=directory.secrets[ACCOUNT][1], now=now)

    tokens = Tokens(directory, directory, clock)
    code = links.make(issue, 7200)
    clock.advance(60)
    clock.start += timedelta(seconds=jump_s)
    party = await tokens.verify(links.token(code, HERE))
    assert (party.name, party.expires_at) == ("alice", clock.wall().timestamp() + 7140)
    clock.advance(7139)
    assert (await tokens.verify(links.token(code, HERE))).name == "alice"
    clock.advance(1)
    with pytest.raises(Refused):
        links.token(code, HERE)
