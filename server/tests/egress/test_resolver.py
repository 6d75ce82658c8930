"""Only checked addresses come out of the resolver."""

import socket
from collections.abc import Sequence

import pytest
from offhook.egress.lookups import system_lookup
from offhook.egress.policy import Policy
from offhook.egress.resolver import CheckedResolver, Forbidden


def _resolver(*addresses: str, policy: Policy | None = None) -> CheckedResolver:
    async def lookup(host: str, port: int) -> Sequence[str]:
        del host, port
        return addresses

    return CheckedResolver(policy or Policy(), lookup)


async def test_of_good_and_forbidden_addresses_only_the_good_remain() -> None:
    found = await _resolver("127.0.0.1", "8.8.8.8", "::1", "8.8.8.8").resolve("a.example", 80)
    assert [one["host"] for one in found] == ["8.8.8.8"]
    assert found[0]["hostname"] == "a.example"


async def test_a_name_with_forbidden_addresses_only_is_forbidden() -> None:
    with pytest.raises(Forbidden, match=r"a\.example"):
        await _resolver("127.0.0.1", "fe80::1%eth0", "10.0.0.1").resolve("a.example", 80)


async def test_a_name_without_addresses_is_not_found() -> None:
    with pytest.raises(OSError, match="no address") as failed:
        await _resolver().resolve("a.example", 80)
    assert not isinstance(failed.value, Forbidden)


async def test_an_address_family_can_be_requested() -> None:
    resolver = _resolver("8.8.8.8", "2606:4700::1111")
    found = await resolver.resolve("a.example", 80, socket.AF_INET6)
    assert [one["host"] for one in found] == ["2606:4700::1111"]
    assert len(await resolver.resolve("a.example", 80)) == 2


async def test_a_name_with_very_many_addresses_is_not_tried_for_ever() -> None:
    many = [f"8.8.{n // 250}.{n % 250}" for n in range(1000)]
    assert len(await _resolver(*many).resolve("a.example", 80)) == 8


async def test_a_name_on_the_allow_list_may_be_anywhere() -> None:
    resolver = _resolver("10.0.0.1", policy=Policy.of(["app.internal"]))
    assert (await resolver.resolve("app.internal", 80))[0]["host"] == "10.0.0.1"
    with pytest.raises(Forbidden):
        await resolver.resolve("other.internal", 80)


@pytest.mark.real_time
async def test_the_systems_own_names_are_found() -> None:
    assert "127.0.0.1" in await system_lookup("127.0.0.1", 80)
