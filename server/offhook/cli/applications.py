"""`offhook application`: where to ask what happens with a call."""

import click

from offhook.cli.common import (
    Shared,
    account_of,
    account_option,
    application_of,
    as_json_option,
    on_store,
    pass_shared,
    show,
    table,
)
from offhook.dialects.known import known
from offhook.store.store import Store

_METHOD = click.Choice(["GET", "POST"])


@click.group()
def application() -> None:
    """Make, list and delete applications.

    \b
      offhook application create switchboard --dialect DIALECT \\
              --answer-url https://voice.example/answer
      offhook application list
    """


@application.command("create")
@click.argument("name")
@click.option(
    "--dialect", required=True, type=click.Choice(sorted(known())), help="Whose XML it speaks."
)
@click.option("--answer-url", required=True, metavar="URL", help="Asked when a call begins.")
@click.option("--answer-method", type=_METHOD, default="POST", show_default=True)
@click.option("--fallback-url", default="", metavar="URL", help="Asked when that fails.")
@click.option("--fallback-method", type=_METHOD, default="POST", show_default=True)
@click.option("--hangup-url", default="", metavar="URL", help="Told when a call has ended.")
@click.option("--hangup-method", type=_METHOD, default="POST", show_default=True)
@account_option
@as_json_option
@pass_shared
def create(
    shared: Shared, name: str, dialect: str, account: str | None, as_json: bool, **urls: str
) -> None:
    """Make an application.

    \b
      offhook application create switchboard --dialect DIALECT \\
              --answer-url https://voice.example/answer --hangup-url https://voice.example/end
    """

    async def work(store: Store) -> object:
        owner = await account_of(store, account)
        return await store.applications.create(owner, name=name, dialect=dialect, **urls)

    show(on_store(shared, work), as_json=as_json)


@application.command("list")
@account_option
@as_json_option
@pass_shared
def list_applications(shared: Shared, account: str | None, as_json: bool) -> None:
    """The account's applications."""

    async def work(store: Store) -> list[object]:
        owner = await account_of(store, account)
        return [*(await store.applications.list(owner, limit=1000)).items]

    columns = ("name", "dialect", "answer_method", "answer_url", "id")
    table(on_store(shared, work), columns, as_json=as_json, empty="No application yet.")


@application.command("delete")
@click.argument("name")
@account_option
@pass_shared
def delete(shared: Shared, name: str, account: str | None) -> None:
    """Delete an application, by name or id."""

    async def work(store: Store) -> None:
        owner = await account_of(store, account)
        await store.applications.delete(owner, await application_of(store, owner, name))

    on_store(shared, work)
