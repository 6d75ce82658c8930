"""`offhook callbacks`: callbacks that your web servers did not accept for a day."""

from datetime import UTC, datetime

import click

from offhook.base.errors import UsageError
from offhook.base.ids import AccountId
from offhook.cli.common import (
    account_of,
    account_option,
    as_json_option,
    on_store,
    pass_shared,
    table,
)
from offhook.cli.settings import Shared
from offhook.store.outbox import PendingCallback
from offhook.store.store import Store


@click.group()
def callbacks() -> None:
    """List failed callbacks, and send them again.

    \b
      offhook callbacks list
      offhook callbacks retry --all
    """


@callbacks.command("list")
@account_option
@as_json_option
@pass_shared
def list_callbacks(shared: Shared, account: str | None, as_json: bool) -> None:
    """List failed callbacks, with the reason of the last attempt."""

    async def work(store: Store) -> list[PendingCallback]:
        return await _all_dead_letters(store, await account_of(store, account))

    rows = [
        {
            "key": pending.callback.key,
            "call": pending.callback.call,
            "host": _host(pending.callback.request.url),
            "tries": pending.tries,
            "queued_at": f"{datetime.fromtimestamp(pending.queued_at, UTC):%Y-%m-%d %H:%M:%S} UTC",
            "reason": pending.reason,
        }
        for pending in on_store(shared, work)
    ]
    columns = ("queued_at", "tries", "host", "reason", "call", "key")
    table(rows, columns, as_json=as_json, empty="No failed callbacks.")


@callbacks.command("retry")
@click.argument("key", required=False)
@click.option("--all", "every", is_flag=True, help="Retry all failed callbacks.")
@account_option
@pass_shared
def retry(shared: Shared, key: str | None, every: bool, account: str | None) -> None:
    """Send a failed callback again, or all of them; a running server does so within 30 s."""
    if every == (key is not None):
        raise UsageError("give the key of one callback, or --all")

    async def work(store: Store) -> int:
        owner = await account_of(store, account)
        dead_letters = await _all_dead_letters(store, owner) if key is None else []
        keys = [pending.callback.key for pending in dead_letters] if key is None else [key]
        for each in keys:
            await store.outbox.retry(owner, each)
        return len(keys)

    click.echo(f"{on_store(shared, work)} will be sent again")


async def _all_dead_letters(store: Store, account: AccountId) -> list[PendingCallback]:
    found, after = list[PendingCallback](), ""
    while True:
        page = await store.outbox.dead_letters(account, after=after, limit=1000)
        found += page.items
        if not (after := page.next):
            return found


def _host(url: str) -> str:
    # Neither credentials nor parameters: both can be secrets.
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition("?")[0]
