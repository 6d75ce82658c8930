"""Callers wait in queues until agents take them, in order; none is lost, and none is given to two agents."""

import asyncio
from typing import Final

import pytest
from offhook.base.media import Silence
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.loop import VirtualLoop
from offhook.testing.simulation import Simulation
from offhook.testing.sounds import wav
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import Page, ReceivedRequest
from scenes import ALICE_HZ, BOB_HZ, CLEAR_DB, two_people
from twilio.twiml.voice_response import Dial, VoiceResponse

AFTER: Final = "/after"
TAKEN: Final = "/taken"


def waits(queue: str = "sales", **attributes: object) -> str:
    response = VoiceResponse()
    response.enqueue(queue, **({"action": AFTER, "wait_url": ""} | attributes))
    return str(response)


def takes(queue: str = "sales", timeout: int = 30, **noun: str) -> str:
    response = VoiceResponse()
    dial = Dial(action=TAKEN, timeout=timeout)
    dial.queue(queue, **noun)
    response.append(dial)
    return str(response)


class CallCenter:
    """A server with callers, who dial `wait`, and agents, who dial `take`."""

    def __init__(self, waiting: str = "", taking: str = "") -> None:
        self.harness = UnitHarness({"twilio": Twilio()})
        web = self.harness.web
        web.page("/answer", lambda_page(waiting or waits(), taking or takes()))
        web.page("/two.wav", Page(body=wav(440.0, 2.0), content_type="audio/wav"))
        for path in (AFTER, TAKEN):
            web.page(path, "<Response/>")

    def calls(self, to: str) -> FakeLeg:
        return self.harness.call(to)

    def asked(self, path: str) -> list[dict[str, str]]:
        return [dict(each.parameters) for each in self.harness.web.requests_to(path)]

    def bridged(self, leg: FakeLeg) -> str:
        source = self.harness.media.source_of(leg.leg)
        return source if isinstance(source, str) else ""


def lambda_page(waiting: str, taking: str) -> Page:
    def body(asked: ReceivedRequest) -> str:
        return taking if asked.parameters["To"] == "take" else waiting

    return Page(body=body)


async def test_an_agent_gets_the_caller_who_has_waited_longest() -> None:
    center = CallCenter()
    async with center.harness:
        first = center.calls("wait")
        await asyncio.sleep(10.0)
        second = center.calls("wait")
        await asyncio.sleep(5.0)
        agent = center.calls("take")
        await asyncio.sleep(1.0)
        assert (center.bridged(agent), center.bridged(first)) == (first.leg, agent.leg)
        assert center.bridged(second) == ""
        await asyncio.sleep(20.0)
        agent.end()
        await first.wait_for(CallState.ENDED)
        second.end()
        await center.harness.records.record(1)
    (taken,) = center.asked(TAKEN)
    assert taken["DequeueResult"] == "bridged"
    assert taken["DialCallStatus"] == "completed"
    assert taken["DequeuedCallSid"] == f"CA{first.leg}"
    assert taken["DialCallSid"] == f"CA{first.leg}"
    assert taken["DialBridged"] == "true"
    assert int(taken["DequeuedCallQueueTime"]) == 15
    assert 19 <= int(taken["DequeuedCallDuration"]) <= 21
    assert 19 <= int(taken["DialCallDuration"]) <= 21
    (after,) = center.asked(AFTER)
    assert after["QueueResult"] == "bridged"
    assert after["QueueSid"] == taken["QueueSid"]
    assert after["QueueSid"].startswith("QU")
    assert len(after["QueueSid"]) == 34
    assert int(after["QueueTime"]) >= 15


