"""`offhook init` and `offhook account`: who owns everything else."""

import click

from offhook.base.errors import UsageError
from offhook.base.ids import AccountId
from offhook.cli.common import (
    account_of,
    account_option,
    as_json_option,
    on_new_store,
    on_store,
    pass_shared,
    show,
    table,
)
from offhook.cli.settings import Shared
from offhook.store.store import Store


@click.command()
@click.option("--name", default="default", metavar="NAME", help="Display name [default].")
@click.option("--another", is_flag=True, help="Create another account, beside the existing ones.")
@as_json_option
@pass_shared
def init(shared: Shared, name: str, another: bool, as_json: bool) -> None:
    """Create the node's key, the database and the first account.

    \b
      offhook init --name "Example Ltd"

    The secret is shown once. It signs requests to your web servers and lets programs use the API.
    `offhook serve` makes all this by itself; then `offhook key create` is the way to the API.
    """

    async def work(store: Store) -> dict[str, str]:
        known = (await store.accounts.list(limit=1)).items
        if known and not another:
            raise UsageError(
                f"there is an account already: {known[0].id}, {known[0].name}. "
                "For a program that uses the API: `offhook key create NAME`. "
                "For an account apart from it: `offhook init --another`; "
                "each command then asks for --account",
                code="conflict",
            )
        made, secret = await store.accounts.create(name)
        return {"account": made.id, "secret": secret, "key_file": str(shared.config().key_file)}

    show(on_new_store(shared, work), as_json=as_json)


@click.group()
def account() -> None:
    """List accounts, and replace their secrets.

    \b
      offhook account list
      offhook account secret
      offhook account delete MA7K2Q9X4M1ZB8T3W5RC
    """


@account.command("list")
@as_json_option
@pass_shared
def list_accounts(shared: Shared, as_json: bool) -> None:
    """All accounts of this server."""

    async def work(store: Store) -> list[object]:
        return [*(await store.accounts.list(limit=1000)).items]

    rows = on_store(shared, work)
    table(rows, ("id", "name", "created_at"), as_json=as_json, empty="No account: offhook init")


@account.command("show")
@account_option
@as_json_option
@pass_shared
def show_account(shared: Shared, account: str | None, as_json: bool) -> None:
    """One account, without its secret."""

    async def work(store: Store) -> object:
        return await store.accounts.get(await account_of(store, account))

    show(on_store(shared, work), as_json=as_json)


@account.command("secret")
@account_option
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@as_json_option
@pass_shared
def new_secret(shared: Shared, account: str | None, yes: bool, as_json: bool) -> None:
    """Replace the secret; the old one and the tokens it signed stop working at once."""
    if not yes:
        click.confirm("The old secret and all tokens it signed end now. Go on?", abort=True)

    async def work(store: Store) -> dict[str, str]:
        id = await account_of(store, account)
        return {"account": id, "secret": await store.accounts.change_secret(id)}

    show(on_store(shared, work), as_json=as_json)


@account.command("delete")
@click.argument("id")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@pass_shared
def delete(shared: Shared, id: str, yes: bool) -> None:
    """Delete an account and all it owns: endpoints, applications, keys, calls and callbacks."""

    async def name(store: Store) -> str:
        return (await store.accounts.get(AccountId(id))).name

    async def work(store: Store) -> None:
        await store.accounts.delete(AccountId(id))

    named = on_store(shared, name)
    if not yes:
        click.confirm(f"All of the account {named!r} ends now. Go on?", abort=True)
    on_store(shared, work)
