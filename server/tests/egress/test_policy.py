"""An operator can open what is closed, by name, by address and by network, and nothing else."""

import ipaddress

import pytest
from offhook.base.accounts import Application
from offhook.base.errors import UsageError
from offhook.base.ids import AccountId, ApplicationId
from offhook.egress.policy import Policy, is_loopback_url, private_host, refused_urls

PRIVATE = ipaddress.ip_address("10.1.2.3")
LOOPBACK = ipaddress.ip_address("127.0.0.1")
PUBLIC = ipaddress.ip_address("8.8.8.8")


def test_by_default_only_the_public_internet_is_allowed() -> None:
    policy = Policy.of([])
    assert policy.allows("a.example", PUBLIC)
    assert not policy.allows("a.example", PRIVATE)
    assert not policy.allows("localhost", LOOPBACK)


def test_a_loopback_server_may_reach_loopback_only() -> None:
    policy = Policy.of([], loopback=True)
    assert policy.allows("localhost", LOOPBACK)
    assert policy.allows("::1", ipaddress.ip_address("::1"))
    assert not policy.allows("localhost", PRIVATE)
    assert not policy.allows("localhost", ipaddress.ip_address("0.0.0.0"))


@pytest.mark.parametrize("entry", ["10.0.0.0/8", "10.1.2.3", "App.Internal.", "*.internal"])
def test_listed_hosts_are_allowed(entry: str) -> None:
    policy = Policy.of([entry])
    assert policy.allows("app.internal", PRIVATE)
    assert not policy.allows("other.example", ipaddress.ip_address("192.168.1.1"))


@pytest.mark.parametrize("host", ["internal", "internal.example", "xinternal", "app.internal.evil"])
def test_a_wildcard_matches_subdomains_only(host: str) -> None:
    assert not Policy.of(["*.internal"]).allows(host, PRIVATE)


def test_ipv6_networks_may_be_on_the_list() -> None:
    policy = Policy.of(["fd12::/16"])
    assert policy.allows("x", ipaddress.ip_address("fd12::1"))
    assert not policy.allows("x", ipaddress.ip_address("fd13::1"))


@pytest.mark.parametrize("entry", ["", "*", "http://a.example", "10.0.0.1/8", "a b", "a..b"])
def test_an_invalid_entry_is_rejected(entry: str) -> None:
    with pytest.raises(UsageError, match="allow-list"):
        Policy.of([entry])


def test_ports_of_other_servers_than_the_webs_are_closed() -> None:
    policy = Policy.of([])
    assert [port for port in (22, 25, 80, 443, 1023, 1024, 65535) if policy.allows_port(port)] == [
        80,
        443,
        1024,
        65535,
    ]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("", ""),
        ("https://voice.example/answer", ""),
        ("https://8.8.8.8/", ""),
        ("http://10.0.0.9:8000/answer", "10.0.0.9"),
        ("http://me:secret@192.168.1.4/", "192.168.1.4"),
        ("http://127.0.0.1:9000/", "127.0.0.1"),
        ("http://localhost:9000/", "localhost"),
        ("http://app.localhost/", "app.localhost"),
        ("http://[fd00::1]/", "fd00::1"),
    ],
)
def test_a_private_host_is_known_by_its_url(url: str, host: str) -> None:
    assert private_host(url, Policy()) == host
    if host:
        assert private_host(url, Policy.of([host])) == ""
    local = is_loopback_url(url)
    assert (private_host(url, Policy(loopback=True)) == host) is not (local and bool(host))


def test_each_url_of_an_application_that_is_refused_is_named() -> None:
    application = Application(
        id=ApplicationId("a"),
        account=AccountId("MA1"),
        name="board",
        dialect="neutral",
        answer_url="http://10.0.0.9/",
        hangup_url="http://localhost:9000/",
    )
    answer, hangup = refused_urls(application, Policy())
    assert "answer_url: 10.0.0.9" in answer
    assert "OFFHOOK_WEBHOOK_ALLOW=localhost" in hangup
    assert len(refused_urls(application, Policy(loopback=True))) == 1
    assert refused_urls(application, Policy.of(["10.0.0.0/8", "localhost"])) == []
