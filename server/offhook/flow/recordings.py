"""Keeps what is recorded: from the first sample to the row, the callback and the link that works."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, Final

from offhook.base.errors import Unavailable
from offhook.base.events import LegEvent
from offhook.base.ids import CallId, LegId, RecordingId
from offhook.base.recording_events import RecordingKept, RecordingWritten
from offhook.base.recordings import Recording, RecordingReport, RecordingState, StartRecording
from offhook.base.records import Callback
from offhook.base.url_options import apply_url_options
from offhook.base.web import Signing, WebRequest
from offhook.flow.ports import Dependencies, RecordingFiles, RecordingTable
from offhook.flow.webhook_request import token_of

log = logging.getLogger("offhook.flow")

_RETRY_S: Final = 2.0
"""Between two attempts to write to a database that does not answer."""
_LEAST_S: Final = 0.1
"""A shorter recording is none."""
_NUMBERS: Final = {
    RecordingState.IN_PROGRESS: 1,
    RecordingState.COMPLETED: 2,
    RecordingState.ABSENT: 2,
    RecordingState.FAILED: 2,
}
"""Places of the callbacks about one recording: in this order they leave."""

Spawn = Callable[[Coroutine[Any, Any, None]], object]


@dataclass(slots=True)
class _Kept:
    """A recording that has not ended."""

    recording: Recording
    leg: LegId
    written: RecordingWritten | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)


class RecordingKeeper:
    """All recordings of this process, as `offhook.calls.ports.Recordings`."""

    def __init__(self, deps: Dependencies, post: Callable[[LegEvent], None], spawn: Spawn) -> None:
        """No recording yet.

        Args:
            deps: What they need of the world.
            post: Posts an event to the call that has its leg.
            spawn: Begins a task.
        """
        self._deps = deps
        self._post = post
        self._spawn = spawn
        self._kept: dict[RecordingId, _Kept] = {}

    def __len__(self) -> int:
        """How many have not ended."""
        return len(self._kept)

    def begin(self, start: StartRecording) -> None:
        """Begin one, or another part of one that its leg's new media go on with.

        Raises:
            Unavailable: there is too little space, or nothing can be recorded here.
            PeerError: the leg is closed.
        """
        recording = start.recording
        _, files = self._stores()
        path = files.part(recording.key)
        self._deps.media.recorder.begin(start.leg, recording.id, path, start.terms)
        known = self._kept.get(recording.id)
        if known is not None:
            known.leg = start.leg
            return
        kept = self._kept[recording.id] = _Kept(recording, start.leg)
        self._spawn(self._keep(kept))

    def handle(self, written: RecordingWritten) -> None:
        """The file of a recording is complete."""
        kept = self._kept.get(written.recording)
        if kept is not None:
            kept.written = written
            kept.over.set()

    def call_over(self, call: CallId) -> None:
        """A call is over: nothing more comes of recordings that its legs did not go on with."""
        for kept in self._kept.values():
            if kept.recording.call == call and kept.leg == "":
                kept.over.set()

    async def recover(self, runs: Callable[[CallId], bool]) -> None:
        """End the recordings of an earlier process whose call does not go on.

        Args:
            runs: Whether a call goes on.

        Raises:
            Unavailable: the database does not answer.
        """
        table = self._deps.recordings
        if table is None:
            return
        for recording in await table.running():
            if recording.id in self._kept:
                continue
            kept = self._kept[recording.id] = _Kept(recording, LegId(""))
            if not runs(recording.call):
                kept.over.set()
            self._spawn(self._keep(kept))

    def close(self) -> None:
        """The server stops: what the engine has not finished is for the next start."""
        for kept in self._kept.values():
            kept.over.set()

    def _stores(self) -> tuple[RecordingTable, RecordingFiles]:
        table, files = self._deps.recordings, self._deps.files
        if table is None or files is None:
            raise Unavailable("nothing can be recorded here")
        return table, files

    async def _keep(self, kept: _Kept) -> None:
        """Write down that it begins, and once it has ended what became of it."""
        try:
            table, files = self._stores()
            await self._steadily(lambda: table.begin(kept.recording))
            await self._tell(kept.recording, table)
            await kept.over.wait()
            ended = await self._ended(kept, files)
            callbacks = await self._callbacks(ended)
            await self._steadily(lambda: table.finish(ended, callbacks))
        except Exception:
            # A defect of ours costs one recording; the file stays.
            log.exception("recording.crashed", extra={"recording": kept.recording.id})
            return
        finally:
            self._kept.pop(kept.recording.id, None)
        log.info(
            "recording.kept",
            extra={"recording": ended.id, "state": str(ended.state), "seconds": ended.duration_s},
        )
        seconds = ended.duration_s or 0.0
        state = str(ended.state)
        if kept.leg:
            event = RecordingKept(leg=kept.leg, recording=ended.id, state=state, seconds=seconds)
            self._post(event)

    async def _ended(self, kept: _Kept, files: RecordingFiles) -> Recording:
        seconds, size = 0.0, 0
        error = "" if kept.written is None else kept.written.error
        try:
            seconds, size = await files.join(kept.recording.key)
        except Unavailable as failure:
            error = error or str(failure)
        state = RecordingState.COMPLETED
        if error:
            state = RecordingState.FAILED
        elif seconds < _LEAST_S:
            state = RecordingState.ABSENT
        return replace(
            kept.recording,
            state=state,
            duration_s=round(seconds, 3),
            size_bytes=size,
            reason=error,
        )

    async def _tell(self, recording: Recording, table: RecordingTable) -> None:
        """Tell the application that it runs."""
        if recording.notice is None or recording.state not in recording.notice.states:
            return
        callbacks = await self._callbacks(recording)
        await self._steadily(lambda: table.add_callbacks(callbacks))

    async def _callbacks(self, recording: Recording) -> list[Callback]:
        """The callback about its state now, if there is one."""
        notice = recording.notice
        if notice is None or recording.state not in notice.states:
            return []
        dialect = self._deps.dialects.get(recording.dialect)
        secret = await self._deps.directory.secret(recording.account)
        if dialect is None or secret is None:
            return []
        number = _NUMBERS[recording.state]
        report = RecordingReport(recording=recording, base_url=self._deps.base_url())
        url, limits = apply_url_options(notice.url, dialect.limits, dialect.widest)
        request = WebRequest(
            method=notice.method,
            url=url,
            form=dialect.recording_parameters(report),
            signing=Signing(
                dialect=dialect.name,
                secret=secret,
                nonce=token_of(CallId(recording.id), number),
            ),
            limits=limits,
            account=recording.account,
        )
        key = f"{recording.id}-{number}"
        return [Callback(key=key, call=CallId(recording.id), order=number, request=request)]

    async def _steadily(self, write: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Write, and wait for a database that does not answer."""
        while True:
            try:
                await write()
            except Unavailable as error:
                log.warning("recording.waits", extra={"error": str(error)})
                await self._deps.clock.sleep(_RETRY_S)
            else:
                return
