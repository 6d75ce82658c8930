"""`offhook endpoint`: who can log in."""

from typing import TYPE_CHECKING, TextIO

import click

from offhook.auth import passwords
from offhook.base.errors import UsageError
from offhook.cli.common import (
    account_of,
    account_option,
    add_delete,
    application_of,
    as_json_option,
    on_store,
    pass_shared,
    plain,
    show,
    table,
)
from offhook.cli.settings import Shared
from offhook.store.crud import UNSET, MaybeUnset
from offhook.store.store import Store

if TYPE_CHECKING:
    from offhook.base.ids import ApplicationId


@click.group()
def endpoint() -> None:
    """Create, list, change and delete endpoints: who can log in.

    \b
      offhook endpoint create alice --application switchboard
      offhook endpoint list
      offhook endpoint update alice --new-password
      offhook endpoint delete alice
    """


@endpoint.command("create")
@click.argument("name")
@click.option("--application", metavar="NAME|ID", help="Application for its outgoing calls.")
@click.option("--alias", default="", metavar="TEXT", help="Display name.")
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
    """Create an endpoint. Its password is shown once; without --password-file it is generated.

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
            digests=passwords.digests(name, password),
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

    async def work(store: Store) -> list[dict[str, object]]:
        owner = await account_of(store, account)
        applications = (await store.applications.list(owner, limit=1000)).items
        names = {str(each.id): each.name for each in applications}
        found = (await store.endpoints.list(owner, limit=1000)).items
        if as_json:
            return [plain(each) for each in found]
        named = {each: names.get(str(each.application), each.application) for each in found}
        return [{**plain(each), "application": name} for each, name in named.items()]

    columns = ("name", "alias", "application", "id")
    table(on_store(shared, work), columns, as_json=as_json, empty="No endpoint yet.")


@endpoint.command("update")
@click.argument("name")
@click.option("--application", metavar="NAME|ID", help="Application for its outgoing calls.")
@click.option("--no-application", is_flag=True, help="No application: it can make no calls.")
@click.option("--alias", metavar="TEXT", help="Display name; empty for none.")
@click.option("--new-password", is_flag=True, help="Generate a new password, and show it once.")
@click.option(
    "--password-file",
    type=click.File(),
    metavar="FILE",
    help="Its new password; - for standard input.",
)
@account_option
@as_json_option
@pass_shared
def update(
    shared: Shared,
    name: str,
    application: str | None,
    no_application: bool,
    alias: str | None,
    new_password: bool,
    password_file: TextIO | None,
    account: str | None,
    as_json: bool,
) -> None:
    """Change an endpoint, by name or id; other settings stay.

    \b
      offhook endpoint update alice --application switchboard
      offhook endpoint update alice --new-password

    Open connections stay logged in until the page is closed.
    """
    if no_application and application is not None:
        raise UsageError("give --application or --no-application, not both")
    if new_password and password_file is not None:
        raise UsageError("give --new-password or --password-file, not both")
    password = passwords.generate() if new_password else None
    if password_file is not None:
        password = password_file.read().rstrip("\r\n")

    async def work(store: Store) -> dict[str, object]:
        owner = await account_of(store, account)
        decides: MaybeUnset[ApplicationId | None] = None if no_application else UNSET
        if application is not None:
            decides = await application_of(store, owner, application)
        known = await store.endpoints.get(owner, name)
        changed = await store.endpoints.change(
            owner,
            known.name,
            alias=alias,
            application=decides,
            digests=None if password is None else passwords.digests(known.name, password),
        )
        return {**plain(changed), **({} if password is None else {"password": password})}

    show(on_store(shared, work), as_json=as_json)


add_delete(
    endpoint,
    "NAME",
    "Delete an endpoint, by name or id.",
    lambda store, owner, name: store.endpoints.delete(owner, name),
)
