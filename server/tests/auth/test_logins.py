"""People get in with what is theirs, and learn nothing from what is not."""

from typing import Any

import pytest
from offhook.auth.limiter import Blocked, Limiter
from offhook.auth.logins import Logins
from offhook.auth.native_tokens import Grant, mint
from offhook.auth.passwords import digests
from offhook.auth.tokens import Tokens
from offhook.base.errors import Refused
from offhook.base.ids import AccountId, ApplicationId
from offhook.testing.function_calls import recorded_calls

ACCOUNT = AccountId("MAXXXXXXXXXXXXXXXXXX")
HERE = "192.0.2.1"


@pytest.fixture
def logins(directory: Any, clock: Any) -> Logins:
    return Logins(directory, Tokens(directory, directory, clock), Limiter(clock))


async def test_the_right_password_signs_in_as_the_endpoint(logins: Logins) -> None:
    party = await logins.by_password(f"{ACCOUNT}/alice", "correct horse", HERE)
    assert (party.account, party.name, party.incoming) == (ACCOUNT, "alice", True)
    assert party.application == ApplicationId("a" * 32)
    assert party.expires_at is None
    assert (await logins.by_password("bob", "bobs password", HERE)).application is None


@pytest.mark.parametrize(
    ("endpoint", "password"),
    [
        ("bob", "wrong password"),
        ("nobody", "wrong password"),
        ("alice", "correct horse"),
        ("MANOBODY/bob", "bobs password"),
        ("MAYYYYYYYYYYYYYYYYYY/alice", "correct horse"),
        ("", ""),
        ("/", "x"),
        ("a/b/c\0", "\ud800"),
    ],
)
@pytest.mark.threat("account-enumeration")
async def test_every_failure_gets_the_same_answer(
    logins: Logins, endpoint: str, password: str
) -> None:
    with pytest.raises(Refused) as refused:
        await logins.by_password(endpoint, password, HERE)
    assert refused.value.code == "bad-credentials"
    assert str(refused.value) == "the name or the password is wrong"


async def test_a_missing_digest_is_added_at_the_next_login(logins: Logins, directory: Any) -> None:
    await logins.by_password(f"{ACCOUNT}/alice", "correct horse", HERE)
    ((endpoint, kept),) = directory.completed
    assert (endpoint.account, endpoint.name) == (ACCOUNT, "alice")
    assert kept == digests("alice", "correct horse")
    # Once it is there, nothing is written any more.
    directory.md5 = kept.md5
    await logins.by_password(f"{ACCOUNT}/alice", "correct horse", HERE)
    assert len(directory.completed) == 1


async def test_a_wrong_password_and_a_key_complete_nothing(logins: Logins, directory: Any) -> None:
    with pytest.raises(Refused):
        await logins.by_password(f"{ACCOUNT}/alice", "wrong horse", HERE)
    party = await logins.by_password("bob", "bobs password", HERE)
    directory.completed.clear()
    await logins.by_key("link", party, HERE)
    assert directory.completed == []


async def test_a_store_that_cannot_write_does_not_prevent_logins(
    logins: Logins, directory: Any
) -> None:
    directory.broken = True
    party = await logins.by_password(f"{ACCOUNT}/alice", "correct horse", HERE)
    assert party.name == "alice"


async def test_ten_failed_logins_block_the_right_password_too(
    logins: Logins, directory: Any, clock: Any
) -> None:
    for number in range(10):
        with pytest.raises(Refused, match="wrong"):
            # Written in two ways: it is the same name.
            await logins.by_password(["bob", f"{ACCOUNT}/bob"][number % 2], "wrong password", HERE)
    asked = directory.asked
    with pytest.raises(Blocked) as blocked:
        await logins.by_password("bob", "bobs password", HERE)
    assert blocked.value.code == "blocked"
    assert directory.asked == asked
    await logins.by_password("bob", "bobs password", "192.0.2.2")
    await logins.by_password(f"{ACCOUNT}/alice", "correct horse", HERE)
    clock.advance(600)
    await logins.by_password("bob", "bobs password", HERE)


async def test_a_token_signs_in_and_bad_tokens_count_by_address(
    logins: Logins, directory: Any, clock: Any
) -> None:
    secret = directory.secrets[ACCOUNT][1]
    grant = Grant(name="carol")
    token = mint(grant, issuer=ACCOUNT, secret=secret, now=clock.wall().timestamp())
    assert (await logins.by_token(token, HERE)).name == "carol"
    for _ in range(100):
        with pytest.raises(Refused, match="signature"):
            await logins.by_token(token[:-4] + "AAAA", HERE)
    with pytest.raises(Blocked):
        await logins.by_token(token, HERE)
    assert (await logins.by_token(token, "192.0.2.2")).name == "carol"


async def test_a_link_key_is_valid_until_the_password_changes(
    logins: Logins, directory: Any
) -> None:
    party = await logins.by_password("bob", "bobs password", HERE)
    assert "bobs" not in repr(party)
    assert party.proof not in repr(party)
    again = await logins.by_key("link", party, HERE)
    assert (again, again.proof) == (party, party.proof)
    directory.passwords[ACCOUNT, "bob"] = "another password"
    with pytest.raises(Refused) as refused:
        await logins.by_key("link", party, HERE)
    assert refused.value.code == "bad-credentials"
    del directory.passwords[ACCOUNT, "bob"]
    with pytest.raises(Refused) as refused:
        await logins.by_key("link", party, HERE)
    assert refused.value.code == "bad-credentials"


async def test_a_link_key_is_valid_as_long_as_its_token(
    logins: Logins, directory: Any, clock: Any
) -> None:
    secret, now = directory.secrets[ACCOUNT][1], clock.wall().timestamp()
    token = mint(Grant(name="carol"), issuer=ACCOUNT, secret=secret, now=now)
    party = await logins.by_token(token, HERE)
    again = await logins.by_key("link", party, HERE)
    assert (again, again.proof, again.expires_at) == (party, token, party.expires_at)
    assert token not in repr(party)
    clock.advance(2 * 86_400)
    with pytest.raises(Refused) as refused:
        await logins.by_key("link", party, HERE)
    assert refused.value.code == "access-token-expired"


async def test_guessing_a_link_key_is_limited_like_a_password(
    logins: Logins, directory: Any
) -> None:
    party = await logins.by_password("bob", "bobs password", HERE)
    for _ in range(10):
        with pytest.raises(Refused) as refused:
            await logins.by_key("link", None, HERE)
        assert refused.value.code == "bad-credentials"
    asked = directory.asked
    with pytest.raises(Blocked):
        await logins.by_key("link", party, HERE)
    assert directory.asked == asked
    assert await logins.by_key("another", party, HERE) == party


@pytest.mark.threat("account-enumeration")
async def test_an_unknown_name_takes_the_same_work_as_a_wrong_password(logins: Logins) -> None:
    async def work(name: str, address: str) -> list[str]:
        with pytest.raises(Refused), recorded_calls("offhook/auth") as called:
            await logins.by_password(name, "wrong password", address)
        return called

    wrong = await work("bob", "192.0.2.1")
    assert "compare_digest" in wrong
    assert await work("eve", "192.0.2.2") == wrong
