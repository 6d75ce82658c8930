"""Collects keys that the caller presses, with prompts that a key stops."""

from dataclasses import dataclass

from offhook.base.events import DtmfReceived, LegEvent, Played
from offhook.base.journal import call_entries as calls
from offhook.base.journal.entry import Entry
from offhook.base.journal.media_entries import PlayEnded
from offhook.base.journal.script_entries import CollectStarted, CollectWaiting
from offhook.base.media import PlayEnd
from offhook.calls.collect import (
    Collecting,
    CollectPolicy,
    Command,
    KeyDown,
    KeyPressed,
    PromptsEnded,
    State,
    TimePassed,
)
from offhook.verbs.base import Context, Continuation, Continue, Outcome, Progress, RequestNext, Verb
from offhook.verbs.context import Interrupted
from offhook.verbs.playing import BEEP, play_out
from offhook.verbs.prompt import Prompting
from offhook.verbs.results import CollectResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Collect keys.

    Attributes:
        policy: Which keys, and for how long.
        prompts: What is played meanwhile, in order.
        refusal: What is played after a key that may not be collected.
        beeps: Whether a tone follows the prompts.
        then: Whom to ask with the keys; nothing to go on with the next verb.
        asks_when_empty: Whether to ask without keys as well.
        typed: The result names its kind, as verbs do that could take speech as well.
        hides_keys: No reader of the journal sees which keys were pressed.
    """

    policy: CollectPolicy
    prompts: tuple[Verb, ...] = ()
    refusal: Verb | None = None
    beeps: bool = False
    then: Continuation | None = None
    asks_when_empty: bool = False
    typed: bool = False
    hides_keys: bool = False

    async def run(self, call: Context) -> Outcome:
        """Prompt, collect, and ask what follows."""
        call.answer()
        return await self._follow(call, Collecting(self.policy))

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Go on with the keys of before; prompts that were not over are played from their beginning."""
        call.answer()
        collecting = Collecting(self.policy)
        now = call.control.now()
        for entry in progress.entries:
            _fold(collecting, entry, call.leg.id, now - progress.since(entry))
        return await self._follow(call, collecting)

    async def _follow(self, call: Context, collecting: Collecting) -> Outcome:
        call.leg.hides_keys = self.hides_keys
        try:
            await self._collect(call, collecting)
        finally:
            call.leg.hides_keys = False
        return self._outcome(collecting.digits)

    async def _collect(self, call: Context, collecting: Collecting) -> None:
        refused = False
        while not collecting.over:
            if collecting.state is State.PROMPTING:
                call.control.note(CollectStarted(attempt=collecting.attempt))
                refused = await self._prompt(call, collecting, refused=refused)
            else:
                event = await call.next(collecting.deadline)
                refused = Command.REFUSE in _take(call, collecting, event)
        if refused and self.refusal is not None:
            await self.refusal.run(call)

    async def _prompt(self, call: Context, collecting: Collecting, *, refused: bool) -> bool:
        """Play the prompts, after the refusal of an earlier key. Returns whether a key was refused."""
        commands: list[Command] = []

        def watch(event: LegEvent) -> bool:
            commands[:] = _take(call, collecting, event)
            return Command.STOP in commands

        prompting = Prompting(call, watch, barge_in=self.policy.barge_in)
        try:
            if refused and self.refusal is not None:
                await self.refusal.run(prompting)
            await prompting.load(self.prompts)
            for verb in self.prompts:
                await verb.run(prompting)
            if self.beeps:
                await play_out(prompting, BEEP)
        except Interrupted:
            call.control.stop(call.leg)
            return Command.REFUSE in commands
        collecting.handle(PromptsEnded(), call.control.now())
        call.control.note(CollectWaiting())
        return False

    def _outcome(self, digits: str) -> Outcome:
        if self.then is None or not (digits or self.asks_when_empty):
            return Continue()
        return RequestNext(self.then, result=CollectResult(digits=digits, typed=self.typed))


def _take(call: Context, collecting: Collecting, event: LegEvent | None) -> tuple[Command, ...]:
    now, leg = call.control.now(), call.leg.id
    match event:
        case None:
            return collecting.handle(TimePassed(), now)
        case DtmfReceived(leg=id, digit=digit) if id == leg:
            return collecting.handle(KeyPressed(digit), now)
        case Played(leg=id, end=PlayEnd.INTERRUPTED) if id == leg:
            return collecting.handle(KeyDown(), now)
        case _:
            return ()


def _fold(collecting: Collecting, entry: Entry, leg: str, at: float) -> None:
    match entry.body:
        case CollectStarted(attempt=attempt):
            collecting.begin(attempt)
        case CollectWaiting():
            collecting.handle(PromptsEnded(), at)
        case calls.DigitReceived(pii_digit=shown, secret_digit=hidden) if entry.leg == leg:
            collecting.handle(KeyPressed(hidden or shown), at)
        case PlayEnded(end=PlayEnd.INTERRUPTED) if entry.leg == leg:
            collecting.handle(KeyDown(), at)
        case _:
            pass
