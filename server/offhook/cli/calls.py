"""`offhook calls`: what remains of calls, and how each went."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any, Final, cast

import click

from offhook.base.cause_catalog import CAUSES
from offhook.base.ids import CallId
from offhook.base.journal.entry import Entry
from offhook.base.media import MediaReport
from offhook.base.records import CallRecord, DialRecord
from offhook.cli.common import (
    account_of,
    account_option,
    as_json_option,
    on_store,
    pass_shared,
    table,
)
from offhook.cli.settings import Shared
from offhook.store.feedback import LegFeedback
from offhook.store.store import Store

_LONGEST: Final = 200


@click.group()
def calls() -> None:
    """List calls that run or have ended, read the journal of one, and control one that runs.

    \b
      offhook calls live
      offhook calls list
      offhook calls show 5f0c1b7e9d3a4c525f0c1b7e9d3a4c52
      offhook calls quality 5f0c1b7e9d3a4c525f0c1b7e9d3a4c52
    """


@calls.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@account_option
@as_json_option
@pass_shared
def list_calls(shared: Shared, limit: int, account: str | None, as_json: bool) -> None:
    """List the last calls, newest first."""

    async def work(store: Store) -> list[CallRecord]:
        owner = await account_of(store, account)
        return [*(await store.calls.list(owner, limit=limit)).items]

    rows = [_brief(record, full=as_json) for record in on_store(shared, work)]
    columns = (
        *("started_at", "caller", "callee", "duration_s", "answered_s"),
        *("cause", "dialled", "hung_up_by", "id"),
    )
    table(rows, columns, as_json=as_json, empty="No call has ended yet.")


@calls.command("show")
@click.argument("id")
@account_option
@as_json_option
@pass_shared
def show_call(shared: Shared, id: str, account: str | None, as_json: bool) -> None:
    """One call with its journal, as a ladder with a column for each leg, and what people thought of it."""

    async def work(store: Store) -> tuple[CallRecord, Sequence[LegFeedback]]:
        owner, call = await account_of(store, account), CallId(id)
        return await store.calls.get(owner, call), await store.feedback.of_call(owner, call)

    record, said = on_store(shared, work)
    if as_json:
        feedback = [dataclasses.asdict(given) for given in said]
        journal = [_written(entry) for entry in record.journal]
        shown = dataclasses.asdict(dataclasses.replace(record, journal=()))
        shown |= {"journal": journal, "feedback": feedback}
        click.echo(json.dumps(shown, indent=2, default=str))
        return
    for line in (*ladder(record), *verdicts(said)):
        click.echo(line)


@calls.command("quality")
@click.argument("id")
@account_option
@as_json_option
@pass_shared
def show_quality(shared: Shared, id: str, account: str | None, as_json: bool) -> None:
    """Show the quality samples of a call's pages, one line per second."""

    async def work(store: Store) -> list[dict[str, Any]]:
        owner, after, rows = await account_of(store, account), "", list[dict[str, Any]]()
        while True:
            page = await store.samples.of_call(owner, CallId(id), after=after, limit=1000)
            rows += [
                {"leg": one.leg} | dict(second) for one in page.items for second in one.samples
            ]
            if not (after := page.next):
                return rows

    rows = on_store(shared, work)
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    every = [{name: row.get(name) for name in columns} for row in rows]
    table(every, columns, as_json=as_json, empty="The pages of this call measured nothing.")


def _brief(record: CallRecord, *, full: bool) -> dict[str, Any]:
    brief: dict[str, Any] = {
        "id": record.id,
        "started_at": f"{record.started_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "caller": record.caller,
        "callee": record.callee,
        "duration_s": f"{record.duration_s:.1f}",
        "answered_s": f"{record.answered_s:.1f}",
        "cause": record.cause.value,
        "dialled": _dialled(record.dialled),
        "hung_up_by": record.hung_up_by or "-",
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
            "dialled": record.dialled and dataclasses.asdict(record.dialled),
            "hung_up_by": record.hung_up_by,
        }
    return brief


def _dialled(dialled: DialRecord | None) -> str:
    """In one word: `answered`, or why no party was reached."""
    if dialled is None:
        return "-"
    return "answered" if dialled.answered else dialled.cause.value


def ladder(record: CallRecord) -> Iterator[str]:
    """The call as lines of text: its facts, its legs, and what happened on which of them."""
    yield f"{record.caller} called {record.callee or 'no address'}"
    yield f"  {record.id}, {record.started_at:%Y-%m-%d %H:%M:%S %Z}, {record.dialect}"
    yield f"  {record.duration_s:.1f} s, of which {record.answered_s:.1f} s answered"
    yield f"  {record.cause.value}: {CAUSES[record.cause].sentence}"
    if record.dialled is not None:
        yield f"  dialled: {_dialled(record.dialled)}: {CAUSES[record.dialled.cause].sentence}"
    if record.hung_up_by:
        yield f"  ended by the {record.hung_up_by}"
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


def verdicts(said: Sequence[LegFeedback]) -> Iterator[str]:
    """What people thought of a call, a line each."""
    if said:
        yield ""
    for given in said:
        feedback = given.feedback
        issues = f": {', '.join(feedback.issues)}" if feedback.issues else ""
        note = f" ({feedback.note})" if feedback.note else ""
        yield f"  {given.party} gives {feedback.score} of 5{issues}{note}"


def _written(entry: Entry) -> dict[str, Any]:
    """A line of the journal, as the API returns it."""
    return {
        "number": entry.number,
        "detail": entry.detail,
        "at": entry.at,
        "event": entry.event,
        "leg": entry.leg,
        "details": entry.details,
    }


def _details(entry: Entry) -> str:
    shown = [f"{name.removeprefix('pii_')}={value}" for name, value in _flat(entry.details)]
    return f"  {' '.join(shown)}" if shown else ""


def _flat(details: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """The details as names and short texts: a value with parts is a name for each of its parts."""
    for name, value in details.items():
        if isinstance(value, Mapping):
            yield from _flat(cast("Mapping[str, Any]", value), f"{before}{name}.")
        elif value is not None:
            text = f"{value:.4g}" if isinstance(value, float) else str(value)
            yield before + name, text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _media(media: MediaReport | None) -> str:
    if media is None or not media.codec:
        return "no sound"
    lost = f"{media.received.lost} of {media.received.packets + media.received.lost} lost"
    rtt = "" if media.rtt_ms is None else f", {media.rtt_ms:.0f} ms round trip"
    silent = ", its microphone sent silence" if media.received.is_silent else ""
    return f"{media.codec}, {lost}{rtt}{silent}"
