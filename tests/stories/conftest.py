"""Every story plays in virtual time, and most of them in both dialects."""

import gc
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from dialect_xml import DIALECT_XML, DialectXml
from dropping import drop_attribute, rename_parameter
from offhook.base.ids import CallId
from offhook.base.journal.entry import Entry, details, secrets
from offhook.base.journal.inputs import Input, read_event, write_event
from offhook.base.journal.table import decode
from offhook.testing.loop import VirtualLoop
from offhook.testing.memory import InMemoryRecords

_SCHEMA: Final = json.loads((Path(__file__).parents[2] / "spec/events.schema.json").read_text())
_VALID: Final = {each["title"]: jsonschema.Draft202012Validator(each) for each in _SCHEMA["oneOf"]}


def pytest_collection_finish() -> None:
    """What imports have made stays: the collector need not look at it thousands of times."""
    gc.collect()
    gc.freeze()


@lru_cache(maxsize=4_096)
def _read(event: str, shown: str, sealed: str) -> type:
    """Type of the entry that is read from it, if it fits the schema. A story repeats most of its entries."""
    document: dict[str, Any] = json.loads(shown)
    _VALID[event].validate({"event": event, "details": document})
    read = decode(event, document | json.loads(sealed))
    assert read.event == event
    return type(read)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    """Time jumps."""
    return "asyncio", {"loop_factory": VirtualLoop}


@pytest.fixture(params=DIALECT_XML)
def xml(request: pytest.FixtureRequest) -> DialectXml:
    """Each dialect in turn."""
    return DIALECT_XML[request.param]


@pytest.fixture(autouse=True)
def _every_entry_fits_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every entry and input of a story fits the schema, and is read as it was written."""
    note, receive = InMemoryRecords.note, InMemoryRecords.receive

    def checked_note(self: InMemoryRecords, call: CallId, entry: Entry) -> None:
        shown, sealed = json.dumps(details(entry.body)), json.dumps(secrets(entry.body))
        assert _read(entry.event, shown, sealed) is type(entry.body)
        note(self, call, entry)

    def checked_receive(self: InMemoryRecords, call: CallId, entry: Input) -> None:
        written = write_event(entry.event)
        assert write_event(read_event(json.loads(json.dumps(written)))) == written
        receive(self, call, entry)

    monkeypatch.setattr(InMemoryRecords, "note", checked_note)
    monkeypatch.setattr(InMemoryRecords, "receive", checked_receive)


@pytest.fixture(autouse=True)
def _without(monkeypatch: pytest.MonkeyPatch) -> None:
    """For `tools/verb_table.py --try`: an attribute is dropped, or a parameter of requests renamed."""
    wanted = os.environ.get("OFFHOOK_WITHOUT", "")
    if not wanted:
        return
    dialect, element, name = wanted.split(":")
    if element:
        drop_attribute(monkeypatch, dialect, element, name)
    else:
        rename_parameter(monkeypatch, dialect, name)