async def test_a_wait_document_is_asked_for_again_with_the_place_of_now() -> None:
    center = CallCenter(waits(wait_url="/music", wait_url_method="GET"))
    center.harness.web.page("/music", "<Response><Play>/two.wav</Play></Response>")
    async with center.harness:
        before = center.calls("wait")
        await asyncio.sleep(0.5)
        caller = center.calls("wait")
        await asyncio.sleep(30.0)
        before.end()
        await asyncio.sleep(30.0)
        caller.end()
        await center.harness.records.record(1)
    mine = [
        each
        for each in center.harness.web.requests_to("/music")
        if each.parameters["CallSid"] == f"CA{caller.leg}"
    ]
    assert 28 <= len(mine) <= 31
    assert {each.method for each in mine} == {"GET"}
    positions = [int(each.parameters["QueuePosition"]) for each in mine]
    assert positions == sorted(positions, reverse=True)
    assert (positions[0], positions[-1]) == (2, 1)
    assert mine[0].parameters["CurrentQueueSize"] == "2"
    assert mine[0].parameters["MaxQueueSize"] == "1000"
    assert mine[0].parameters["AvgQueueTime"] == "0"
    waited = [int(each.parameters["QueueTime"]) for each in mine]
    assert waited[0] == 0
    assert 57 <= waited[-1] <= 60


async def test_an_empty_wait_document_is_asked_for_once_a_second() -> None:
    center = CallCenter(waits(wait_url="/music"))
    center.harness.web.page("/music", "<Response/>")
    async with center.harness:
        caller = center.calls("wait")
        await asyncio.sleep(20.0)
        caller.end()
        await center.harness.records.record()
    assert 19 <= len(center.asked("/music")) <= 21


@pytest.mark.parametrize("url", [None, ""])
async def test_without_a_wait_document_there_is_music_and_silence_if_it_is_empty(
    url: str | None,
) -> None:
    harness = UnitHarness({"twilio": Twilio()}, hold_music=Silence(9.0))
    harness.web.page("/answer", waits(wait_url=url))
    async with harness:
        caller = harness.call("wait")
        await asyncio.sleep(1.0)
        assert harness.media.source_of(caller.leg) == (None if url == "" else Silence(9.0))
        caller.end()
        await harness.records.record()


@pytest.mark.parametrize("seed", range(3))
async def test_two_agents_dial_in_the_same_moment(seed: int) -> None:
    center = CallCenter()
    async with center.harness:
        caller = center.calls("wait")
        await asyncio.sleep(1.0 + seed)
        agents = [center.calls("take"), center.calls("take")]
        await asyncio.sleep(1.0)
        taken = [agent for agent in agents if center.bridged(agent) == caller.leg]
        assert len(taken) == 1
        other = next(agent for agent in agents if agent is not taken[0])
        assert other.state is CallState.UP
        later = center.calls("wait")
        await asyncio.sleep(1.0)
        assert center.bridged(other) == later.leg
        for leg in (caller, later):
            leg.end()
        await asyncio.sleep(1.0)
        await center.harness.records.record(3)
    results = [each["DequeueResult"] for each in center.asked(TAKEN)]
    assert results == ["bridged", "bridged"]


async def test_an_agent_who_gets_no_caller_is_told_so() -> None:
    center = CallCenter(taking=takes(timeout=7))
    async with center.harness:
        agent = center.calls("take")
        await agent.wait_for(CallState.ENDED)
        record = await center.harness.records.record()
    assert record.answered_s == pytest.approx(7.0, abs=0.2)
    (taken,) = center.asked(TAKEN)
    assert (taken["DequeueResult"], taken["DialCallStatus"]) == ("queue-empty", "no-answer")
    assert "DequeuedCallSid" not in taken


def _race(gap_s: float) -> CallCenter:
    async def story() -> CallCenter:
        center = CallCenter(taking=takes(timeout=5))
        async with center.harness:
            caller = center.calls("wait")
            loop = asyncio.get_running_loop()
            loop.call_later(1.02 + gap_s, caller.end)
            await asyncio.sleep(1.0)
            agent = center.calls("take")
            await agent.wait_for(CallState.ENDED)
            await center.harness.records.record(1)
            assert len(center.harness.dispatcher.queues) == 0
        return center

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(asyncio.wait_for(story(), 100))


def test_a_caller_hangs_up_around_being_taken() -> None:
    found: set[str] = set()
    for run in range(200):
        (taken,) = _race((run - 50) / 2_000).asked(TAKEN)
        found.add(taken["DequeueResult"])
    assert found == {"bridged", "queue-empty"}


