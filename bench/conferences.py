"""Conferences, prompts and what a key stops: how many an engine holds, and how long it takes."""

import tempfile
import wave
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import numpy as np
from asterisk import Asterisk, asterisk_version, has_opus
from engines import Timing, loss_by_gaps_or_count
from peers import COUNTER_MODE, Generator, Offhook
from search import Step, held, most, search

SPEAKERS = 3
ROOM = 100
PROMPT_S, PROMPT_HZ = 10, 16_000
SPREAD_S = 5.0
"""Prompts are begun over this time, each at its own moment."""
KEYS = 20
"""Parties of which each presses a key."""
DELAY_ROOMS = 5
"""Conferences of three with bursts: their packets come at different moments of the mixer's tick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is held.

    Attributes:
        codec: Of all parties.
        begin: How many parties the search begins with.
        room: Members of a conference; 0 has all in one.
        level: Whether packets say how loud they are (RFC 6464).
        prompt: Instead of a conference each party hears a prompt.
        compared: Whether Asterisk is measured, too.
    """

    codec: str
    begin: int
    room: int = ROOM
    level: bool = True
    prompt: bool = False
    compared: bool = False


HELD = {
    "conference": Load(codec="opus", begin=500, compared=True),
    "conference_without_level": Load(codec="opus", begin=500, level=False),
    "conference_pcmu": Load(codec="PCMU", begin=500, compared=True),
    "conference_single_room": Load(codec="opus", begin=500, room=0),
    "prompt": Load(codec="opus", begin=500, prompt=True),
    "prompt_pcmu": Load(codec="PCMU", begin=500, prompt=True),
}
TIMED = ("mixer_delay", "barge_in")
CONFERENCES = (*HELD, *TIMED)
CODECS = ("opus", "PCMU")


class Confers(Protocol):
    """An engine with conferences."""

    @property
    def pid(self) -> int: ...

    def gather(
        self, generator: Generator, parties: int, codec: str, room: int, *, level: bool
    ) -> dict[str, Any]: ...


Make = Callable[[], AbstractContextManager[Confers]]


