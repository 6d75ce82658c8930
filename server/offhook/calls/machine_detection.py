"""Decides who answered a call, a person or a machine, by when its party speaks.

A person says a word or two and waits; a machine speaks for long, and then beeps.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from offhook.base.events import BeepDetected, LegEvent, Speaking

_BEEP_S: Final = 5.0
"""How long a beep may follow the end of a greeting."""


class AnsweredBy(StrEnum):
    """Who answered."""

    HUMAN = "human"
    MACHINE = "machine"
    """It began to speak for longer than a person would."""
    BEEP = "machine-beep"
    """Its greeting is over, and it beeped."""
    SILENCE = "machine-silence"
    """Its greeting is over, and no beep followed."""
    OTHER = "machine-other"
    """A machine, whose greeting was not over in time."""
    UNKNOWN = "unknown"
    """Nothing was said in time."""

    @property
    def is_machine(self) -> bool:
        """Whether it is a machine."""
        return self not in (AnsweredBy.HUMAN, AnsweredBy.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDetection:
    """How to decide; seconds from the answer on.

    Attributes:
        message_end: Wait for the end of a machine's greeting, and its beep.
        timeout_s: After which there is a decision in any case.
        speech_s: Speech that is longer is a machine's.
        end_s: Silence that ends speech; a shorter one is a pause in it.
        silence_s: Silence from the beginning after which it is not known who answered.
    """

    message_end: bool = False
    timeout_s: float = 30.0
    speech_s: float = 2.4
    end_s: float = 1.2
    silence_s: float = 5.0

    def write(self) -> dict[str, object]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def read(cls, values: dict[str, Any]) -> "MachineDetection":
        """What `write` wrote."""
        return cls(**values)


class MachineDetector:
    """Judges one call. Feed it what happens and the time; it is over when it has a `result`.

    Attributes:
        result: Who answered; nothing before that is decided.
        decided_s: Seconds from the answer to the decision.
    """

    def __init__(self, policy: MachineDetection, answered: float) -> None:
        """A call that was answered at that time.

        Args:
            policy: How to decide.
            answered: When it was answered, by the clock of `handle` and `check`.
        """
        self._policy = policy
        self._answered = self._seen = answered
        self._began: float | None = None
        self._paused: float | None = None
        self._machine = False
        self._ended: float | None = None
        self.result: AnsweredBy | None = None
        self.decided_s = 0.0

    @property
    def deadline(self) -> float:
        """When `check` must be called at the latest."""
        policy = self._policy
        limits = [self._answered + policy.timeout_s]
        if self._began is None:
            limits.append(self._answered + policy.silence_s)
        elif self._ended is not None:
            limits.append(self._ended + _BEEP_S)
        elif self._paused is not None:
            limits.append(self._paused + policy.end_s)
        elif not self._machine:
            limits.append(self._began + policy.speech_s)
        return min(limits)

    def handle(self, event: LegEvent, now: float) -> None:
        """Something happened on the leg."""
        self.check(now)
        self._seen = now
        if self.result is not None:
            return
        match event:
            case Speaking(speaking=True):
                self._began = now if self._began is None else self._began
                self._paused = self._ended = None
            case Speaking(speaking=False):
                self._paused = now
            case BeepDetected() if self._policy.message_end:
                # Persons do not beep.
                self._decide(AnsweredBy.BEEP, now)
            case _:
                pass

    def check(self, now: float) -> None:
        """Time has passed."""
        while self.result is None and now >= (due := self.deadline):
            # What goes on after a pause may be due already.
            self._pass(max(due, self._seen))

    def _pass(self, now: float) -> None:
        policy = self._policy
        if now >= self._answered + policy.timeout_s:
            late = AnsweredBy.OTHER if policy.message_end else AnsweredBy.MACHINE
            self._decide(late if self._machine else AnsweredBy.UNKNOWN, now)
        elif self._began is None:
            self._decide(AnsweredBy.UNKNOWN, now)
        elif self._ended is not None:
            self._decide(AnsweredBy.SILENCE, now)
        elif self._paused is not None:
            self._spoken(self._paused - self._began, now)
        else:
            self._is_machine(now)

    def _spoken(self, seconds: float, now: float) -> None:
        """The party has stopped to speak."""
        if not self._machine and seconds < self._policy.speech_s:
            self._decide(AnsweredBy.HUMAN, now)
            return
        self._is_machine(now)
        self._ended = now

    def _is_machine(self, now: float) -> None:
        self._machine = True
        if not self._policy.message_end:
            self._decide(AnsweredBy.MACHINE, now)

    def _decide(self, result: AnsweredBy, now: float) -> None:
        self.result = result
        self.decided_s = now - self._answered
