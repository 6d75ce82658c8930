"""The condition in every transaction about this node's calls: that no later start of the node has them."""

from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select, update

from offhook.base.errors import Fenced
from offhook.base.ownership import DirectoryLock
from offhook.store.database import Database
from offhook.store.tables import nodes

# A start that comes at the same moment waits until this transaction is over.
_START: Final = (
    select(nodes.c.start).where(nodes.c.id == bindparam("node")).with_for_update(read=True)
)


class NodeFence:
    """This start of the node, as the database knows it."""

    def __init__(self, database: Database) -> None:
        """No start: no condition.

        Args:
            database: The database.
        """
        self._database = database
        self._lock: DirectoryLock | None = None

    async def enter(self, lock: DirectoryLock) -> DirectoryLock:
        """From now on, what an earlier start of the node wants to write is refused.

        Args:
            lock: That this process has the data directory.

        Returns:
            The same with a later number, if the database knows of later starts: the directory is an
            older copy of itself.

        Raises:
            Unavailable: the database does not answer.
        """
        async with self._database.write() as connection:
            query = select(nodes.c.start).where(nodes.c.id == lock.node).with_for_update()
            known = (await connection.execute(query)).scalar_one_or_none()
            if known is None:
                await connection.execute(insert(nodes), [{"id": lock.node, "start": lock.start}])
            else:
                lock = replace(lock, start=max(lock.start, known + 1))
                change = update(nodes).where(nodes.c.id == lock.node).values(start=lock.start)
                await connection.execute(change)
        self._lock = lock
        return lock

    def check(self, connection: Connection) -> None:
        """Within a transaction: its changes count only if no later start of the node was here.

        Raises:
            Fenced: one was.
        """
        if self._lock is None:
            return
        found = connection.execute(_START, {"node": self._lock.node}).scalar_one_or_none()
        if found != self._lock.start:
            raise Fenced(f"start {found} of the node has its calls")

    @property
    def node(self) -> str:
        """The node's id; empty before `enter`."""
        return "" if self._lock is None else self._lock.node

    @property
    def claimant(self) -> str:
        """What this start claims callbacks as; the node alone begins it."""
        return "" if self._lock is None else f"{self._lock.node}.{self._lock.start}"
