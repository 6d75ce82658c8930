"""The figures of a run by their names: one flat map of values with their units and aims."""

from collections.abc import Mapping
from typing import Any, Final

UNITS: Final[Mapping[str, tuple[str, float | None]]] = {
    "setup_p50_ms": ("ms", 3.8),
    "setup_p99_ms": ("ms", 7.6),
    "calls_per_s": ("calls/s", 180),
    "cpu_ms_per_call_at_150": ("ms", None),
    "setup_p99_ms_busy_at_100": ("ms", 150),
    "kb_per_idle_link": ("kB", 52.5),
    "kb_per_call_signalling": ("kB", 46.2),
    "relay_calls_carried": ("calls", None),
    "relay_calls_carried_ratio": ("times", 2.0),
    "relay_calls_lossless": ("calls", None),
    "relay_us_per_packet": ("us", None),
    "relay_us_per_packet_at_1000": ("us", 5.0),
    "relay_p99_ms_at_500": ("ms", 0.30),
    "relay_counter_mode_calls_carried": ("calls", None),
    "relay_counter_mode_ratio": ("times", 2.0),
    "opus_pcmu_calls_carried": ("calls", None),
    "opus_pcmu_ratio": ("times", 3.0),
    "opus_pcmu_calls_lossless": ("calls", None),
    "opus_pcmu_calls_at_effort_5": ("calls", None),
    "conversation_calls_carried": ("calls", None),
    "conversation_ratio": ("times", 5.0),
    "opus_pcmu_pesq": ("MOS", None),
    "rtpengine_pesq": ("MOS", None),
    "kb_per_relayed_call": ("kB", 40),
    "conference_participants_100x3": ("participants", 1_500),
    "conference_participants_100x3_without_level": ("participants", None),
    "conference_participants_100x3_pcmu": ("participants", None),
    "conference_single_room": ("participants", 1_000),
    "asterisk_conference_participants_100x3": ("participants", None),
    "asterisk_conference_participants_100x3_pcmu": ("participants", None),
    "conference_ratio": ("times", None),
    "conference_pcmu_ratio": ("times", None),
    "mixer_delay_ms": ("ms", 70),
    "mixer_delay_p95_ms": ("ms", None),
    "mixer_delay_pcmu_ms": ("ms", 70),
    "mixer_delay_pcmu_p95_ms": ("ms", None),
    "prompt_listeners": ("listeners", 500),
    "prompt_listeners_pcmu": ("listeners", 500),
    "barge_in_ms": ("ms", 60),
    "barge_in_p95_ms": ("ms", None),
    "barge_in_pcmu_ms": ("ms", 60),
    "barge_in_pcmu_p95_ms": ("ms", None),
    "first_audio_p50_ms": ("ms", 250),
    "restart_gap_p50_ms": ("ms", 1_500),
    "sdk_gzip_native": ("bytes", 24_700),
    "sdk_gzip_plivo": ("bytes", 38_150),
    "sdk_gzip_twilio": ("bytes", 40_150),
    "noisy_ping_p99_ms": ("ms", 50),
    "noisy_memory_mb": ("MB", 32),
    "noisy_packets_lost": ("packets", 0),
    "tenant_webhook_slowdown": ("times", 2),
    "tenant_callback_slowdown": ("times", 2),
}
"""Unit and aim of each figure; no aim where only the comparison with the build before counts."""


def flat(values: Mapping[str, float | None]) -> dict[str, dict[str, Any]]:
    """`values` with their units and aims; what was not measured is left out.

    Raises:
        KeyError: a figure has no unit.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        unit, aim = UNITS[name]
        if value is not None:
            found[name] = {"value": value, "unit": unit, "aim": aim}
    return found
