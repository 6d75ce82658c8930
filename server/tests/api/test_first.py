"""A server's first moments."""

from pathlib import Path
from typing import Any

import pytest
import trustme
from offhook.api.demo import application_name
from offhook.api.first import account, urls
from offhook.base.config import Config

DIALECTS = ("one", "two")


async def application(store: Any, owner: str, name: str) -> None:
    await store.applications.create(
        owner, name=name, dialect="one", answer_url="https://a.example/"
    )


async def test_the_first_start_makes_an_account_and_later_ones_do_not(api: Any) -> None:
    store = api.deps.store
    await store.accounts.delete(api.account)
    first = await account(store, DIALECTS)
    assert (first.made, first.bare) == (True, True)
    second = await account(store, DIALECTS)
    assert (second.account, second.made, second.bare) == (first.account, False, True)


async def test_an_account_is_bare_until_it_has_an_application_of_its_own(api: Any) -> None:
    store = api.deps.store
    for dialect in DIALECTS:
        await application(store, api.account, application_name(dialect))
    assert (await account(store, DIALECTS)).bare
    await application(store, api.account, "hello")
    assert not (await account(store, DIALECTS)).bare


async def test_of_several_accounts_none_is_meant(api: Any) -> None:
    await api.deps.store.accounts.create("another")
    found = await account(api.deps.store, DIALECTS)
    assert (found.account, found.made, found.bare) == ("", False, False)


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({}, ("https://127.0.0.1:8480",)),
        ({"public_url": "https://calls.example/"}, ("https://calls.example",)),
        (
            {
                "listen": "0.0.0.0",
                "public_address": ("203.0.113.7", "2001:db8::7"),
                "insecure_http": True,
            },
            ("https://203.0.113.7:8480", "https://[2001:db8::7]:8480"),
        ),
        (
            {"listen": "::", "media_listen": ("10.0.0.5",), "insecure_http": True},
            ("https://127.0.0.1:8480",),
        ),
    ],
)
def test_the_printed_address_is_reachable(settings: dict[str, Any], where: tuple[str, ...]) -> None:
    assert urls(Config(**settings), "https://127.0.0.1:8480") == where


def test_the_names_of_the_certificate_come_first(tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("calls.example", "*.calls.example", "203.0.113.7")
    chain = tmp_path / "chain.pem"
    issued.cert_chain_pems[0].write_to_path(chain)
    config = Config(
        listen="0.0.0.0", public_address=("203.0.113.7",), tls_cert=str(chain), tls_key="key"
    )
    assert urls(config, "https://127.0.0.1:443") == (
        "https://calls.example:443",
        "https://203.0.113.7:443",
    )
