"""The machine's clocks and chance, and requests counted by outcome."""

import itertools
import re

import pytest
from offhook.base.ids import AccountId, CallId
from offhook.base.media import Silence, Sound
from offhook.base.web import WebFailure, WebFault, WebLimits, WebReply, WebRequest
from offhook.runtime.adapters import CountedWeb, RandomIds, SystemClock, random_fraction
from offhook.testing.memory import InMemoryMetrics

LIMITS = WebLimits(
    connect_s=1.0,
    read_s=1.0,
    total_s=1.0,
    retries=0,
    retry_on=frozenset(),
    redirects=0,
    body_bytes=100,
)
REQUEST = WebRequest(
    method="GET",
    url="http://example.org/",
    form=(),
    headers={},
    limits=LIMITS,
    account=AccountId("MA1"),
)
REPLY = WebReply(status=200, url=REQUEST.url, content_type="text/xml", body=b"", took_ms=1)
TIMEOUT = WebFailure(WebFault.READ_TIMEOUT, REQUEST.url)


class Web:
    """Answers, or fails."""

    def __init__(self, failure: WebFailure | None = None) -> None:
        self.failure = failure
        self.forgotten: list[CallId] = []

    async def fetch(self, request: WebRequest) -> WebReply:
        if self.failure is not None:
            raise self.failure
        return REPLY

    async def fetch_sound(self, request: WebRequest) -> Sound:
        return Silence(1.0)

    def forget(self, call: CallId) -> None:
        self.forgotten.append(call)


def test_the_machines_clock_and_chance() -> None:
    clock = SystemClock()
    assert clock.now() <= clock.now()
    assert clock.wall().tzinfo is not None
    assert len({RandomIds().hex32() for _ in range(100)}) == 100
    fractions = [random_fraction() for _ in range(100)]
    assert all(0 <= fraction < 1 for fraction in fractions)
    assert any(one != other for one, other in itertools.pairwise(fractions))


async def test_requests_are_counted_by_outcome() -> None:
    metrics = InMemoryMetrics()
    assert await CountedWeb(Web(), metrics).fetch(REQUEST) == REPLY
    with pytest.raises(WebFailure):
        await CountedWeb(Web(TIMEOUT), metrics).fetch(REQUEST)
    assert metrics.counts == {
        "webhooks": 2,
        "webhooks{outcome=answered}": 1,
        "webhooks{outcome=read-timeout}": 1,
    }


async def test_sounds_and_the_end_of_a_call_are_passed_on() -> None:
    web, metrics = Web(), InMemoryMetrics()
    counted = CountedWeb(web, metrics)
    assert await counted.fetch_sound(REQUEST) == Silence(1.0)
    counted.forget(CallId("c1"))
    assert web.forgotten == ["c1"]
    assert not metrics.counts


@pytest.mark.parametrize("count", [1, 14, 17])
def test_numbers_have_as_many_digits_as_wanted(count: int) -> None:
    for _ in range(200):
        assert re.fullmatch(f"[1-9][0-9]{{{count - 1}}}", RandomIds().digits(count))
