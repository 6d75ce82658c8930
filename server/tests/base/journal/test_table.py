"""Every kind of entry has a name of its own, is read as it was written, and fits the schema."""

import inspect
import json
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offhook.base.journal import (
    call_entries,
    conference_entries,
    media_entries,
    recording_entries,
    script_entries,
    table,
)
from offhook.base.journal.entry import (
    JournalEntry,
    UnknownEntry,
    details,
    field_names,
    parted,
    secrets,
)
from offhook.base.journal.table import KINDS, decode

SCHEMA: Mapping[str, Any] = json.loads(
    (Path(__file__).parents[4] / "spec/events.schema.json").read_text()
)
MODULES = (call_entries, conference_entries, media_entries, recording_entries, script_entries)
KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


# No "@": a login in a URL is left out of details, which is tested by itself.
TEXT: Final = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="@"), max_size=9)
FLOATS: Final = st.floats(allow_nan=False, allow_infinity=False)
SCALARS: Final = st.one_of(st.none(), st.booleans(), st.integers(), FLOATS, TEXT)
JSON: Final = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner), st.dictionaries(TEXT, inner)), max_leaves=5
)
_VALUES: Final[Mapping[object, st.SearchStrategy[Any]]] = {
    str: TEXT,
    bool: st.booleans(),
    int: st.integers(),
    float: FLOATS,
    type(None): st.none(),
    object: JSON,
}


def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    parts = typing.get_args(annotation)
    match typing.get_origin(annotation):
        case types.UnionType:
            return st.one_of(*map(values_of, parts))
        case origin if origin is Mapping:
            return st.dictionaries(TEXT, values_of(parts[1]), max_size=3)
        case origin if origin is Sequence:
            return st.lists(values_of(parts[0]), max_size=3)
        case _:
            return _VALUES[annotation]


def bodies_of(kind: type[JournalEntry]) -> st.SearchStrategy[JournalEntry]:
    """Any body of this kind that this version writes."""
    hints = typing.get_type_hints(kind)
    own = set(field_names(kind).values())
    given = {
        field.name: values_of(hints[field.name]) for field in fields(kind) if field.name in own
    }
    required = {
        field.name for field in fields(kind) if field.name in own and field.default is MISSING
    }
    optional = {name: each for name, each in given.items() if name not in required}
    return st.fixed_dictionaries({name: given[name] for name in required}, optional=optional).map(
        lambda chosen: kind(**chosen)
    )


def subclasses(kind: type[JournalEntry]) -> Iterator[type[JournalEntry]]:
    for each in kind.__subclasses__():
        # A dataclass with slots is made from one without, which is a subclass as well.
        if "__slots__" in vars(each):
            yield each
        yield from subclasses(each)


def through_json(body: JournalEntry) -> dict[str, object]:
    return json.loads(json.dumps(details(body) | secrets(body)))


@KIND
@given(st.data(), st.dictionaries(st.sampled_from(["pii_x", "secret_x", "x"]), st.integers()))
def test_what_is_personal_or_secret_is_only_written_sealed(
    kind: type[JournalEntry], data: st.DataObject, more: dict[str, object]
) -> None:
    body = replace(data.draw(bodies_of(kind)), more=more or None)
    shown, sealed = parted(body)
    assert shown == {k: v for k, v in details(body).items() if not k.startswith("pii_")}
    personal = {k: v for k, v in details(body).items() if k.startswith("pii_")}
    assert sealed == personal | secrets(body)


def test_every_kind_is_in_the_table_exactly_once() -> None:
    listed = [kind for module in MODULES for kind in module.ENTRIES]
    assert len(listed) == len(set(listed)) == len(KINDS), "no kind twice, no name twice"
    defined = {
        each
        for module in MODULES
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, JournalEntry) and each.__module__ == module.__name__
    }
    assert defined == set(listed)
    assert {each.__name__ for each in subclasses(JournalEntry)} == {
        *(kind.__name__ for kind in listed),
        UnknownEntry.__name__,
    }


@KIND
def test_a_name_is_kebab_case_and_only_state_can_be_droppable(kind: type[JournalEntry]) -> None:
    assert kind.EVENT
    assert kind.EVENT.lower().strip("-") == kind.EVENT
    assert kind.EVENT.replace("-", "").isalpha()
    assert kind.is_numbered() or not kind.DROPPABLE


@KIND
@given(data=st.data())
@settings(max_examples=8)
def test_every_kind_is_read_as_it_was_written(
    kind: type[JournalEntry], data: st.DataObject
) -> None:
    body = data.draw(bodies_of(kind))
    written = through_json(body)
    read = decode(body.event, written)
    assert read == body
    assert json.dumps(details(read)) == json.dumps(details(body)), "numbers stay what they were"


@KIND
@given(data=st.data())
@settings(max_examples=8)
def test_what_people_read_of_every_kind_fits_the_schema(
    kind: type[JournalEntry], data: st.DataObject
) -> None:
    body = data.draw(bodies_of(kind))
    shown = json.loads(json.dumps({"event": body.event, "details": details(body)}))
    assert not [key for key in shown["details"] if key.startswith("secret_")]
    (own,) = [each for each in SCHEMA["oneOf"] if each["title"] == kind.EVENT]
    jsonschema.Draft202012Validator(own).validate(shown)


def test_the_schema_has_every_kind_and_refuses_what_is_none() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert table.schema() == SCHEMA
    assert [each["title"] for each in SCHEMA["oneOf"]] == sorted(KINDS)
    assert '"secret_' not in json.dumps(SCHEMA)
    valid = jsonschema.Draft202012Validator(SCHEMA)
    muted = {"event": "leg-muted", "details": {"by": "server"}}
    assert valid.is_valid(muted)
    for wrong in (
        {"event": "leg-moted", "details": {"by": "server"}},
        {"event": "leg-muted", "details": {"by": 1}},
        {"event": "leg-muted", "details": {"by": "server", "since": 1}},
        {"event": "leg-ended", "details": {"by": "peer"}},
    ):
        assert not valid.is_valid(wrong)


def test_an_event_of_another_version_survives_and_keeps_its_secrets() -> None:
    written = {"pii_note": "x", "n": [1, {}], "secret_key": "k"}
    body = decode("call-parked", written)
    assert body.event == "call-parked"
    assert details(body) == {"pii_note": "x", "n": [1, {}]}
    assert secrets(body) == {"secret_key": "k"}
    assert decode(body.event, through_json(body)) == body


def test_fields_of_another_version_survive_and_keep_their_secrets() -> None:
    written = {"cause": "busy", "by": "peer", "sip": 486, "secret_trace": "t"}
    body = decode("leg-ended", written)
    assert isinstance(body, call_entries.LegEnded)
    assert (body.cause, body.by) == ("busy", "peer")
    assert details(body) == {"cause": "busy", "by": "peer", "sip": 486}
    assert secrets(body) == {"secret_trace": "t"}
    assert decode(body.event, through_json(body)) == body


@pytest.mark.parametrize("written", [{"cause": "busy"}, {"cause": 1, "by": "peer"}, {}])
def test_a_known_event_without_its_fields_is_kept_as_it_was_written(
    written: dict[str, object],
) -> None:
    body = decode("leg-ended", written)
    assert isinstance(body, UnknownEntry)
    assert (body.event, details(body)) == ("leg-ended", written)


def test_former_names_are_read_under_the_present_ones() -> None:
    body = decode("leg-began", {"direction": "inbound", "pii_peer": "client:alice"})
    assert body == call_entries.LegStarted(direction="inbound", pii_peer="client:alice")
    assert body.event == "leg-started"
