"""What becomes of callers in queues and of agents when programs and restarts come between."""

import asyncio

from offhook.base.control import RedirectCall
from offhook.base.ids import CallId
from offhook.dialects.base import Dialect
from offhook.testing.fake_signal import CallState
from offhook.testing.memory import ACCOUNT
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ORIGIN, Page, ReceivedRequest
from offhook.verbs.dequeue import Dequeue
from offhook.verbs.enqueue import Enqueue, QueueEnd

Dialects = dict[str, Dialect]


def _page(asked: ReceivedRequest) -> str:
    if asked.parameters["To"] == "take":
        return "<Response><Dial><Queue>sales</Queue></Dial></Response>"
    return '<Response><Enqueue waitUrl="">sales</Enqueue></Response>'


def _harness(dialects: Dialects) -> UnitHarness:
    harness = UnitHarness(dialects)
    harness.web.page("/answer", Page(body=_page))
    harness.web.page("/other", "<Response><Play digits='w'/><Pause length='2'/></Response>")
    return harness


async def test_a_caller_who_is_redirected_leaves_the_queue(dialects: Dialects) -> None:
    async with _harness(dialects) as harness:
        caller = harness.call("wait")
        await asyncio.sleep(1.0)
        assert len(harness.dispatcher.queues) == 1
        action = RedirectCall(url=f"{ORIGIN}/other")
        await harness.dispatcher.control(ACCOUNT, CallId(caller.leg), action)
        await asyncio.sleep(0.1)
        assert len(harness.dispatcher.queues) == 0
        await caller.wait_for(CallState.ENDED)


async def test_an_agent_who_is_redirected_lets_the_caller_go_on(dialects: Dialects) -> None:
    async with _harness(dialects) as harness:
        caller = harness.call("wait")
        await asyncio.sleep(1.0)
        agent = harness.call("take")
        await harness.media.wait_bridged(agent.leg)
        action = RedirectCall(url=f"{ORIGIN}/other")
        await harness.dispatcher.control(ACCOUNT, CallId(agent.leg), action)
        await caller.wait_for(CallState.ENDED)
        assert agent.state is CallState.UP
        assert harness.media.source_of(agent.leg) is None
        await agent.wait_for(CallState.ENDED)
        assert len(harness.dispatcher.queues) == 0


def test_the_results_are_those_of_the_vendor() -> None:
    assert {str(end) for end in QueueEnd} == {"bridged", "leave", "queue-full", "error", "hangup"}
    assert Enqueue(queue="a").most == 1_000
    assert not Dequeue.__dataclass_fields__["url"].default
