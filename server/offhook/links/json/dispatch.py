"""Handles a page's frames: those of calls go to its device, the rest ends here."""

from typing import Final, Protocol

from offhook.base.causes import Cause
from offhook.base.errors import OffhookError
from offhook.base.ids import LegId
from offhook.links.json import frames
from offhook.links.json.device import FrameSink, JsonDevice
from offhook.links.json.reliable_delivery import ReliableDelivery
from offhook.links.json.transport import Close, Transport


class Sink(FrameSink, Protocol):
    """The session, as far as its frames need it."""

    @property
    def transport(self) -> Transport | None: ...
    def drop(self, code: int, reason: str) -> None: ...
    def pong(self) -> None: ...
    def keep(self, feedback: frames.Feedback, *, known: bool) -> None: ...
    def settle(self) -> None: ...
    def unload(self) -> None: ...


class Dispatch:
    """Carries out one frame after the other; each has been counted before."""

    def __init__(self, sink: Sink, device: JsonDevice, delivery: ReliableDelivery) -> None:
        """Nothing has come yet.

        Args:
            sink: Sends the answers.
            device: Handles frames of calls and of the registration.
            delivery: Takes acknowledgements.
        """
        self._sink: Final = sink
        self._device: Final = device
        self._delivery: Final = delivery

    def numbered(self, frame: frames.Numbered) -> None:
        """A frame that came for the first time, in order."""
        match frame:
            case frames.Goodbye():
                self._sink.end(Cause.NORMAL)
            case frames.Renew():
                if self._sink.transport is not None:
                    self._sink.transport.check(frame.token, frame.seq)
            case frames.Feedback():
                self._feedback(frame)
            case frames.Unload():
                self._sink.unload()
            case _:
                self._of_device(frame)

    def _of_device(self, frame: frames.Numbered) -> None:
        try:
            self._device.handle(frame)
        except OffhookError as error:
            call = frame.call if isinstance(frame, frames.OfCall) else None
            self._sink.fail(error, frame.seq, call)
            if isinstance(frame, frames.Invite):
                self._device.invite_failed(frame.call, error)

    def _feedback(self, frame: frames.Feedback) -> None:
        known = self._device.calls.had(LegId(frame.id))
        self._sink.keep(frame, known=known)

    def bad(self, error: frames.BadFrame) -> None:
        """A frame that was counted and could not be understood."""
        self._sink.fail(error, error.seq, error.call)
        if error.kind == "invite" and error.call is not None:
            self._device.invite_failed(error.call, error)

    def unnumbered(self, frame: frames.Frame) -> None:
        """A frame without a number."""
        match frame:
            case frames.Ping() | frames.Pong() | frames.Ack():
                if not self._delivery.acknowledged(frame.received):
                    self._sink.drop(Close.BROKEN_ORDER, "`received` is more than was sent")
                    return
                self._sink.settle()
                if isinstance(frame, frames.Ping):
                    self._sink.pong()
            case frames.Hello():
                error = OffhookError("this socket has had its `hello`", code="wrong-state")
                self._sink.fail(error, None)
            case _:
                pass  # The page could not use a frame of ours; there is nothing to repair here.
