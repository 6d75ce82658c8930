"""Pages get the STUN servers and credentials of their own for an operator's TURN."""

import base64
import hashlib
import hmac
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from offhook.auth.ice import IceServers, turn_credentials
from offhook.base.accounts import Party
from offhook.base.ids import AccountId
from offhook.testing.deterministic import ManualClock

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ALICE = Party(account=AccountId("MA0123456789ABCDEFGH"), name="alice", application=None)


def test_the_password_is_the_mac_of_the_name_with_its_end() -> None:
    # As coturn computes it from `static-auth-secret`.
    username, password = turn_credentials("north", "alice", 1_900_000_000)
    assert username == "1900000000:alice"
    mac = hmac.new(b"north", b"1900000000:alice", hashlib.sha1)
    assert base64.b64decode(password) == mac.digest()


def test_each_page_gets_credentials_that_end() -> None:
    urls = ("turn:turn.example:3478?transport=udp",)
    clock = ManualClock(start=NOON)
    ice = IceServers(clock, stun=["stun:192.0.2.1:3478"], turn=urls, secret="s", ttl_s=60)
    stun, turn = ice.of(ALICE)
    assert stun == {"urls": ["stun:192.0.2.1:3478"]}
    assert turn["urls"] == list(urls)
    assert turn["username"] == f"{int(NOON.timestamp()) + 60}:alice"
    clock.advance(5)
    _, later = ice.of(ALICE)
    assert later["username"] == f"{int(NOON.timestamp()) + 65}:alice"
    assert later["credential"] != turn["credential"]


@pytest.mark.parametrize("name", ["😀" * 256, "auth0|5f7c", "Ann B. Clark", "a:b", "x" * 256])
def test_any_name_gives_a_user_name_that_browsers_take(name: str) -> None:
    ice = IceServers(ManualClock(start=NOON), turn=["turn:a"], secret="s")
    (turn,) = ice.of(replace(ALICE, name=name))
    username = str(turn["username"])
    assert re.fullmatch(r"[0-9]+:[A-Za-z0-9_.@+-]{1,128}", username)
    (other,) = ice.of(replace(ALICE, name=f"{name[:-1]}!"))
    assert other["username"] != username


def test_without_servers_the_list_is_empty() -> None:
    assert IceServers(ManualClock()).of(ALICE) == []
