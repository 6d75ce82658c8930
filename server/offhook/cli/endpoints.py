"""`offhook endpoint`: who can log in."""

from typing import TextIO

import click

from offhook.auth import passwords
from offhook.cli.common import (
    Shared,
    account_of,
    account_option,
    application_of,
    as_json_option,
    on_store,
    pass_shared,
    plain,
    show,
    table,
)
from offhook.store.store import Store


@click.group()
def endpoint() -> None:
    """Make, list and delete those who can log in.

    \b
      offhook endpoint create alice --application switchboard
      offhook endpoint list
      offhook endpoint delete alice
    """


@endpoint.command("create")
@click.argument("name")
@click.option("--application", metavar="NAME|ID", help="Decides on the calls it makes.")
@click.option("--alias", default="", metavar="TEXT", help="A name for people.")
@click.option(
    "--password-file", type=click.File(), metavar="FILE", help="Its password; - for standard input."
)
@account_option
@as_json_option
@pass_shared
def create(
    shared: Shared,
    name: str,
    application: str | None,
    alias: str,
    password_file: TextIO | None,
    account: str | None,
    as_json: bool,
) -> None:
    """Make an endpoint. Its password is shown once; without --password-file it is made up.

    \b
      offhook endpoint create alice --application switchboard --alias "Alice in sales"
    """
    given = "" if password_file is None else password_file.read().rstrip("\r\n")
    password = given or passwords.generate()

    async def work(store: Store) -> dict[str, object]:
        owner = await account_of(store, account)
        decides = None if application is None else await application_of(store, owner, application)
        made = await store.endpoints.create(
            owner,
            name=name,
            ha1=passwords.ha1(name, password),
            alias=alias,
            application=decides,
        )
        return {**plain(made), "password": password}

    show(on_store(shared, work), as_json=as_json)


@endpoint.command("list")
@account_option
@as_json_option
@pass_shared
def list_endpoints(shared: Shared, account: str | None, as_json: bool) -> None:
    """The account's endpoints."""

    async def work(store: Store) -> list[object]:
        owner = await account_of(store, account)
        return [*(await store.endpoints.list(owner, limit=1000)).items]

    columns = ("name", "alias", "application", "id")
    table(on_store(shared, work), columns, as_json=as_json, empty="No endpoint yet.")


@endpoint.command("delete")
@click.argument("name")
@account_option
@pass_shared
def delete(shared: Shared, name: str, account: str | None) -> None:
    """Delete an endpoint, by name or id."""

    async def work(store: Store) -> None:
        await store.endpoints.delete(await account_of(store, account), name)

    on_store(shared, work)
