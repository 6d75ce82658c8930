"""`offhook application`: where to ask what happens with a call."""

import click

from offhook.base.accounts import Application
from offhook.base.ids import AccountId
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
    web_policy,
)
from offhook.cli.settings import Shared
from offhook.cli.trying import try_application
from offhook.dialects.registry import plugins
from offhook.egress.policy import refused_urls
from offhook.store.store import Store

_METHOD = click.Choice(["GET", "POST"])


@click.group()
def application() -> None:
    """Make, try, list, change and delete applications.

    \b
      offhook application create switchboard --dialect DIALECT \\
              --answer-url https://voice.example/answer
      offhook application update switchboard --answer-url https://voice.example/v2
      offhook application try switchboard --to bob
      offhook application list
    """


@application.command("create")
@click.argument("name")
@click.option(
    "--dialect", required=True, type=click.Choice(sorted(plugins())), help="The dialect of its XML."
)
@click.option("--answer-url", required=True, metavar="URL", help="Requested when a call starts.")
@click.option("--answer-method", type=_METHOD, default="POST", show_default=True)
@click.option(
    "--fallback-url", default="", metavar="URL", help="Requested when the answer URL fails."
)
@click.option("--fallback-method", type=_METHOD, default="POST", show_default=True)
@click.option("--hangup-url", default="", metavar="URL", help="Requested when a call has ended.")
@click.option("--hangup-method", type=_METHOD, default="POST", show_default=True)
@account_option
@as_json_option
@pass_shared
def create(
    shared: Shared, name: str, dialect: str, account: str | None, as_json: bool, **urls: str
) -> None:
    """Create an application.

    \b
      offhook application create switchboard --dialect DIALECT \\
              --answer-url https://voice.example/answer --hangup-url https://voice.example/end
    """

    async def work(store: Store) -> Application:
        owner = await account_of(store, account)
        return await store.applications.create(owner, name=name, dialect=dialect, **urls)

    made = on_store(shared, work)
    show(made, as_json=as_json)
    _warn(shared, made)


@application.command("update")
@click.argument("name")
@click.option("--name", "new_name", metavar="NAME", help="New name.")
@click.option("--dialect", type=click.Choice(sorted(plugins())), help="The dialect of its XML.")
@click.option("--answer-url", metavar="URL", help="Requested when a call starts.")
@click.option("--answer-method", type=_METHOD)
@click.option(
    "--fallback-url", metavar="URL", help="Requested when the answer URL fails; empty for none."
)
@click.option("--fallback-method", type=_METHOD)
@click.option(
    "--hangup-url", metavar="URL", help="Requested when a call has ended; empty for none."
)
@click.option("--hangup-method", type=_METHOD)
@account_option
@as_json_option
@pass_shared
def update(
    shared: Shared,
    name: str,
    new_name: str | None,
    account: str | None,
    as_json: bool,
    **changes: str | None,
) -> None:
    """Change an application, by name or id; other settings stay.

    \b
      offhook application update switchboard --answer-url https://voice.example/v2

    Calls in progress continue with the former settings.
    """
    wanted = {field: value for field, value in changes.items() if value is not None}
    if new_name is not None:
        wanted["name"] = new_name

    async def work(store: Store) -> Application:
        owner = await account_of(store, account)
        id = await application_of(store, owner, name)
        return await store.applications.change(owner, id, **wanted)

    shown = on_store(shared, work)
    show(shown, as_json=as_json)
    _warn(shared, shown)


add_list(
    application,
    "The account's applications.",
    ("name", "dialect", "answer_method", "answer_url", "id"),
    "No application yet.",
    lambda store, owner: store.applications.list(owner, limit=1000),
)


async def _delete(store: Store, owner: AccountId, name: str) -> None:
    await store.applications.delete(owner, await application_of(store, owner, name))


add_delete(application, "NAME", "Delete an application, by name or id.", _delete)


application.add_command(try_application)


def _warn(shared: Shared, made: Application) -> None:
    """Say now what would fail in each call."""
    for text in refused_urls(made, web_policy(shared.config())):
        warn(text.replace("\n", "\n         "))
