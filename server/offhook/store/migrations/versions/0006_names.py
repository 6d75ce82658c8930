"""The names of causes, of who ended a leg, and of a journal's events and their details."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_CAUSES: Final = {
    "elsewhere": "answered-elsewhere",
    "lost-race": "answered-by-other",
    "device-lost": "endpoint-lost",
    "no-codec": "incompatible-media",
    "script-ended": "document-ended",
}
_ENDED_BY: Final = {"us": "server"}
_EVENTS: Final = {
    "call-began": "call-started",
    "leg-began": "leg-started",
    "legs-joined": "legs-bridged",
    "legs-parted": "legs-unbridged",
    "legs-crossed": "attended-transfer",
    "leg-rang": "leg-ringing",
    "leg-pressed": "digit-received",
    "leg-messaged": "message-received",
    "leg-reoffered": "offer-received",
    "reoffer-answered": "offer-answered",
    "transfer-asked": "transfer-requested",
    "quality-warned": "quality-warning",
    "quality-mended": "quality-warning-cleared",
    "page-leaving": "page-unloading",
    "page-attached": "page-reattached",
    "link-back": "link-resumed",
    "media-moved": "path-changed",
    "play-began": "play-started",
    "play-refused": "play-failed",
    "digits-refused": "digits-failed",
    "no-offer": "offer-failed",
    "document-asked": "document-requested",
    "document-came": "document-received",
    "application-told": "notification-sent",
    "telling-failed": "notification-failed",
    "hang-up-received": "hangup-received",
    "crashed": "call-crashed",
}
_DETAILS: Final = {"why": "reason", "told": "signalled"}

_calls: Final = sa.table(
    "calls",
    sa.column("id", sa.String),
    sa.column("cause", sa.String),
    sa.column("dialled_cause", sa.String),
    sa.column("journal", sa.JSON),
)
_legs: Final = sa.table("legs", sa.column("cause", sa.String), sa.column("ended_by", sa.String))


def upgrade() -> None:
    """Rewrite what ended calls are kept with, their journals included."""
    _rewrite(_CAUSES, _ENDED_BY, _EVENTS, _DETAILS)


def downgrade() -> None:
    """The former names again; of two events that have one name now, the first."""
    _rewrite(*(_inverse(names) for names in (_CAUSES, _ENDED_BY, _EVENTS, _DETAILS)))


def _inverse(names: Mapping[str, str]) -> Mapping[str, str]:
    return {new: old for old, new in names.items()}


def _rewrite(
    causes: Mapping[str, str],
    ended_by: Mapping[str, str],
    events: Mapping[str, str],
    details: Mapping[str, str],
) -> None:
    columns = (
        (_calls, _calls.c.cause, causes),
        (_calls, _calls.c.dialled_cause, causes),
        (_legs, _legs.c.cause, causes),
        (_legs, _legs.c.ended_by, ended_by),
    )
    for table, column, names in columns:
        for old, new in names.items():
            op.execute(sa.update(table).where(column == old).values({column.name: new}))
    values = {"cause": causes, "by": ended_by}

    def rewritten(entry: list[Any]) -> list[Any]:
        number, at, event, leg, facts = entry
        changed = {
            details.get(key, key): values[key].get(fact, fact)
            if key in values and isinstance(fact, str)
            else fact
            for key, fact in facts.items()
        }
        return [number, at, events.get(event, event), leg, changed]

    _rewrite_journals(rewritten)


def _rewrite_journals(rewritten: Callable[[list[Any]], list[Any]]) -> None:
    connection = op.get_bind()
    after = ""
    while rows := connection.execute(
        sa.select(_calls.c.id, _calls.c.journal)
        .where(_calls.c.id > after)
        .order_by(_calls.c.id)
        .limit(500)
    ).all():
        for id_, journal in rows:
            new = [rewritten(entry) for entry in journal]
            if new != journal:
                connection.execute(sa.update(_calls).where(_calls.c.id == id_).values(journal=new))
        after = rows[-1].id
