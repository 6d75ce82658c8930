"""The party that was dialled gets something of its own before it is bridged with the caller."""

from collections.abc import Sequence

from offhook.base.events import LegEvent
from offhook.base.journal.script_entries import (
    CollectStarted,
    InnerRequested,
)
from offhook.base.media import Sound
from offhook.calls.collect import CollectPolicy
from offhook.calls.dial_target import Screening
from offhook.calls.leg import Leg
from offhook.verbs.base import (
    Context,
    Continuation,
    InnerRequest,
    Progress,
    Purpose,
    RequestNext,
    Verb,
    Watch,
)
from offhook.verbs.collect import Collect
from offhook.verbs.inner import InnerEnd, InnerScript
from offhook.verbs.nested import NestedContext


class CalleeGone(Exception):
    """The party that was dialled is gone; the caller is not."""


class CalleeContext(NestedContext):
    """A call whose verbs are about the party that was dialled; raises `CalleeGone` once that is gone."""

    def __init__(self, call: Context, leg: Leg) -> None:
        """Verbs in `call` that are about `leg`."""
        self.outer = call
        self._leg = leg

    @property
    def leg(self) -> Leg:
        """The party that was dialled."""
        return self._leg

    @property
    def stops_on_digit(self) -> bool:
        """No: its verbs take no keys themselves."""
        return False

    def answer(self) -> None:
        """Nothing: the party has answered."""

    async def next(self, until: float | None = None, watch: Watch | None = None) -> LegEvent | None:
        """The next thing that happens."""
        self._check()
        event = await super().next(until, watch)
        self._check()
        return event

    async def sound(self, url: str, watch: Watch | None = None) -> Sound:
        """The sound file at `url`."""
        sound = await super().sound(url, watch)
        self._check()
        return sound

    async def speech(
        self, text: str, *, language: str, voice: str, markup: bool, watch: Watch | None = None
    ) -> Sound:
        """`text`, spoken."""
        sound = await super().speech(
            text, language=language, voice=voice, markup=markup, watch=watch
        )
        self._check()
        return sound

    async def document(
        self,
        ask: InnerRequest,
        again: InnerRequested | None = None,
        watch: Watch | None = None,
    ) -> Sequence[Verb] | None:
        """The verbs of a document for the party."""
        verbs = await super().document(ask, again, watch)
        self._check()
        return verbs

    def _check(self) -> None:
        if self._leg.ended:
            raise CalleeGone


async def screened(
    call: Context, leg: Leg, screening: Screening, progress: Progress | None = None
) -> bool:
    """Whether the party of the leg takes the call, after what it gets.

    Args:
        call: The call.
        leg: The party that was dialled, and has answered.
        screening: What it gets.
        progress: What the journal has of the dial, if it began before a restart.
    """
    callee = CalleeContext(call, leg)
    try:
        if screening.key:
            return await _confirms(callee, screening, progress)
        purpose = Purpose.CALLEE
        ask = InnerRequest(url=screening.url, method=screening.method, purpose=purpose, leg=leg.id)
        end = await InnerScript(callee, call.control.now()).run(ask, progress)
    except CalleeGone:
        return False
    # Without its document the two are bridged all the same.
    return end is not InnerEnd.HUNG_UP


async def _confirms(callee: CalleeContext, screening: Screening, progress: Progress | None) -> bool:
    prompts: Sequence[Verb] | None = ()
    if screening.url:
        ask = InnerRequest(
            url=screening.url,
            method=screening.method,
            purpose=Purpose.CONFIRM,
            leg=callee.leg.id,
        )
        prompts, _, _ = await InnerScript(callee, callee.control.now()).begin(ask, progress)
    policy = CollectPolicy(
        first_s=screening.key_s,
        between_s=screening.key_s,
        most=1,
        end_key="",
        keys=screening.key,
        valid=screening.key,
    )
    collect = Collect(policy=policy, prompts=tuple(prompts or ()), then=Continuation(url=""))
    if progress is not None and _was_collecting(progress):
        return isinstance(await collect.resume(callee, progress), RequestNext)
    return isinstance(await collect.run(callee), RequestNext)


def _was_collecting(progress: Progress) -> bool:
    return any(isinstance(entry.body, CollectStarted) for entry in progress.entries)
