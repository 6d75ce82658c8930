"""Which addresses count as one."""

import pytest
from offhook.base.network import site_of, source_of


@pytest.mark.parametrize(
    ("address", "source", "site"),
    [
        ("192.0.2.1", "192.0.2.1", None),
        ("::ffff:192.0.2.1", "192.0.2.1", None),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:2:ffff::%eth0", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("::1", "::/64", "::/48"),
        ("", "", None),
        ("not an address", "not an address", None),
        ("x" * 1000, "x" * 64, None),
    ],
)
def test_an_address_is_counted_with_what_one_host_or_site_has(
    address: str, source: str, site: str | None
) -> None:
    assert source_of(address) == source
    assert site_of(address) == site
