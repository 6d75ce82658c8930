"""Collects keys: which of them count, and when that is over. No IO, and no clock of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

_LONGEST_KEY_S: Final = 10.0
"""How long a key may be held that has stopped a prompt; it is reported when it is released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectPolicy:
    """Which keys are collected, and for how long.

    Attributes:
        first_s: Seconds without a key after the prompts.
        between_s: Seconds without another key after one.
        total_s: Seconds in all, from the end of the prompts or the first key.
        most: How many keys end it; nothing for any number.
        end_key: The key that ends it and is not collected; empty for none.
        keys: Those that are noticed at all.
        valid: Those that may be collected; another one ends the attempt.
        attempts: How often the prompts are played.
        barge_in: A key stops the prompts; otherwise keys before their end do not count.
    """

    first_s: float
    between_s: float
    total_s: float | None = None
    most: int | None = None
    end_key: str = "#"
    keys: str = "0123456789*#"
    valid: str = "0123456789*#"
    attempts: int = 1
    barge_in: bool = True


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key was pressed and released."""

    digit: str


class KeyDown:
    """A key stopped a prompt; it is reported when it is released."""


class PromptsEnded:
    """The prompts are over."""


class TimePassed:
    """The deadline may have come."""


CollectEvent = KeyPressed | KeyDown | PromptsEnded | TimePassed


class Command(StrEnum):
    """What is to be done."""

    STOP = "stop"
    """Stop the prompts."""
    REFUSE = "refuse"
    """Let the caller know that the key was wrong."""
    PROMPT = "prompt"
    """Play the prompts: another attempt begins."""


class State(StrEnum):
    """How far it is."""

    PROMPTING = "prompting"
    WAITING = "waiting"
    """The prompts are over, and no key was pressed."""
    BETWEEN = "between"
    """There are keys, and there may be more."""
    OVER = "over"


class Collecting:
    """Keys of one party, from the first prompt to the result.

    Attributes:
        state: How far it is.
        attempt: Which attempt it is, from 1.
        digits: What was collected; the result, once it is over.
        deadline: When `TimePassed` is due.
    """

    def __init__(self, policy: CollectPolicy) -> None:
        """The first attempt begins: its prompts are to be played."""
        self._policy = policy
        self._until: float | None = None
        self.state = State.PROMPTING
        self.attempt = 1
        self.digits = ""
        self.deadline: float | None = None

    @property
    def over(self) -> bool:
        """Whether `digits` are the result."""
        return self.state is State.OVER

    def begin(self, attempt: int) -> None:
        """That attempt begins: what is known after a restart."""
        self.attempt = attempt
        self._prompt()

    def handle(self, event: CollectEvent, at: float) -> tuple[Command, ...]:
        """Take what has happened. Returns what is to be done, in order."""
        step = self._TABLE.get((self.state, type(event)))
        return () if step is None else step(self, event, at)

    def _key_in_prompt(self, event: CollectEvent, at: float) -> tuple[Command, ...]:
        if not self._policy.barge_in or not self._notices(event):
            return ()
        return (Command.STOP, *self._key(event, at))

    def _key_down(self, _event: CollectEvent, at: float) -> tuple[Command, ...]:
        self._wait(at, max(self._policy.first_s, _LONGEST_KEY_S))
        return (Command.STOP,)

    def _prompts_ended(self, _event: CollectEvent, at: float) -> tuple[Command, ...]:
        self._wait(at, self._policy.first_s)
        return ()

    def _key(self, event: CollectEvent, at: float) -> tuple[Command, ...]:
        if not isinstance(event, KeyPressed) or not self._notices(event):
            return ()
        if event.digit == self._policy.end_key:
            return self._finish() if self.digits else self._failed()
        if event.digit not in self._policy.valid:
            return (Command.REFUSE, *self._failed())
        self.digits += event.digit
        if self._policy.most is not None and len(self.digits) >= self._policy.most:
            return self._finish()
        self.state = State.BETWEEN
        self._set_deadline(at, self._policy.between_s)
        return ()

    def _time_passed(self, _event: CollectEvent, at: float) -> tuple[Command, ...]:
        if self.deadline is None or at < self.deadline:
            return ()
        return self._finish() if self.digits else self._failed()

    def _notices(self, event: CollectEvent) -> bool:
        return isinstance(event, KeyPressed) and event.digit in self._policy.keys

    def _wait(self, at: float, seconds: float) -> None:
        self.state = State.WAITING
        self._set_deadline(at, seconds)

    def _set_deadline(self, at: float, seconds: float) -> None:
        total_s = self._policy.total_s
        if self._until is None and total_s is not None:
            self._until = at + total_s
        self.deadline = at + seconds if self._until is None else min(at + seconds, self._until)

    def _finish(self) -> tuple[Command, ...]:
        self.state, self.deadline = State.OVER, None
        return ()

    def _failed(self) -> tuple[Command, ...]:
        self.digits = ""
        if self.attempt >= self._policy.attempts:
            return self._finish()
        self.attempt += 1
        self._prompt()
        return (Command.PROMPT,)

    def _prompt(self) -> None:
        self.state, self.digits = State.PROMPTING, ""
        self.deadline = self._until = None

    _TABLE: ClassVar[
        Mapping[
            tuple[State, type[CollectEvent]],
            Callable[..., tuple[Command, ...]],
        ]
    ] = {
        (State.PROMPTING, KeyPressed): _key_in_prompt,
        (State.PROMPTING, KeyDown): _key_down,
        (State.PROMPTING, PromptsEnded): _prompts_ended,
        (State.WAITING, KeyPressed): _key,
        (State.WAITING, TimePassed): _time_passed,
        (State.BETWEEN, KeyPressed): _key,
        (State.BETWEEN, TimePassed): _time_passed,
    }
    """What is done with an event in a state; another event changes nothing there."""
