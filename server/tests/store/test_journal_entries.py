"""How entries stand in the journal's files."""

import json

from offhook.base.events import Ringing
from offhook.base.ids import CallId, LegId
from offhook.base.journal.call_entries import LegRinging
from offhook.base.journal.entry import Entry, Epoch
from offhook.base.journal.inputs import Input
from offhook.store import journal_entries as entries
from offhook.store.encryption import Cipher

CALL = CallId("a" * 32)
SEALER = Cipher(b"k" * 32)


def test_numbers_of_kinds_stay_what_they_are() -> None:
    assert [(kind.name, kind.value) for kind in entries.Kind] == [
        ("OPENED", 1),
        ("NOTED", 2),
        ("ENDED", 3),
        ("SETTLED", 4),
        ("ALIVE", 5),
        ("ANSWERED", 6),
        ("FOLDED", 7),
        ("INPUT", 8),
        ("CLAIMED", 9),
        ("QUEUED", 10),
        ("STORED", 11),
        ("ORDER", 12),
    ]
    assert json.loads(entries.opened(CALL, Epoch(2, 7), 1.5)[1]) == [CALL, 2, 7, 1.5]


def test_each_entry_of_a_call_has_the_epoch_of_its_writer_and_its_number() -> None:
    entry = Entry(number=5, at=1.5, body=LegRinging(), leg=LegId("l"), detail=2, epoch=Epoch(2, 7))
    _, payload = entries.noted(CALL, entry, SEALER)
    assert json.loads(payload) == [CALL, 2, 7, 5, 2, 1.5, "leg-ringing", "l", {}]
    given = Input(number=3, at=1.5, event=Ringing(leg=LegId("l")), after=4, epoch=Epoch(2, 7))
    assert json.loads(entries.received(CALL, given, SEALER)[1])[:6] == [CALL, 2, 7, 3, 4, 1.5]
