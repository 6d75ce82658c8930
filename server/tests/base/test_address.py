"""Addresses are validated and have one canonical form."""

import pytest
from offhook.base.address import Address, Kind, client
from offhook.base.errors import UsageError


@pytest.mark.parametrize(
    ("address", "spelled"),
    [
        (client("alice"), "client:alice"),
        (Address(Kind.NUMBER, "+15551230000"), "+15551230000"),
        (Address(Kind.SIP, "sip:bob@example.com"), "sip:bob@example.com"),
    ],
)
def test_each_kind_has_its_canonical_form(address: Address, spelled: str) -> None:
    assert str(address) == spelled


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.CLIENT, ""),
        (Kind.CLIENT, "a" * 257),
        (Kind.NUMBER, "+"),
        (Kind.NUMBER, "1" * 16),
        (Kind.NUMBER, "555-1234"),
        (Kind.NUMBER, "١٢٣"),
        (Kind.NUMBER, "123\n"),
        (Kind.SIP, ""),
    ],
)
def test_an_invalid_address_is_rejected(kind: Kind, value: str) -> None:
    with pytest.raises(UsageError):
        Address(kind, value)
