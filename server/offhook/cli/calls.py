"""`offhook calls`: what remains of calls, and how each went."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import click

from offhook.base.endings import ENDINGS
from offhook.base.ids import CallId
from offhook.base.media import MediaReport
from offhook.base.records import CallRecord, Entry
from offhook.cli.common import (
    Shared,
    account_of,
    account_option,
    as_json_option,
    on_store,
    pass_shared,
    table,
)
from offhook.store.store import Store


@click.group()
def calls() -> None:
    """List ended calls, and read the journal of one.

    \b
      offhook calls list
      offhook calls show 5f0c1b7e9d3a4c525f0c1b7e9d3a4c52
    """


@calls.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@account_option
@as_json_option
@pass_shared
def list_calls(shared: Shared, limit: int, account: str | None, as_json: bool) -> None:
    """The last calls, the newest first."""

    async def work(store: Store) -> list[CallRecord]:
        owner = await account_of(store, account)
        return [*(await store.calls.list(owner, limit=limit)).items]

    rows = [_brief(record, full=as_json) for record in on_store(shared, work)]
    columns = ("started_at", "caller", "callee", "duration_s", "answered_s", "cause", "id")
    table(rows, columns, as_json=as_json, empty="No call has ended yet.")


@calls.command("show")
@click.argument("id")
@account_option
@as_json_option
@pass_shared
def show_call(shared: Shared, id: str, account: str | None, as_json: bool) -> None:
    """One call with its journal, as a ladder with a column for each leg."""

    async def work(store: Store) -> CallRecord:
        return await store.calls.get(await account_of(store, account), CallId(id))

    record = on_store(shared, work)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(record), indent=2, default=str))
        return
    for line in ladder(record):
        click.echo(line)


def _brief(record: CallRecord, *, full: bool) -> dict[str, Any]:
    brief: dict[str, Any] = {
        "id": record.id,
        "started_at": record.started_at.strftime("%Y-%m-%d %H:%M:%S"),
        "caller": record.caller,
        "callee": record.callee,
        "duration_s": f"{record.duration_s:.1f}",
        "answered_s": f"{record.answered_s:.1f}",
        "cause": record.cause.value,
    }
    if full:
        brief |= {
            "started_at": record.started_at,
            "ended_at": record.ended_at,
            "duration_s": record.duration_s,
            "answered_s": record.answered_s,
            "direction": record.direction,
            "dialect": record.dialect,
            "application": record.application,
        }
    return brief


def ladder(record: CallRecord) -> Iterator[str]:
    """The call as lines of text: its facts, its legs, and what happened on which of them."""
    yield f"{record.caller} called {record.callee or 'nobody in particular'}"
    yield f"  {record.id}, {record.started_at:%Y-%m-%d %H:%M:%S %Z}, {record.dialect}"
    yield f"  {record.duration_s:.1f} s, of which {record.answered_s:.1f} s answered"
    yield f"  {record.cause.value}: {ENDINGS[record.cause].sentence}"
    yield ""
    legs = [leg.id for leg in record.legs]
    for number, leg in enumerate(record.legs):
        yield f"  leg {number + 1}: {leg.peer}, {leg.direction}, {_media(leg.media)}"
    yield ""
    head = "".join(f" {number + 1} " for number in range(len(legs)))
    yield f"{'seconds':>9} {head} event"
    for entry in record.journal:
        rails = "".join(" * " if entry.leg == leg else " | " for leg in legs)
        yield f"{entry.at:9.3f} {rails} {entry.event}{_details(entry)}"


def _details(entry: Entry) -> str:
    told = [f"{name.removeprefix('pii_')}={value}" for name, value in entry.details.items()]
    return f"  {' '.join(told)}"[:200] if told else ""


def _media(media: MediaReport | None) -> str:
    if media is None or not media.codec:
        return "no sound"
    lost = f"{media.received.lost} of {media.received.packets + media.received.lost} lost"
    rtt = "" if media.rtt_ms is None else f", {media.rtt_ms:.0f} ms round trip"
    return f"{media.codec}, {lost}{rtt}"
