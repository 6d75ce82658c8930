"""What stands of a call in the files of its journal, in the database and in answers of the API."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from dialect_xml import DialectXml
from offhook.base.ids import LegId
from offhook.base.journal.entry import FIRST, Entry, secrets
from offhook.base.journal.inputs import Input, write_event
from offhook.base.records import CallRecord
from offhook.calls.cdr import fold
from offhook.store import journal_entries, segments
from offhook.store.encryption import Cipher
from offhook.store.journal import JournalFile
from offhook.store.journal_fold import gather
from offhook.store.serialization import read_journal, write_journal
from offhook.testing.simulated_browser import CallState
from offhook.testing.simulation import Simulation
from offhook.testing.web import ORIGIN
from scenes import two_people

MESSAGE, PARAMETER, TEXT, PASSWORD = (f"canary-{n}-{n}" for n in range(4))
DIGIT = "#"


async def record_of(xml: DialectXml) -> tuple[CallRecord, list[Input]]:
    """A call with a secret of each kind."""
    async with asyncio.timeout(60), Simulation(xml.dialect()) as simulation:
        there = ORIGIN.replace("://", f"://joe:{PASSWORD}@") + "/next"
        simulation.set_answer(xml.say(TEXT) + f"<Redirect>{there}</Redirect>")
        simulation.web.page("/next", f"<Response>{xml.dial('bob')}</Response>")
        alice, bob = await two_people(simulation)
        calling = alice.call("bob", plan=PARAMETER)
        ringing = await bob.next_incoming()
        ringing.ring()
        ringing.answer()
        await calling.wait_for(CallState.UP)
        await calling.wait_connected()
        text = {"id": "1", "content_type": "text/plain", "body": MESSAGE}
        alice.send("message", call=calling.name, **text)
        await ringing.wait_for_frame("message")
        calling.signal_digits(DIGIT)
        # The list goes on to be filled, but is not kept after the call's end.
        (inputs,) = simulation.records.inputs.values()
        calling.hang_up()
        record = await simulation.records.record()
    return record, inputs


def whole(entry: Entry) -> tuple[object, ...]:
    """All of an entry, without the logins of its URLs, which only secrets keep."""
    fields = (entry.position, entry.at, entry.leg, entry.input, entry.event)
    return (*fields, entry.details, secrets(entry.body))


def through_files(record: CallRecord, inputs: list[Input], folder: Path) -> list[bytes]:
    """What stands in the journal's files; read back, it is what was written."""
    sealer, file = Cipher(b"k" * 32), JournalFile(folder, "e" * 32)
    file.append(*journal_entries.opened(record.id, FIRST, 0.0))
    for entry in record.journal:
        file.append(*journal_entries.noted(record.id, entry, sealer))
    for each in inputs:
        file.append(*journal_entries.received(record.id, each, sealer))
    file.close()
    numbers = segments.numbers(folder)
    contents = [(n, segments.read(segments.path_of(folder, n))) for n in numbers]
    (found,) = gather(contents, sealer)
    assert list(map(whole, found.entries)) == list(map(whole, record.journal))
    # A description is not written: the party offers again.
    read = found.unfinished(FIRST).inputs
    assert [(each.number, each.at, write_event(each.event)) for each in read] == [
        (each.number, each.at, write_event(each.event)) for each in inputs
    ]
    folded = replace(fold(found.entries), journal=record.journal)
    assert folded == record, "the record is made of what was written"
    return [payload for _, content in contents for _, payload in content.frames]


def shown(entries: tuple[Entry, ...]) -> str:
    """All that the database and answers of the API have of a journal."""
    rows = json.loads(json.dumps(write_journal(entries)))
    read = read_journal(rows)
    assert json.loads(json.dumps(write_journal(read))) == rows
    return json.dumps([rows, [entry.details for entry in (*entries, *read)]])


@pytest.mark.threat("secrets-in-sight")
async def test_no_secret_of_a_call_is_in_plain_text(xml: DialectXml, tmp_path: Path) -> None:
    record, inputs = await record_of(xml)
    events = [entry.event for entry in record.journal]
    assert {"message-received", "digit-received", "document-received"} <= set(events)
    assert events.count("document-requested") == 2
    payloads = through_files(record, inputs, tmp_path / "j")
    for canary in (MESSAGE, PARAMETER, TEXT, PASSWORD, DIGIT, "client:alice"):
        assert [each for each in payloads if canary.encode() in each] == [], canary
    for file in (tmp_path / "j").iterdir():
        for canary in (MESSAGE, PARAMETER, TEXT, PASSWORD):
            assert canary.encode() not in file.read_bytes()
    text = shown(record.journal)
    for canary in (MESSAGE, TEXT, PASSWORD, "secret_"):
        assert canary not in text
    assert f'"pii_digit": "{DIGIT}"' in text, "the account's people see which key it was"
    assert {each.event.leg for each in inputs} == {LegId(leg.id) for leg in record.legs}
