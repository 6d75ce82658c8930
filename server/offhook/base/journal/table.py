"""All kinds of journal entries: found by name, read back from JSON, and described as one JSON Schema."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from offhook.base.journal import (
    call_entries,
    conference_entries,
    inputs,
    media_entries,
    recording_entries,
    script_entries,
)
from offhook.base.journal.entry import SCHEMA_VERSION, JournalEntry, UnknownEntry, field_names

KINDS: Final[Mapping[str, type[JournalEntry]]] = {
    kind.EVENT: kind
    for kind in (
        *call_entries.ENTRIES,
        *conference_entries.ENTRIES,
        *media_entries.ENTRIES,
        *recording_entries.ENTRIES,
        *script_entries.ENTRIES,
    )
}
"""The kinds by the names of their events."""
_FORMER: Final = {"call-began": "call-started", "leg-began": "leg-started"}
"""Events by their former names, which journals that are older have."""


@cache
def _adapter(kind: type[JournalEntry]) -> TypeAdapter[JournalEntry]:
    return TypeAdapter(kind)


def decode(event: str, values: Mapping[str, object]) -> JournalEntry:
    """The body of an entry, from its name and its values in JSON.

    What another version wrote is kept: a kind that this one does not know as an `UnknownEntry`, a
    field in `more`.
    """
    kind = KINDS.get(_FORMER.get(event, event))
    if kind is None:
        return UnknownEntry(name=event, json=values)
    names = field_names(kind)
    known = {names[key]: value for key, value in values.items() if key in names}
    try:
        body = _adapter(kind).validate_python(known)
    except ValidationError:
        return UnknownEntry(name=event, json=values)
    more = {key: value for key, value in values.items() if key not in names}
    return replace(body, more=more) if more else body


def schema() -> dict[str, Any]:
    """The JSON Schema of what people read of a journal: an entry's event with its details."""
    entries = [_schema_of(kind) for _, kind in sorted(KINDS.items())]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Entries of a call's journal",
        "$comment": "Made from server/offhook/base/journal by `tools/generate.py`; do not edit.",
        "version": SCHEMA_VERSION,
        "oneOf": entries,
        "inputs": inputs.schemas(),
    }


def _schema_of(kind: type[JournalEntry]) -> dict[str, Any]:
    made = _adapter(kind).json_schema()
    keys = {name: key for key, name in field_names(kind).items()}
    shown = {
        keys[name]: {
            part: value for part, value in each.items() if part not in ("title", "default")
        }
        for name, each in made.get("properties", {}).items()
        if name in keys and not name.startswith("secret_")
    }
    required = [keys[name] for name in made.get("required", ()) if keys.get(name) in shown]
    return {
        "title": kind.EVENT,
        "description": (kind.__doc__ or "").partition("\n")[0],
        "class": str(kind.CLASS),
        "role": str(kind.role()),
        "properties": {
            "event": {"const": kind.EVENT},
            "details": {
                "type": "object",
                "properties": shown,
                "required": required,
                "additionalProperties": False,
            },
        },
        "required": ["event", "details"],
    }