async def test_places_never_grow_and_who_comes_back_is_last() -> None:
    leaving = {"on": False}

    def music(asked: ReceivedRequest) -> str:
        if leaving["on"] and asked.parameters["CallSid"] == f"CA{legs[2].leg}":
            leaving["on"] = False
            return "<Response><Leave/></Response>"
        return "<Response><Pause length='1'/></Response>"

    center = CallCenter(waits(wait_url="/music", action="/again"))
    center.harness.web.page("/music", Page(body=music))
    center.harness.web.page("/again", waits(wait_url="/music", action=AFTER))
    legs: list[FakeLeg] = []
    async with center.harness:
        for _ in range(5):
            legs.append(center.calls("wait"))
            await asyncio.sleep(0.2)
        await asyncio.sleep(2.0)
        legs[1].end()
        await asyncio.sleep(2.0)
        leaving["on"] = True
        await asyncio.sleep(5.0)
        last = {
            each.parameters["CallSid"]: int(each.parameters["QueuePosition"])
            for each in center.harness.web.requests_to("/music")
        }
        order = [last[f"CA{legs[n].leg}"] for n in (0, 3, 4, 2)]
        assert order == [1, 2, 3, 4]
        for leg in legs:
            leg.end()
        await center.harness.records.record(4)
    (again,) = center.asked("/again")
    assert again["QueueResult"] == "leave"


async def test_who_has_waited_too_long_leaves_a_message() -> None:
    def music(asked: ReceivedRequest) -> str:
        long = int(asked.parameters["QueueTime"]) > 20
        return f"<Response>{'<Leave/>' if long else '<Pause length=`3`/>'}</Response>".replace(
            "`", '"'
        )

    center = CallCenter(waits(wait_url="/music"))
    center.harness.web.page("/music", Page(body=music))
    center.harness.web.page(AFTER, "<Response><Pause length='5'/></Response>")
    async with center.harness:
        first = center.calls("wait")
        await asyncio.sleep(2.0)
        second = center.calls("wait")
        await asyncio.sleep(19.5)
        agent = center.calls("take")
        await asyncio.sleep(1.0)
        assert center.bridged(agent) == second.leg
        second.end()
        await first.wait_for(CallState.ENDED)
        await center.harness.records.record(2)
    left = [each for each in center.asked(AFTER) if each["QueueResult"] == "leave"]
    assert len(left) == 1
    assert 20 <= int(left[0]["QueueTime"]) <= 25


async def test_a_late_wait_document_is_dropped() -> None:
    center = CallCenter(waits(wait_url="/music"))
    slow = Page(body="<Response><Play>/two.wav</Play></Response>", delay_s=3.0)
    center.harness.web.page("/music", slow)
    async with center.harness:
        caller = center.calls("wait")
        await asyncio.sleep(1.0)
        agent = center.calls("take")
        await asyncio.sleep(1.0)
        assert center.bridged(agent) == caller.leg
        await asyncio.sleep(4.0)
        assert center.bridged(caller) == agent.leg
        assert center.asked("/two.wav") == []
        caller.end()
        await agent.wait_for(CallState.ENDED)
    assert len(center.asked("/music")) == 1


async def test_a_full_queue_takes_no_caller() -> None:
    center = CallCenter(waits(max_queue_size=1))
    async with center.harness:
        first = center.calls("wait")
        await asyncio.sleep(1.0)
        second = center.calls("wait")
        await second.wait_for(CallState.ENDED)
        first.end()
        await center.harness.records.record(1)
    (after,) = center.asked(AFTER)
    assert after["QueueResult"] == "queue-full"


async def test_a_wait_document_that_fails_ends_the_wait() -> None:
    center = CallCenter(waits(wait_url="/nowhere"))
    async with center.harness:
        caller = center.calls("wait")
        await caller.wait_for(CallState.ENDED)
    (after,) = center.asked(AFTER)
    assert after["QueueResult"] == "error"