def write_prompt(path: Path) -> None:
    """Ten seconds of a buzz in syllables, never silent for long."""
    t = np.arange(PROMPT_S * PROMPT_HZ) / PROMPT_HZ
    phase = 2 * np.pi * np.cumsum(140 + 30 * np.sin(2 * np.pi * 0.7 * t)) / PROMPT_HZ
    voice = sum(np.sin(k * phase) / (1 + abs(k - 4)) for k in range(1, 16))
    syllables = 0.3 + 0.7 * np.abs(np.sin(2 * np.pi * 2 * t))
    samples = (4_000 * voice * syllables).clip(-32_768, 32_767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(PROMPT_HZ)
        file.writeframes(samples.tobytes())


def listened_to(parties: int, room: int) -> list[int]:
    """Parties whose sound is decoded: a speaker and a listener of the first conference, the last of all."""
    return sorted({0, 1, min(room, parties) // 2, parties - 1})


def take(make: Make, load: Load, parties: int, timing: Timing) -> Step:
    """One step on a fresh engine."""
    room = load.room or parties
    with (
        Generator(COUNTER_MODE) as generator,
        make() as peer,
        tempfile.TemporaryDirectory() as folder,
    ):
        try:
            if load.prompt:
                assert isinstance(peer, Offhook)
                peer.place(generator, parties, load.codec, level=load.level)
                write_prompt(Path(folder) / "prompt.wav")
                peer.play(str(Path(folder) / "prompt.wav"), spread_s=SPREAD_S)
            else:
                peer.gather(generator, parties, load.codec, room, level=load.level)
            seen = generator.do(
                "run",
                seconds=timing.seconds,
                warm_s=timing.warm_s,
                pid=peer.pid,
                talk="conference",
                room=room,
                speakers=0 if load.prompt else SPEAKERS,
                listen=listened_to(parties, room),
            )
        except RuntimeError as error:
            return Step(calls=parties, failed=str(error))
    return step_of(parties, seen)


def step_of(parties: int, seen: dict[str, Any]) -> Step:
    """What the generator saw of a step."""
    return Step(
        calls=parties,
        loss=round(loss_by_gaps_or_count(seen), 5),
        p50_ms=seen["delay_p50_ms"],
        p99_ms=seen["delay_p99_ms"],
        cpu=round(seen["cpu_s"] / seen["wall_s"], 4),
        us_per_packet=round(seen["cpu_s"] / max(1, seen["received"]) * 1e6, 3),
        generator_cpu=round(seen["own_cpu_s"] / seen["wall_s"], 4),
        generator_kept_up=seen["late_slots"] == 0 and seen["unsent"] == 0 and not seen["forged"],
        received_dbov=min(seen["received_dbov"].values(), default=None),
        silent_share=round(seen["silent_share"], 4),
    )


def climb(name: str, make: Make, load: Load, timing: Timing) -> list[dict[str, Any]]:
    """Steps until it is known how many parties are held."""

    def one(parties: int) -> Step:
        step = take(make, load, parties, timing)
        print(f"  {name:32} {summary(step)}", flush=True)
        return step

    steps = search(one, min(load.begin, timing.limit), good=held, limit=timing.limit)
    return [step.as_json() for step in steps]


def summary(step: Step) -> str:
    """One line for people."""
    if step.failed:
        return f"{step.calls:5}: {step.failed}"
    late = "" if step.generator_kept_up else "  (the generator fell behind)"
    verdict = "held" if step.held else "silent" if step.silent else "not held"
    p50, p99 = (0.0 if one is None else one for one in (step.p50_ms, step.p99_ms))
    return (
        f"{step.calls:5}: {verdict:8} {100 * step.loss:6.2f} % missing,"
        f" late p50 {p50:6.2f} p99 {p99:6.2f} ms, {100 * (step.cpu or 0):5.1f} % of a core,"
        f" received {step.received_dbov} dBov,"
        f" {100 * step.silent_share:.1f} % silent{late}"
    )


def measure_mixer_delay(codec: str, seconds: float) -> dict[str, Any]:
    """How long the mixer takes: bursts in conferences of three."""
    with Generator(COUNTER_MODE) as generator, Offhook() as peer:
        peer.gather(generator, 3 * DELAY_ROOMS, codec, 3, level=True)
        seen = generator.do("bursts", room=3, warm_s=3.0, seconds=seconds)
    return spread(seen["delays_ms"]) | {"missing": seen["missing"]}


def measure_barge_in(codec: str) -> dict[str, Any]:
    """How long a prompt is still heard after a key."""
    with (
        Generator(COUNTER_MODE) as generator,
        Offhook() as peer,
        tempfile.TemporaryDirectory() as folder,
    ):
        write_prompt(Path(folder) / "prompt.wav")
        peer.place(generator, KEYS, codec, events=True)
        peer.play(str(Path(folder) / "prompt.wav"), stop_on_digit=True)
        seen = generator.do("press")
    if seen["had_sound"] < KEYS:
        raise RuntimeError(f"only {seen['had_sound']} of {KEYS} heard the prompt")
    return spread(seen["silent_after_ms"])


def spread(values: list[float]) -> dict[str, Any]:
    """Median and 95th percentile."""
    if not values:
        return {"p50_ms": None, "p95_ms": None, "count": 0}
    ordered = sorted(values)
    slow = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {"p50_ms": round(median(ordered), 1), "p95_ms": round(slow, 1), "count": len(ordered)}


def measure_conferences(timing: Timing, loads: tuple[str, ...]) -> dict[str, Any]:
    """All of these loads, of us and of Asterisk where it is to be had."""
    version = asterisk_version()
    found: dict[str, dict[str, Any]] = {"offhook": {}, "asterisk": {}}
    for kind in [kind for kind in HELD if kind in loads]:
        load = HELD[kind]
        found["offhook"][kind] = climb(f"offhook {kind}", Offhook, load, timing)
        if load.compared and version and (load.codec != "opus" or has_opus()):
            theirs = Load(codec=load.codec, begin=100, room=load.room, level=load.level)
            found["asterisk"][kind] = climb(
                f"asterisk {kind}", lambda codec=load.codec: Asterisk(codec), theirs, timing
            )
    if "mixer_delay" in loads:
        seconds = 2.0 if timing.seconds < 5 else 6.0
        delays = {codec: measure_mixer_delay(codec, seconds) for codec in CODECS}
        found["offhook"]["mixer_delay"] = delays
        print(f"  offhook mixer delay {delays}", flush=True)
    if "barge_in" in loads:
        delays = {codec: measure_barge_in(codec) for codec in CODECS}
        found["offhook"]["barge_in"] = delays
        print(f"  offhook barge-in {delays}", flush=True)
    missing = None
    if not version:
        missing = "Asterisk is not measured: tools/packages bench says what is missing"
        print(missing)
    elif not has_opus():
        missing = "Asterisk has no codec for Opus here: its conferences with Opus are not measured"
        print(missing)
    return {"asterisk": version, "missing": missing, "found": found}


def conference_figures(measured: dict[str, Any]) -> dict[str, float | None]:
    """The figures by name."""
    ours, theirs = (measured["found"].get(name, {}) for name in ("offhook", "asterisk"))
    values: dict[str, float | None] = {
        "conference_participants_100x3": most_held(ours, "conference"),
        "conference_participants_100x3_without_level": most_held(ours, "conference_without_level"),
        "conference_participants_100x3_pcmu": most_held(ours, "conference_pcmu"),
        "conference_single_room": most_held(ours, "conference_single_room"),
        "asterisk_conference_participants_100x3": most_held(theirs, "conference"),
        "asterisk_conference_participants_100x3_pcmu": most_held(theirs, "conference_pcmu"),
        "prompt_listeners": most_held(ours, "prompt"),
        "prompt_listeners_pcmu": most_held(ours, "prompt_pcmu"),
    }
    for codec, suffix in (("opus", ""), ("PCMU", "_pcmu")):
        a, b = (values[f"{who}conference_participants_100x3{suffix}"] for who in ("", "asterisk_"))
        values[f"conference{suffix}_ratio"] = round(a / b, 2) if a and b else None
        for kind in TIMED:
            delays = ours.get(kind, {}).get(codec, {})
            values[f"{kind}{suffix}_ms"] = delays.get("p50_ms")
            values[f"{kind}{suffix}_p95_ms"] = delays.get("p95_ms")
    return values


def most_held(found: dict[str, Any], kind: str) -> int | None:
    """The most parties of a step that was held; None where none was, or none was measured."""
    return most((Step.from_json(step) for step in found.get(kind, [])), held) or None
