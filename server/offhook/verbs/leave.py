"""Leaves the queue in whose wait document it stands."""

from dataclasses import dataclass

from offhook.base.journal.script_entries import DocumentWarning
from offhook.verbs.base import Context, Continue, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Leave the queue; those who run wait documents look for it."""

    async def run(self, call: Context) -> Outcome:
        """There is no queue to leave: it is passed over."""
        message = "the caller waits in no queue: there is nothing to leave"
        call.control.note(DocumentWarning(code="", message=message))
        return Continue()