async def test_a_caller_is_told_something_before_it_is_bridged() -> None:
    center = CallCenter(taking=takes(url="/soon", method="GET"))
    center.harness.web.page("/soon", "<Response><Play>/two.wav</Play></Response>")
    async with center.harness:
        caller = center.calls("wait")
        await asyncio.sleep(5.0)
        agent = center.calls("take")
        await asyncio.sleep(1.0)
        assert center.bridged(agent) == ""
        await asyncio.sleep(2.0)
        assert center.bridged(agent) == caller.leg
        agent.end()
        await caller.wait_for(CallState.ENDED)
    (asked,) = center.harness.web.requests_to("/soon")
    assert asked.method == "GET"
    assert asked.parameters["CallSid"] == f"CA{caller.leg}"
    assert asked.parameters["DequeingCallSid"] == f"CA{agent.leg}"
    assert asked.parameters["QueueTime"] == "5"


async def test_an_agent_who_gives_up_meanwhile_leaves_the_caller_in_its_place() -> None:
    center = CallCenter(taking=takes(url="/soon"))
    center.harness.web.page("/soon", "<Response><Play>/two.wav</Play></Response>")
    async with center.harness:
        caller = center.calls("wait")
        await asyncio.sleep(5.0)
        behind = center.calls("wait")
        agent = center.calls("take")
        await asyncio.sleep(1.0)
        agent.end()
        await asyncio.sleep(1.0)
        second = center.calls("take")
        await asyncio.sleep(3.0)
        assert center.bridged(second) == caller.leg
        for leg in (caller, behind):
            leg.end()
        await second.wait_for(CallState.ENDED)


async def test_a_key_in_a_wait_document_is_collected_and_an_agent_ends_it() -> None:
    center = CallCenter(waits(wait_url="/menu"))
    menu = '<Response><Gather numDigits="1" action="/key" timeout="60"/></Response>'
    center.harness.web.page("/menu", menu)
    center.harness.web.page("/key", menu)
    async with center.harness:
        caller = center.calls("wait")
        await asyncio.sleep(1.0)
        caller.send_digits("5")
        await asyncio.sleep(1.0)
        agent = center.calls("take")
        await asyncio.sleep(1.0)
        assert center.bridged(agent) == caller.leg
        caller.end()
        await agent.wait_for(CallState.ENDED)
    assert [each["Digits"] for each in center.asked("/key")] == ["5"]


async def test_a_star_and_the_time_limit_end_the_conversation() -> None:
    for key, limit in (("*", 100), ("", 4)):
        response = VoiceResponse()
        dial = Dial(action=TAKEN, hangup_on_star=True, time_limit=limit)
        dial.queue("sales")
        response.append(dial)
        center = CallCenter(taking=str(response))
        async with center.harness:
            caller = center.calls("wait")
            await asyncio.sleep(1.0)
            agent = center.calls("take")
            await asyncio.sleep(1.0)
            if key:
                agent.send_digits(key)
            await agent.wait_for(CallState.ENDED)
            await caller.wait_for(CallState.ENDED)
        assert center.asked(AFTER)[0]["QueueResult"] == "bridged"


async def test_both_hear_each_other() -> None:
    async with Simulation(Twilio()) as simulation:
        simulation.web.page("/answer", lambda_page(waits(wait_url=None), takes()))
        simulation.web.page(AFTER, "<Response/>")
        simulation.web.page(TAKEN, "<Response/>")
        alice, bob = await two_people(simulation)
        waiting = alice.call("wait")
        await waiting.wait_connected()
        await asyncio.sleep(1.0)
        assert await waiting.receives_audio(0.5), "hold music"
        taking = bob.call("take")
        await taking.wait_connected()
        await asyncio.sleep(2.0)
        assert waiting.tone_level_db(BOB_HZ) > CLEAR_DB
        assert taking.tone_level_db(ALICE_HZ) > CLEAR_DB
        taking.hang_up()
        await waiting.wait_for(type(waiting.state).ENDED)


async def test_the_methods_of_a_queue_are_obeyed() -> None:
    center = CallCenter(waits(wait_url="/music", method="GET"))
    center.harness.web.page("/music", "<Response><Leave/></Response>")
    async with center.harness:
        caller = center.calls("wait")
        await caller.wait_for(CallState.ENDED)
    assert [each.method for each in center.harness.web.requests_to(AFTER)] == ["GET"]
    assert [each.method for each in center.harness.web.requests_to("/music")] == ["POST"]
