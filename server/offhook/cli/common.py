"""What commands share: settings, the store, one way to show things, one way to fail."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import click

from offhook.base.config import Config
from offhook.base.errors import OffhookError, UsageError
from offhook.base.ids import AccountId, ApplicationId
from offhook.cli.settings import Shared, give_up
from offhook.egress.policy import Policy, is_loopback_url
from offhook.runtime.store import find_store, open_store
from offhook.store import directory
from offhook.store.pagination import Page
from offhook.store.store import Store

T = TypeVar("T")


def on_store(shared: Shared, work: Callable[[Store], Awaitable[T]]) -> T:
    """Do `work` on the store of a server that was here before, whether it runs or not."""
    return run(_with(find_store, shared, work))


def on_new_store(shared: Shared, work: Callable[[Store], Awaitable[T]]) -> T:
    """Do `work` on the server's store, which is made if it is missing."""
    return run(_with(open_store, shared, work))


async def _with(
    opening: Callable[[Config], Awaitable[Store]],
    shared: Shared,
    work: Callable[[Store], Awaitable[T]],
) -> T:
    store = await opening(shared.config())
    try:
        return await work(store)
    finally:
        await store.close()


def run(work: Awaitable[T]) -> T:
    """Run it; an error is printed in two lines."""

    async def awaited() -> T:
        return await work

    try:
        return asyncio.run(awaited())
    except OffhookError as error:
        give_up(error)


def warn(text: str) -> None:
    """Say what works, but perhaps not as it is meant."""
    click.secho(f"offhook: {text}", fg="yellow", err=True)


def web_policy(config: Config) -> Policy:
    """Which web servers the server may ask: the one that runs, else the one that these settings make."""
    serving = directory.serving_at(config.data_dir)
    loopback = config.loopback if not serving else is_loopback_url(serving)
    return Policy.of(config.webhook_allow, loopback=loopback)


async def account_of(store: Store, wanted: str | None) -> AccountId:
    """The account that is meant: the one that is named, or the only one.

    Raises:
        UsageError: there are several and none is named, or none at all.
        NotFound: there is none of that id.
    """
    named = wanted or os.environ.get("OFFHOOK_ACCOUNT")
    if named:
        return (await store.accounts.get(AccountId(named))).id
    found = [account.id for account in (await store.accounts.list(limit=2)).items]
    if not found:
        raise UsageError("there is no account yet; make one with `offhook init`")
    if len(found) > 1:
        raise UsageError("there are several accounts; choose one with --account")
    return found[0]


async def application_of(store: Store, account: AccountId, wanted: str) -> ApplicationId:
    """The application that is meant, by name or by id.

    Raises:
        NotFound: the account has none such.
    """
    return (await store.applications.lookup(account, wanted)).id


def named_values(pairs: Iterable[str]) -> dict[str, str]:
    """What `--parameter NAME=VALUE` gave.

    Raises:
        UsageError: one is not written like that.
    """
    split = {pair: pair.partition("=") for pair in pairs}
    for pair, (name, equals, _) in split.items():
        if not name or not equals:
            raise UsageError(f"--parameter must be NAME=VALUE, not {pair!r}")
    return {name: value for name, _, value in split.values()}


def show(value: object, *, as_json: bool) -> None:
    """One thing: a line for each field, or JSON."""
    if as_json:
        click.echo(json.dumps(plain(value), indent=2, default=str))
        return
    rows: dict[str, object] = plain(value)
    width = max((len(name) for name in rows), default=0)
    for name, field in rows.items():
        click.echo(f"{name:<{width}}  {_text(field)}")


def table(rows: Iterable[object], columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """Several things: a line for each, or a JSON list."""
    shown: list[dict[str, Any]] = [plain(row) for row in rows]
    if as_json:
        click.echo(json.dumps(shown, indent=2, default=str))
        return
    if not shown:
        click.echo(empty, err=True)
        return
    cells = [[name.upper().replace("_", " ") for name in columns]]
    cells += [[_text(row[name]) for name in columns] for row in shown]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    for line in cells:
        padded = (f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def plain(value: object) -> Any:  # noqa: ANN401  (whatever the value is made of)
    """A value of ours as a dictionary."""
    if not is_dataclass(value):
        return value
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _text(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
account_option = click.option(
    "--account", metavar="ID", help="The account; optional if there is only one."
)
pass_shared = click.make_pass_decorator(Shared)


def add_list(
    group: click.Group,
    help: str,
    columns: Sequence[str],
    empty: str,
    items: Callable[[Store, AccountId], Awaitable[Page[Any]]],
) -> None:
    """Add `list` to a group: what an account has of a kind.

    Args:
        group: The commands of the kind.
        help: What the command shows.
        columns: Fields that are shown.
        empty: What is printed if there is nothing.
        items: Reads them from the store.
    """

    @group.command("list", help=help)
    @account_option
    @as_json_option
    @pass_shared
    def list_command(shared: Shared, account: str | None, as_json: bool) -> None:
        async def work(store: Store) -> list[object]:
            return [*(await items(store, await account_of(store, account))).items]

        table(on_store(shared, work), columns, as_json=as_json, empty=empty)


def add_delete(
    group: click.Group,
    argument: str,
    help: str,
    delete: Callable[[Store, AccountId, str], Awaitable[None]],
) -> None:
    """Add `delete` to a group.

    Args:
        group: The commands of the kind.
        argument: What names one, in capitals.
        help: What the command does.
        delete: Deletes one of the account from the store.
    """

    @group.command("delete", help=help)
    @click.argument("key", metavar=argument)
    @account_option
    @pass_shared
    def delete_command(shared: Shared, key: str, account: str | None) -> None:
        async def work(store: Store) -> None:
            await delete(store, await account_of(store, account), key)

        on_store(shared, work)
