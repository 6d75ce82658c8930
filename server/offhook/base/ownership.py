"""Who has a call, and who may take it: one rule for a restart, and for any other change of owner.

Every call has an epoch, which grows with each owner. What an owner writes carries it, so that what an
earlier owner writes too late is recognised and has no effect.
"""

from dataclasses import dataclass

from offhook.base.journal.entry import Epoch


@dataclass(frozen=True, slots=True)
class DirectoryLock:
    """Evidence that the owner of a call is gone: this process has the lock of its data directory.

    Attributes:
        node: The data directory's own id.
        start: Which start of the node this is, from 1; each start before is over.
    """

    node: str
    start: int

    @property
    def first(self) -> Epoch:
        """Of a call that begins here."""
        return Epoch(1, self.start)


def claim(owner: Epoch, evidence: DirectoryLock) -> Epoch | None:
    """The epoch with which this process goes on with a call; nothing if it may not have the call.

    Args:
        owner: Who had it last.
        evidence: Why that one is known to be gone.
    """
    if owner.node >= evidence.start:
        return None
    return Epoch(owner.call + 1, evidence.start)
