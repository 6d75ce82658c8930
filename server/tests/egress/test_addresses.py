"""Addresses of the public internet are distinguished from all others."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.egress import addresses


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001::1"]
)
def test_hosts_of_the_internet_are_not_special(text: str) -> None:
    address = addresses.parse(text)
    assert address
    assert not addresses.is_special(address)


@given(st.ip_addresses())
def test_addresses_that_python_calls_special_are_special(address: addresses.Address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert addresses.is_special(address)


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_does_not_hide(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    carriers = [
        ipaddress.IPv6Address((0xFFFF << 32) | number),  # mapped
        ipaddress.IPv6Address(number),  # compatible
        ipaddress.IPv6Address((0x64FF9B << 96) | number),  # NAT64
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),  # 6to4
        ipaddress.IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF)),  # Teredo
    ]
    assert all(addresses.is_special(carrier) for carrier in carriers)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f.1", "1.2.3.4.5", "[::1]"])
def test_an_invalid_address_is_none(text: str) -> None:
    assert addresses.parse(text) is None


def test_a_zone_is_not_part_of_an_address() -> None:
    assert addresses.parse("fe80::1%eth0") == ipaddress.ip_address("fe80::1")


def test_an_address_is_in_a_network_of_its_own_kind() -> None:
    networks = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))
    assert addresses.inside(ipaddress.ip_address("10.1.2.3"), networks)
    assert addresses.inside(ipaddress.ip_address("fd00::1"), networks)
    assert not addresses.inside(ipaddress.ip_address("11.1.2.3"), networks)
    assert addresses.is_loopback(ipaddress.ip_address("127.9.9.9"))
    assert not addresses.is_loopback(ipaddress.ip_address("10.1.2.3"))
