"""Notices legs whose device is gone without a word, and calls that last for too long."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.events import LegEvent, RenegotiationReason
from offhook.base.ids import LegId

_GONE_S: Final = 20.0
"""A device whose link and media were both gone for so long does not come back."""
_NOTICED_LATE_S: Final = 5.0
"""The engine reports lost media after this long."""
_LEAVING_S: Final = 20.0
"""How long the next page has to take over the calls of one that was unloaded."""
_RESTART_S: Final = 2.0
"""How long a page has to begin an ICE restart, or to hang up, once its transport has failed."""
_RESTARTED_S: Final = 10.0
"""How long the first ICE restart after a failure has to connect; further ones do not extend it."""
CONSENT_S: Final = 30.0
"""The engine reports a failed transport after this long without an authentic check (RFC 7675 §5.1)."""


@dataclass(slots=True)
class _LegSigns:
    link_lost: float | None = None
    media_lost: float | None = None
    failed: float | None = None
    restarted: float | None = None
    left: float | None = None

    def deadline(self, patience_s: float) -> float | None:
        if self.left is not None and self.link_lost is not None:
            # Of a page that is unloaded nothing else is a sign of anything.
            return self.link_lost + _LEAVING_S
        if self.failed is not None:
            return self._failed_until(self.failed, patience_s)
        if self.link_lost is None or self.media_lost is None:
            return None
        return max(self.link_lost, self.media_lost) + _GONE_S

    def transport(self, event: LegEvent, now: float) -> None:
        match event:
            case events.TransportFailed():
                self.failed = now
            case events.Reoffered(reason=RenegotiationReason.RESTART) if self.failed is not None:
                self.restarted = now if self.restarted is None else self.restarted
            case events.Connected():
                self.failed = self.restarted = None
            case _:
                pass

    def _failed_until(self, failed: float, patience_s: float) -> float:
        if self.link_lost is not None:
            return failed
        if self.restarted is not None:
            return max(self.restarted + _RESTARTED_S, failed + patience_s)
        return failed + max(_RESTART_S, patience_s)


class LivenessMonitor:
    """The signs of life of all legs of one call."""

    def __init__(self, now: float, limit_s: float, recovery_s: float = CONSENT_S) -> None:
        """Watch a call.

        Args:
            now: The time.
            limit_s: How long the call may last, seconds.
            recovery_s: How long a leg whose link lives may go without a path for its media, seconds;
                the engine needs the first 30 of them to be sure.
        """
        self._signs: dict[LegId, _LegSigns] = {}
        self._limit = now + limit_s
        self._patience_s = max(0.0, recovery_s - CONSENT_S)

    @property
    def limit(self) -> float:
        """When the call has lasted too long."""
        return self._limit

    @property
    def deadline(self) -> float:
        """The earliest time at which `gone` or `limit` may change."""
        waits = (signs.deadline(self._patience_s) for signs in self._signs.values())
        return min((at for at in waits if at is not None), default=self._limit)

    def handle(self, event: LegEvent, now: float) -> bool:
        """Take a sign of life, or of its opposite, as `calls.ports.CallListener`; it settles nothing."""
        if isinstance(event, events.HungUp | events.MediaClosed):
            self._signs.pop(event.leg, None)
        else:
            self._take(event, now)
        return False

    def _take(self, event: LegEvent, now: float) -> None:
        signs = self._signs.setdefault(event.leg, _LegSigns(media_lost=now))
        match event:
            case events.LinkLost():
                signs.link_lost = now
            case events.PageUnloading():
                signs.left = now
            case events.LinkResumed():
                signs.link_lost = signs.left = None
            case events.PageReattached():
                self._signs[event.leg] = _LegSigns(media_lost=now)
            case events.MediaLost():
                signs.media_lost = now - _NOTICED_LATE_S
            case events.MediaStarted() | events.MediaResumed():
                signs.media_lost = None
            case _:
                signs.transport(event, now)

    def gone(self, now: float) -> Iterator[tuple[LegId, Cause]]:
        """The legs to give up at `now`, and why; each is returned once."""
        for leg, signs in tuple(self._signs.items()):
            at = signs.deadline(self._patience_s)
            if at is not None and at <= now:
                del self._signs[leg]
                lost = signs.link_lost is not None
                yield leg, Cause.ENDPOINT_LOST if lost else Cause.MEDIA_FAILED
