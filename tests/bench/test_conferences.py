"""Conferences and prompts: what counts as held, and from the steps of a run to its figures."""

import pytest
from conferences import (
    CONFERENCES,
    HELD,
    conference_figures,
    listened_to,
    spread,
    step_of,
    summary,
)
from engines import loss_by_gaps_or_count
from figures import UNITS
from run import figures
from search import LATE_MS, SILENT_DBOV, SILENT_SHARE, Step

SEEN = {
    "sent": 1_000,
    "received": 1_000,
    "gaps": 0,
    "dropped_by_system": 0,
    "delay_p50_ms": 0.4,
    "delay_p99_ms": 9.0,
    "cpu_s": 1.0,
    "own_cpu_s": 0.5,
    "wall_s": 2.0,
    "late_slots": 0,
    "unsent": 0,
    "forged": 0,
    "received_dbov": {"0": -24.0, "1": -22.0},
    "silent_share": 0.0,
}


def steps(*parties: tuple[int, float]) -> list[dict[str, object]]:
    return [
        Step(calls=count, loss=0, p99_ms=p99, received_dbov=-22.0).as_json()
        for count, p99 in parties
    ]


@pytest.mark.parametrize(
    ("loss", "p99_ms", "received_dbov", "verdict"),
    [
        (0.003, LATE_MS, SILENT_DBOV, True),
        (0.0031, 1.0, -22.0, False),
        (0.0, LATE_MS + 0.01, -22.0, False),
        (0.0, None, -22.0, False),
        (0.0, 1.0, SILENT_DBOV - 0.1, False),
        (0.0, 1.0, None, False),
    ],
)
def test_what_is_missing_or_late_or_silent_is_not_held(loss, p99_ms, received_dbov, verdict):
    step = Step(calls=100, loss=loss, p99_ms=p99_ms, received_dbov=received_dbov)
    assert step.held is verdict
    assert step.as_json()["held"] is verdict
    assert Step.from_json(step.as_json()) == step


def test_loss_is_gaps_or_what_never_was_made_or_what_was_dropped_on_the_way_in():
    assert loss_by_gaps_or_count(SEEN) == 0.0
    assert loss_by_gaps_or_count(SEEN | {"received": 900}) == pytest.approx(0.1)
    assert loss_by_gaps_or_count(SEEN | {"gaps": 250}) == pytest.approx(0.2)
    assert loss_by_gaps_or_count(SEEN | {"dropped_by_system": 300}) == pytest.approx(0.3)
    assert loss_by_gaps_or_count(SEEN | {"received": 0}) == 1.0
    assert loss_by_gaps_or_count(SEEN | {"sent": 0}) == 1.0


def test_the_party_that_hears_least_decides():
    step = step_of(100, SEEN | {"received_dbov": {"0": -22.0, "99": -90.0}})
    assert step.received_dbov == -90.0
    assert not step.held
    assert "silent" in summary(step)
    assert step_of(100, SEEN | {"silent_share": SILENT_SHARE}).held
    assert not step_of(100, SEEN | {"silent_share": SILENT_SHARE + 0.001}).held
    assert step_of(100, SEEN).held


def test_a_speaker_and_listeners_of_the_first_and_the_last_conference_are_listened_to():
    assert listened_to(250, 100) == [0, 1, 50, 249]
    assert listened_to(2, 100) == [0, 1]


def test_figures_are_those_of_the_largest_step_that_was_held():
    measured = {
        "found": {
            "offhook": {
                "conference": steps((500, 2), (1_600, 19), (2_000, 60)),
                "conference_pcmu": steps((1_800, 3)),
                "prompt": steps((500, 99)),
                "mixer_delay": {"opus": {"p50_ms": 33.0, "p95_ms": 40.0}},
            },
            "asterisk": {"conference": steps((100, 3), (200, 90))},
        }
    }
    values = conference_figures(measured)
    assert values["conference_participants_100x3"] == 1_600
    assert values["asterisk_conference_participants_100x3"] == 100
    assert values["conference_ratio"] == 16.0
    assert values["conference_pcmu_ratio"] is None
    assert values["prompt_listeners"] is None
    assert values["mixer_delay_ms"] == 33.0
    assert set(values) <= set(UNITS)
    shown = figures({"conclusions": {}, "conferences": measured})
    assert shown["conference_participants_100x3"] == {
        "value": 1_600,
        "unit": "participants",
        "aim": 1_500,
    }
    assert "prompt_listeners" not in shown


def test_a_spread_is_the_median_and_the_slowest_but_5_percent():
    assert spread([float(n) for n in range(1, 101)]) == {
        "p50_ms": 50.5,
        "p95_ms": 96.0,
        "count": 100,
    }
    assert spread([])["p50_ms"] is None


def test_both_are_measured_with_the_same_parties():
    assert {kind for kind, load in HELD.items() if load.compared} == {
        "conference",
        "conference_pcmu",
    }
    assert set(HELD) < set(CONFERENCES)
