"""Engines under load: relayed calls, transcoded calls, conversations, and what a silent call costs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from peers import (
    COUNTER_MODE,
    GCM,
    Generator,
    Offhook,
    Peer,
    Rtpengine,
    cpu_s,
    resident_kb,
    rtpengine_version,
)
from search import COARSE, Step, carried, lossless, most, search
from speech import measure_speech

MEMORY_CALLS = 1_000
HANDSHAKES = 500
"""Calls, of two handshakes each."""
EFFORTS = (5, 2, 0)
"""Complexities that our encoders fall to under load."""
Make = Callable[[], Peer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A kind of call.

    Attributes:
        codecs: Those of its two parties; the same on both sides is relayed.
        begin: How many calls the search begins with.
        profile: The SRTP profile of both.
        talk: `continuous`, or `conversation` where each speaks 45 % of the time.
        both: Whether the calls without loss are searched, too.
    """

    codecs: tuple[str, str]
    begin: int
    profile: str = GCM
    talk: str = "continuous"
    both: bool = False


LOADS = {
    "relay": Load(codecs=("PCMU", "PCMU"), begin=500, both=True),
    "relay_counter_mode": Load(codecs=("PCMU", "PCMU"), begin=500, profile=COUNTER_MODE),
    "transcode": Load(codecs=("opus", "PCMU"), begin=100, both=True),
    "conversation": Load(codecs=("opus", "PCMU"), begin=100, talk="conversation", both=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long and how finely is measured.

    Attributes:
        seconds: Of each step that count.
        warm_s: Before them: a busy engine needs a moment to find its complexity, and to work off what came.
        limit: The most calls, for a quick look.
    """

    seconds: float = 20.0
    warm_s: float = 5.0
    limit: int = 10_000


def loss_of(seen: dict[str, Any], talk: str) -> float:
    """Share of packets that never arrived.

    In a conversation an engine may leave out what says nothing, so what arrives cannot be compared with what
    was sent: gaps in its numbers count, and what the system dropped before it.
    """
    if talk == "conversation":
        return (
            (seen["gaps"] + seen["dropped_by_system"]) / seen["sent"] if seen["received"] else 1.0
        )
    return max(0.0, 1 - seen["received"] / seen["sent"])


def loss_by_gaps_or_count(seen: dict[str, Any]) -> float:
    """Share that is missing of streams that an engine makes itself, as many packets as it is sent.

    Gaps in its numbers, what it never made, and what the system dropped before it: the largest counts.
    """
    if not seen["received"] or not seen["sent"]:
        return 1.0
    by_gaps = seen["gaps"] / (seen["received"] + seen["gaps"])
    by_count = 1 - seen["received"] / seen["sent"]
    return max(by_gaps, by_count, seen["dropped_by_system"] / seen["sent"])


def take(make: Make, load: Load, calls: int, timing: Timing) -> Step:
    """One step on a fresh engine."""
    with Generator(load.profile) as generator, make() as peer:
        try:
            set_up = peer.set_up(generator, calls, *load.codecs)
            if set_up["profiles"] != [load.profile]:
                raise RuntimeError(f"the profile is {set_up['profiles']}")
            seen = generator.do(
                "run",
                seconds=timing.seconds,
                warm_s=timing.warm_s,
                pid=peer.pid,
                marked=load.codecs[0] == load.codecs[1],
                talk=load.talk,
            )
        except RuntimeError as error:
            return Step(calls=calls, failed=str(error))
    kept_up = seen["late_slots"] == 0 and seen["unsent"] == 0 and not seen["forged"]
    return Step(
        calls=calls,
        loss=round(loss_of(seen, load.talk), 5),
        held_back_ms=seen["held_back_ms"],
        p50_ms=seen["delay_p50_ms"],
        p99_ms=seen["delay_p99_ms"],
        cpu=round(seen["cpu_s"] / seen["wall_s"], 4),
        us_per_packet=round(seen["cpu_s"] / max(1, seen["received"]) * 1e6, 3),
        generator_cpu=round(seen["own_cpu_s"] / seen["wall_s"], 4),
        generator_kept_up=kept_up,
    )


def climb(name: str, make: Make, load: Load, timing: Timing) -> list[Step]:
    """Steps until it is known how many calls are carried and, where asked for, how many are without loss."""

    def one(calls: int) -> Step:
        step = take(make, load, calls, timing)
        print(f"  {name:16} {summary(step)}", flush=True)
        return step

    steps = search(one, load.begin, limit=timing.limit)
    if load.both:
        steps = search(
            one,
            load.begin,
            good=lossless,
            known=steps,
            growth=1.25,
            precision=COARSE,
            limit=timing.limit,
        )
    return steps


def summary(step: Step) -> str:
    """One line for people."""
    if step.failed:
        return f"{step.calls:5} calls: {step.failed}"
    late = "" if step.generator_kept_up else "  (the generator fell behind)"
    verdict = "carried" if step.carried else "lossless" if step.lossless else "lost"
    p50, p99 = (0.0 if one is None else one for one in (step.p50_ms, step.p99_ms))
    return (
        f"{step.calls:5} calls: {verdict:8} {100 * step.loss:6.2f} % lost, p50 {p50:6.2f} p99 {p99:6.2f} ms,"
        f" {100 * (step.cpu or 0):5.1f} % of a core, {step.us_per_packet:6.2f} us a packet{late}"
    )


def setting_up(make: Make) -> dict[str, Any]:
    """The cost of silent calls: handshakes and memory."""
    with Generator() as generator, make() as peer:
        peer.set_up(generator, 10, "PCMU", "PCMU")
        spent, before = cpu_s(peer.pid), resident_kb(peer.pid)
        seen = peer.set_up(generator, HANDSHAKES, "PCMU", "PCMU")
        spent = cpu_s(peer.pid) - spent
        peer.set_up(generator, MEMORY_CALLS - HANDSHAKES, "PCMU", "PCMU")
        generator.do("run", seconds=3.0, warm_s=0.0, pid=peer.pid, marked=True)
        grown = resident_kb(peer.pid) - before
        return {
            "handshakes": seen["connected"],
            "srtp_profiles": seen["profiles"],
            # ICE, SDP and the Python that drives it are in this figure too.
            "cpu_ms_per_leg_set_up": round(1e3 * spent / seen["connected"], 4),
            "legs_set_up_per_core_s": round(seen["connected"] / spent),
            "kb_per_relayed_call": round(grown / MEMORY_CALLS, 1),
        }


def measure_engines(timing: Timing, loads: tuple[str, ...] = tuple(LOADS)) -> dict[str, Any]:
    """All figures of all engines, under those loads."""
    version = rtpengine_version()
    peers: dict[str, Make] = {"offhook": Offhook}
    if version:
        peers["rtpengine"] = Rtpengine
    else:
        print("rtpengine is not measured: tools/packages bench says what is missing")
    found: dict[str, Any] = {}
    for name, make in peers.items():
        found[name] = {"set_up": setting_up(make), "speech": {"default": measure_speech(make)}}
        for kind in loads:
            steps = climb(f"{name} {kind}", make, LOADS[kind], timing)
            found[name][kind] = [step.as_json() for step in steps]
    for effort in EFFORTS:
        found["offhook"]["speech"][str(effort)] = measure_speech(lambda e=effort: Offhook(e))
    if "transcode" in loads:
        one_effort = Load(codecs=("opus", "PCMU"), begin=100)
        steps = climb("offhook effort 5", lambda: Offhook(EFFORTS[0]), one_effort, timing)
        found["offhook"]["transcode_at_effort_5"] = [step.as_json() for step in steps]
    return {"rtpengine": version, "found": found}


def conclude(found: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    """The figures that people ask for, of each engine."""
    return {name: of_engine(one) for name, one in found.items()}


def of_engine(one: dict[str, Any]) -> dict[str, float | None]:
    """Those of one engine; what was not measured is None."""
    steps = {
        kind: [Step.from_json(step) for step in one.get(kind, [])]
        for kind in (*LOADS, "transcode_at_effort_5")
    }
    relay, transcode = steps["relay"], steps["transcode"]
    costs = [step.us_per_packet for step in relay if step.lossless]
    spoken = one.get("speech", {})
    pesq = spoken.get("5") or spoken.get("default") or {}
    return {
        "relay_calls_carried": most(relay, carried) or None,
        "relay_calls_lossless": most(relay, lossless) or None,
        "relay_us_per_packet": costs[-1] if costs else None,
        "relay_us_per_packet_at_1000": next(
            (s.us_per_packet for s in relay if s.calls == 1_000), None
        ),
        "relay_p50_ms_at_500": next((s.p50_ms for s in relay if s.calls == 500), None),
        "relay_p99_ms_at_500": next((s.p99_ms for s in relay if s.calls == 500), None),
        "relay_counter_mode_calls_carried": most(steps["relay_counter_mode"], carried) or None,
        "opus_pcmu_calls_carried": most(transcode, carried) or None,
        "opus_pcmu_calls_lossless": most(transcode, lossless) or None,
        "opus_pcmu_calls_at_effort_5": most(steps["transcode_at_effort_5"], carried) or None,
        "conversation_calls_carried": most(steps["conversation"], carried) or None,
        "conversation_calls_lossless": most(steps["conversation"], lossless) or None,
        "pesq_to_opus": pesq.get("to_opus"),
        "pesq_to_pcmu": pesq.get("to_pcmu"),
        "kb_per_relayed_call": one.get("set_up", {}).get("kb_per_relayed_call"),
        "legs_set_up_per_core_s": one.get("set_up", {}).get("legs_set_up_per_core_s"),
    }


RATIOS = {
    "relay_calls_carried_ratio": "relay_calls_carried",
    "relay_counter_mode_ratio": "relay_counter_mode_calls_carried",
    "opus_pcmu_ratio": "opus_pcmu_calls_carried",
    "conversation_ratio": "conversation_calls_carried",
}
OURS = (
    "relay_calls_carried", "relay_calls_lossless", "relay_us_per_packet", "relay_us_per_packet_at_1000",
    "relay_p99_ms_at_500", "relay_counter_mode_calls_carried", "opus_pcmu_calls_carried",
    "opus_pcmu_calls_lossless", "opus_pcmu_calls_at_effort_5", "conversation_calls_carried",
    "kb_per_relayed_call",
)  # fmt: skip


def engine_figures(conclusions: dict[str, dict[str, float | None]]) -> dict[str, float | None]:
    """The figures of a run by name: ours, and ours by rtpengine's of the same run."""
    ours, theirs = conclusions.get("offhook", {}), conclusions.get("rtpengine", {})
    values = {name: ours.get(name) for name in OURS}
    for name, of in RATIOS.items():
        a, b = ours.get(of), theirs.get(of)
        values[name] = round(a / b, 2) if a and b else None
    values["opus_pcmu_pesq"] = ours.get("pesq_to_opus")
    values["rtpengine_pesq"] = theirs.get("pesq_to_opus")
    return values
