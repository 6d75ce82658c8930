"""A caller who waits in no queue has none to leave."""

from offhook.base.journal.entry import JournalEntry
from offhook.verbs.base import Continue
from offhook.verbs.leave import Leave


class _Control:
    def __init__(self) -> None:
        self.noted: list[JournalEntry] = []

    def note(self, body: JournalEntry) -> None:
        self.noted.append(body)


class _Call:
    control = _Control()


async def test_it_is_passed_over_with_a_warning() -> None:
    call = _Call()
    assert await Leave().run(call) == Continue()  # type: ignore[arg-type]
    assert [body.event for body in call.control.noted] == ["document-warning"]
