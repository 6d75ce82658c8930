"""Numbers frames, keeps them until the other side has them, and drops what comes twice.

Both sides of a link use the same rules, so that a conversation survives the loss of its socket.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from offhook.base.errors import Unavailable
from offhook.links.json.frames import write


class Arrival(Enum):
    """How a received frame's number fits."""

    FRESH = "fresh"
    AGAIN = "again"
    GAP = "gap"


class ReliableDelivery:
    """One side's view of both directions.

    Attributes:
        received: The highest number that came without a gap.
        unacknowledged: How many frames came since our last acknowledgement.
    """

    def __init__(self, max_frames: int, max_bytes: int) -> None:
        self.received = 0
        self.unacknowledged = 0
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._sent = 0
        # A list: a deque takes 0.7 kB of every page, and there are few.
        self._kept: list[str] = []
        self._kept_bytes = 0

    def number(self, frame: Mapping[str, Any]) -> str:
        """The text of `frame` with the next number, kept until it is acknowledged.

        Raises:
            Unavailable: too much is not acknowledged.
        """
        text = write({"type": frame["type"], "seq": self._sent + 1, **frame})
        size = len(text.encode())
        if len(self._kept) >= self._max_frames or self._kept_bytes + size > self._max_bytes:
            raise Unavailable("the other side does not acknowledge what it gets")
        self._sent += 1
        self._kept.append(text)
        self._kept_bytes += size
        return text

    def take(self, seq: int) -> Arrival:
        """Count a frame that came."""
        if seq <= self.received:
            self.unacknowledged += 1
            return Arrival.AGAIN
        if seq > self.received + 1:
            return Arrival.GAP
        self.received = seq
        self.unacknowledged += 1
        return Arrival.FRESH

    def ack(self) -> int:
        """The value of `received`; all frames count as acknowledged from now on."""
        self.unacknowledged = 0
        return self.received

    def acknowledged(self, received: int) -> bool:
        """Forget what the other side has. False if it claims what we never sent."""
        first = self._sent - len(self._kept)
        if received > self._sent:
            return False
        seen = max(0, received - first)
        self._kept_bytes -= sum(len(text.encode()) for text in self._kept[:seen])
        del self._kept[:seen]
        return True

    def can_go_on_from(self, received: int) -> bool:
        """Whether we still have everything after `received`."""
        return self._sent - len(self._kept) <= received <= self._sent

    def unseen(self) -> tuple[str, ...]:
        """What the other side may not have, oldest first."""
        return tuple(self._kept)
