"""`offhook number`: which application decides on calls to a telephone number."""

import click

from offhook.cli.common import (
    account_of,
    account_option,
    add_delete,
    add_list,
    application_of,
    as_json_option,
    on_store,
    pass_shared,
    show,
    warn,
)
from offhook.cli.settings import Shared
from offhook.store.store import Store


@click.group()
def number() -> None:
    """Add, list and delete telephone numbers. Calls to them come from `offhook simulate call`.

    \b
      offhook number add +15551230000 --application switchboard
      offhook number list
    """


@number.command("add")
@click.argument("digits")
@click.option("--application", metavar="NAME|ID", help="Application for its incoming calls.")
@click.option("--alias", default="", metavar="TEXT", help="Display name.")
@account_option
@as_json_option
@pass_shared
def add(
    shared: Shared,
    digits: str,
    application: str | None,
    alias: str,
    account: str | None,
    as_json: bool,
) -> None:
    """Add a number, with its country code. Without a carrier only simulated telephones call it."""

    async def work(store: Store) -> object:
        owner = await account_of(store, account)
        decides = None if application is None else await application_of(store, owner, application)
        return await store.numbers.create(owner, digits, alias=alias, application=decides)

    show(on_store(shared, work), as_json=as_json)
    warn("no telephone network is connected yet: only `offhook simulate call` reaches this number")


add_list(
    number,
    "The account's numbers.",
    ("digits", "alias", "application"),
    "No number yet.",
    lambda store, owner: store.numbers.list(owner, limit=1000),
)


add_delete(
    number,
    "DIGITS",
    "Take a number from the account.",
    lambda store, owner, digits: store.numbers.delete(owner, digits),
)
