"""What a load must satisfy to count, and the search for the largest one that does."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

LOSS = 0.003
"""Share of packets that may be missing."""
DELAY_MS = 5.0
"""Added delay that 99 % of packets must stay below."""
LATE_MS = 20.0
"""What 99 % of packets of a conference or a prompt may be late: a frame, for which any buffer makes up."""
SILENT_DBOV = -45.0
"""Who hears less than this does not hear the conference."""
SILENT_SHARE = 0.01
"""Share of what is received that may hold no sound: what was lost of speakers who never pause."""
PRECISION = 0.02
"""Calls are searched to this part of their number."""
COARSE = 0.1
"""The same for calls without loss, of which no target speaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What became of one load.

    Attributes:
        calls: How many there were.
        loss: Share of packets that never arrived.
        held_back_ms: The shortest delay of a transcoded stream, median of all streams; it is in no other.
        p50_ms: Median of the added delay.
        p99_ms: What 99 % of packets were not later than.
        cpu: Of one core, by the engine, system included.
        us_per_packet: The same, per packet that arrived.
        generator_cpu: Of one core, by the generator.
        generator_kept_up: Loss or delay that the generator itself caused says nothing of the engine.
        received_dbov: The level of what the least of those heard whose sound was decoded, where it was.
        silent_share: The largest share of it without sound.
        failed: Why the calls could not be set up, if they could not.
    """

    calls: int
    loss: float = 1.0
    held_back_ms: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    cpu: float | None = None
    us_per_packet: float | None = None
    generator_cpu: float | None = None
    generator_kept_up: bool = True
    received_dbov: float | None = None
    silent_share: float = 0.0
    failed: str | None = None

    @property
    def lossless(self) -> bool:
        """Whether all arrived, however late."""
        return self.loss <= LOSS

    @property
    def carried(self) -> bool:
        """Whether people could talk: what arrives late is lost to them as well."""
        return self.lossless and self.p99_ms is not None and self.p99_ms <= DELAY_MS

    @property
    def silent(self) -> bool:
        """Whether somebody heard nothing who should have, or not all of it."""
        quiet = self.received_dbov is None or self.received_dbov < SILENT_DBOV
        return quiet or self.silent_share > SILENT_SHARE

    @property
    def held(self) -> bool:
        """Whether a conference or a prompt was heard by all as it should be."""
        in_time = self.p99_ms is not None and self.p99_ms <= LATE_MS
        return self.lossless and in_time and not self.silent

    def as_json(self) -> dict[str, Any]:
        """All of it, with the verdicts."""
        return asdict(self) | {verdict: getattr(self, verdict) for verdict in VERDICTS}

    @classmethod
    def from_json(cls, step: Mapping[str, Any]) -> Self:
        """A step of a result file."""
        return cls(**{key: value for key, value in step.items() if key not in VERDICTS})


VERDICTS = ("lossless", "carried", "held")


Criterion = Callable[[Step], bool]


def carried(step: Step) -> bool:
    """The criterion that users judge by."""
    return step.carried


def lossless(step: Step) -> bool:
    """The criterion that says what gets through at all."""
    return step.lossless


def held(step: Step) -> bool:
    """The criterion of conferences and prompts."""
    return step.held


def most(steps: Iterable[Step], good: Criterion) -> int:
    """The most calls of a step that satisfies it; 0 if none does."""
    return max((step.calls for step in steps if good(step)), default=0)


def search(
    take: Callable[[int], Step],
    begin: int,
    *,
    good: Criterion = carried,
    known: Iterable[Step] = (),
    growth: float = 2.0,
    precision: float = PRECISION,
    limit: int = 10_000,
) -> list[Step]:
    """Takes steps until it is known to `precision` how many calls satisfy `good`, by growth, then by halves.

    Returns:
        All steps, those `known` before and the new ones, by their number of calls.
    """
    steps = {step.calls: step for step in known}
    while True:
        low = most(steps.values(), good)
        above = [step.calls for step in steps.values() if step.calls > low]
        high = min(above, default=None)
        if high is None:
            calls = min(limit, max(begin, round(low * growth)))
            if calls == low:
                break
        elif high - low <= max(1, precision * high):
            break
        elif low == 0:
            # Nothing is known to be good yet: the beginning was too much.
            calls = max(1, round(high / growth))
        else:
            calls = (low + high) // 2
        if calls in steps:
            break
        steps[calls] = take(calls)
    return [steps[calls] for calls in sorted(steps)]
