"""The bench's own arithmetic: what counts as carried, and how the largest such load is found."""

import pytest
from search import COARSE, PRECISION, Step, carried, lossless, most, search


def engine(*, carries: int, passes: int):
    """An engine that is in time up to some calls and loses nothing up to some more, and what it was asked."""
    asked: list[int] = []

    def take(calls: int) -> Step:
        asked.append(calls)
        late = 1.0 if calls <= carries else 60.0
        return Step(calls=calls, loss=0.0 if calls <= passes else 0.2, p99_ms=late)

    return take, asked


@pytest.mark.parametrize(
    ("loss", "p99_ms", "verdicts"),
    [
        (0.003, 5.0, (True, True)),
        (0.0031, 0.3, (False, False)),
        (0.0, 5.005, (False, True)),
        (0.0, None, (False, True)),
    ],
)
def test_what_is_late_is_not_carried_and_what_is_lost_is_neither(loss, p99_ms, verdicts):
    step = Step(calls=100, loss=loss, p99_ms=p99_ms)
    assert (step.carried, step.lossless) == verdicts
    assert (step.as_json()["carried"], step.as_json()["lossless"]) == verdicts


def test_calls_that_could_not_be_set_up_are_lost():
    step = Step(calls=100, failed="3 parties never connected")
    assert not step.carried
    assert not step.lossless


@pytest.mark.parametrize("carries", [1, 3, 17, 99, 100, 150, 499, 500, 501, 1_263, 1_999, 4_321])
@pytest.mark.parametrize("begin", [100, 500])
def test_the_search_finds_the_most_calls_to_its_precision(carries, begin):
    take, asked = engine(carries=carries, passes=carries)
    found = most(search(take, begin), carried)
    assert found <= carries
    assert carries - found <= max(1, PRECISION * (carries + 1) + 1)
    assert len(asked) == len(set(asked)), "no step is taken twice"
    assert len(asked) <= 16


def test_steps_that_were_taken_serve_the_second_criterion():
    take, asked = engine(carries=750, passes=1_480)
    steps = search(take, 500)
    before = len(asked)
    steps = search(take, 500, good=lossless, known=steps, growth=1.25, precision=COARSE)
    assert most(steps, carried) in range(735, 751)
    assert most(steps, lossless) in range(1_330, 1_481)
    assert len(asked) - before <= 4
    assert [step.calls for step in steps] == sorted(asked)


def test_a_limit_ends_the_search():
    take, asked = engine(carries=10_000, passes=10_000)
    assert most(search(take, 100, limit=300), carried) == 300
    assert asked == [100, 200, 300]


def test_an_engine_that_carries_nothing_is_not_searched_for_ever():
    take, asked = engine(carries=0, passes=0)
    assert most(search(take, 100), carried) == 0
    assert asked[-1] == 1
    assert len(asked) <= 9
