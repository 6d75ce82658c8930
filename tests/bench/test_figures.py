"""From the steps of a run to its figures."""

import pytest
from engines import OURS, RATIOS, Step, conclude, engine_figures, loss_of
from figures import UNITS, flat
from run import figures


def steps(*loads: tuple[int, float, float]) -> list[dict[str, object]]:
    """Steps of so many calls, so much loss and so much delay, as a result file has them."""
    return [
        Step(
            calls=calls, loss=loss, p99_ms=p99, p50_ms=p99 / 2, us_per_packet=calls / 200
        ).as_json()
        for calls, loss, p99 in loads
    ]


FOUND = {
    "offhook": {
        "relay": steps(
            (500, 0, 0.3), (1_000, 0, 0.6), (1_400, 0, 4.9), (1_500, 0, 60), (1_600, 0.1, 90)
        ),
        "relay_counter_mode": steps((900, 0, 2)),
        "transcode": steps((300, 0, 3), (400, 0, 30)),
        "conversation": steps((600, 0, 3)),
        "transcode_at_effort_5": steps((120, 0, 3), (130, 0, 9)),
        "speech": {
            "default": {"to_opus": 3.9, "to_pcmu": 3.8},
            "5": {"to_opus": 4.0, "to_pcmu": 3.8},
        },
        "set_up": {"kb_per_relayed_call": 41.5, "legs_set_up_per_core_s": 4_000},
    },
    "rtpengine": {
        "relay": steps((500, 0, 0.9), (700, 0, 3), (1_000, 0, 32), (1_500, 0, 99)),
        "relay_counter_mode": steps((500, 0, 99)),
        "transcode": steps((100, 0, 3), (150, 0.01, 9)),
        "speech": {"default": {"to_opus": 3.7, "to_pcmu": 3.6}},
    },
}


def test_a_run_says_what_it_carried_and_how_that_compares():
    values = engine_figures(conclude(FOUND))
    expected = {
        "relay_calls_carried": 1_400,
        "relay_calls_lossless": 1_500,
        "relay_calls_carried_ratio": 2.0,
        "relay_us_per_packet": 7.5,
        "relay_us_per_packet_at_1000": 5.0,
        "relay_p99_ms_at_500": 0.3,
        "opus_pcmu_calls_carried": 300,
        "opus_pcmu_ratio": 3.0,
        "opus_pcmu_calls_at_effort_5": 120,
        "opus_pcmu_pesq": 4.0,
        "rtpengine_pesq": 3.7,
        "kb_per_relayed_call": 41.5,
    }
    assert {name: values[name] for name in expected} == expected


def test_there_is_no_ratio_to_what_was_not_measured_or_carries_nothing():
    values = engine_figures(conclude(FOUND))
    assert values["relay_counter_mode_ratio"] is None
    assert values["conversation_ratio"] is None
    alone = engine_figures(conclude({"offhook": FOUND["offhook"]}))
    assert all(alone[name] is None for name in RATIOS)


def test_every_figure_has_a_unit_and_those_that_are_missing_are_left_out():
    found = figures({"conclusions": conclude(FOUND)})
    assert {*OURS, *RATIOS} <= set(UNITS)
    assert found["relay_calls_carried_ratio"] == {"value": 2.0, "unit": "times", "aim": 2.0}
    assert "conversation_ratio" not in found
    with pytest.raises(KeyError):
        flat({"nameless": 1.0})


def test_loss_is_what_did_not_arrive():
    assert loss_of({"sent": 1_000, "received": 990}, "continuous") == pytest.approx(0.01)
    assert loss_of({"sent": 1_000, "received": 1_001}, "continuous") == 0.0


def test_silence_that_is_left_out_is_no_loss_but_gaps_and_drops_are():
    seen = {"sent": 1_000, "received": 600, "gaps": 0, "dropped_by_system": 0}
    assert loss_of(seen, "conversation") == 0.0
    seen |= {"gaps": 4, "dropped_by_system": 6}
    assert loss_of(seen, "conversation") == pytest.approx(0.01)
    assert loss_of(seen | {"received": 0}, "conversation") == 1.0
