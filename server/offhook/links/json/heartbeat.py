"""When a link acknowledges, asks whether its page is there, and gives a socket or a page up."""

from enum import Enum

from offhook.links.limits import Limits


class Due(Enum):
    """What is to be done now."""

    NOTHING = "nothing"
    ACK = "ack"
    PING = "ping"
    SILENT = "silent"
    """Nothing has come on the socket for too long."""
    GONE = "gone"
    """The page has been without a socket for too long."""


class Heartbeat:
    """The times of one link; every method takes the present time."""

    def __init__(self, limits: Limits, now: float) -> None:
        """There is no socket yet.

        Args:
            limits: How long what may last.
            now: The forward clock.
        """
        self._limits = limits
        self._connected = False
        self._received_at = self._sent_at = self._left_at = now
        self._ack_at: float | None = None
        self._resume_s = limits.resume_s

    def connected(self, now: float) -> None:
        """There is a socket, with a page that is not being unloaded."""
        self._connected = True
        self._received_at = now
        self._ack_at = None
        self._resume_s = self._limits.resume_s

    def disconnected(self, now: float) -> None:
        """There is none any more."""
        self._connected = False
        self._left_at = now
        self._ack_at = None

    def unloading(self) -> None:
        """The page is unloaded: it has less time to come back."""
        self._resume_s = self._limits.attach_s

    def received(self, now: float) -> None:
        """Something came."""
        self._received_at = now

    def sent(self, now: float) -> None:
        """Something was sent."""
        self._sent_at = now

    def counted(self, now: float) -> None:
        """A frame came that has to be acknowledged."""
        if self._ack_at is None:
            self._ack_at = now + self._limits.ack_s

    def acknowledged(self) -> None:
        """All frames are."""
        self._ack_at = None

    def wake(self) -> float:
        """When something is due."""
        if not self._connected:
            return self._left_at + self._resume_s
        ping = self._sent_at + self._limits.heartbeat_s
        silent = self._received_at + self._limits.silence_s
        return min(ping, silent, ping if self._ack_at is None else self._ack_at)

    def due(self, now: float) -> Due:
        """What is due first. A ping acknowledges, too."""
        if not self._connected:
            return Due.GONE if now >= self._left_at + self._resume_s else Due.NOTHING
        if now >= self._received_at + self._limits.silence_s:
            return Due.SILENT
        if now >= self._sent_at + self._limits.heartbeat_s:
            return Due.PING
        if self._ack_at is not None and now >= self._ack_at:
            return Due.ACK
        return Due.NOTHING
