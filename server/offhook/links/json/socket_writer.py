"""The queue between a link, which never waits, and the task that has the socket."""

from dataclasses import dataclass, field

from offhook.base.light_queue import LightQueue
from offhook.links.json import frames
from offhook.links.json.transport import Close


@dataclass(frozen=True, slots=True)
class Closing:
    """The socket is to be closed."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Check:
    """A token is to be checked."""

    token: str = field(repr=False)
    seq: int


@dataclass(frozen=True, slots=True)
class Keep:
    """Feedback is to be kept."""

    feedback: frames.Feedback
    known: bool


class SocketWriter:
    """The link's transport: a queue that one task empties into the socket.

    Attributes:
        queue: What is to be sent or done, in order.
    """

    def __init__(self, max_frames: int) -> None:
        """Nothing is to be sent.

        Args:
            max_frames: How many frames may be unacknowledged; twice as many may wait.
        """
        self.queue = LightQueue[str | Closing | Check | Keep]()
        self._max = 2 * max_frames
        self._closing = False

    def send(self, text: str) -> None:
        """Send one frame, unless the other side does not read."""
        if self._closing:
            return
        if len(self.queue) >= self._max:
            self.close(Close.SILENT, "the other side does not read")
        else:
            self.queue.put_nowait(text)

    def sooner(self) -> None:
        """Wake the task that waits, to look at the time again."""
        self.queue.wake()

    def check(self, token: str, seq: int) -> None:
        """Check the token of frame `seq`."""
        self.queue.put_nowait(Check(token, seq))

    def keep(self, feedback: frames.Feedback, *, known: bool) -> None:
        """Keep the feedback."""
        self.queue.put_nowait(Keep(feedback, known))

    def close(self, code: int, reason: str) -> None:
        """Close after what was sent."""
        if not self._closing:
            self._closing = True
            self.queue.put_nowait(Closing(code, reason[:120]))
