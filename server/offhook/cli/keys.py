"""`offhook key`: what programs use to reach the API."""

import click

from offhook.cli.common import (
    account_of,
    account_option,
    add_delete,
    add_list,
    as_json_option,
    on_store,
    pass_shared,
    plain,
    show,
)
from offhook.cli.settings import Shared
from offhook.store.store import Store


@click.group()
def key() -> None:
    """Create, list and delete API keys: one for each program.

    \b
      offhook key create crm
      offhook key list
      offhook key delete SK5f0c1b7e9d3a4c525f0c1b7e9d3a4c52
    """


@key.command("create")
@click.argument("name")
@account_option
@as_json_option
@pass_shared
def create(shared: Shared, name: str, account: str | None, as_json: bool) -> None:
    """Create an API key. Its secret is shown once.

    \b
      offhook key create crm
      curl --user ID:SECRET http://localhost:8480/v1/account

    The id and the secret take the place of the account's, for the API and to sign access tokens.
    """

    async def work(store: Store) -> dict[str, object]:
        made, secret = await store.keys.create(await account_of(store, account), name)
        return {**plain(made), "secret": secret}

    show(on_store(shared, work), as_json=as_json)


add_list(
    key,
    "The account's API keys, without their secrets.",
    ("id", "name", "created_at"),
    "No API key yet: offhook key create NAME",
    lambda store, owner: store.keys.list(owner, limit=1000),
)


add_delete(
    key,
    "ID",
    "Delete an API key: what uses it is refused from now on.",
    lambda store, owner, id: store.keys.delete(owner, id),
)
