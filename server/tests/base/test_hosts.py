"""A host counts as ours in every notation."""

import pytest
from offhook.base.config import Config
from offhook.base.hosts import Hosts

OURS = Hosts.of(["Calls.Example.", "203.0.113.7", "2001:db8::7", ""])


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST.", "pbx.localhost", "127.0.0.1", "127.255.0.9", "::1", "[::1]"),
        *("[::ffff:127.0.0.1]", "0:0:0:0:0:0:0:1", "[::1%lo]"),
        *(
            "calls.example",
            "CALLS.example.",
            "203.0.113.7",
            "[2001:DB8:0:0::7]",
            "::ffff:203.0.113.7",
        ),
    ],
)
def test_our_own(host: str) -> None:
    assert host in OURS


@pytest.mark.parametrize(
    "host",
    [
        *(
            "",
            "example",
            "calls.example.com",
            "xcalls.example",
            "localhost.example",
            "notlocalhost",
        ),
        *("128.0.0.1", "0.0.0.0", "203.0.113.70", "[2001:db8::8]", "127.0.0.1.example", "127.1"),
    ],
)
def test_others(host: str) -> None:
    assert host not in OURS


def test_a_server_is_meant_by_its_addresses_and_its_public_name() -> None:
    config = Config(
        listen="192.0.2.1",
        insecure_http=True,
        public_url="https://Calls.Example:8443/x",
        public_address=("203.0.113.7",),
    )
    for host in ("192.0.2.1", "calls.example", "203.0.113.7", "localhost"):
        assert host in config.hosts
    assert "192.0.2.2" not in config.hosts


def test_a_server_on_all_addresses_is_meant_by_none_of_them() -> None:
    config = Config(listen="0.0.0.0", insecure_http=True, public_address=("203.0.113.7",))
    assert config.hosts.names == {"203.0.113.7"}
