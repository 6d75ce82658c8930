"""A server dies at every moment of a call between pages of the SDK and real media, and the call goes on."""

import asyncio
import difflib
from collections.abc import Iterator
from logging import ERROR

import pytest
from dialect_xml import DIALECT_XML, DialectXml
from offhook.base.causes import Cause
from offhook.testing.simulated_browser import BrowserCall, CallState
from outcomes import apart_from_carol
from restart_scenes import (
    FAILED,
    STEPS,
    STORIES,
    TWILIO_ONLY,
    assert_nothing_left,
    both_hear,
    dial_and_talk,
    outcome,
    pages,
    people,
    run,
)
from restarting_simulation import RestartingSimulation
from scenes import ALICE_HZ, BOB_HZ, CLEAR_DB, talking


@pytest.fixture(autouse=True)
def _no_process_has_defects(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nor has one that is about to end: what ends with it is no accident."""
    yield
    assert [each.msg for each in caplog.get_records("call") if each.levelno >= ERROR] == []


CASES = [
    (name, dialect)
    for name in STORIES
    for dialect in DIALECT_XML
    if dialect == "twilio" or name not in TWILIO_ONLY
]


@pytest.mark.parametrize(("name", "dialect"), CASES)
def test_a_restart_at_any_moment_changes_nothing(name: str, dialect: str) -> None:
    xml = DIALECT_XML[dialect]
    undisturbed = run(STORIES[name], xml)
    expected = outcome(undisturbed)
    failed = FAILED.get(name)
    otherwise = None if failed is None else apart_from_carol(outcome(run(failed, xml)))
    moments = undisturbed.life.moments
    step = STEPS.get(name, 5)
    first = 1 if step == 1 or dialect == "twilio" else 1 + step // 2
    for moment in range(first, len(moments) + 1, step):
        what = f"{moment}: {moments[moment - 1]}"
        simulation = run(STORIES[name], xml, moment)
        assert simulation.restarts == 1, what
        found = outcome(simulation)
        difference = "\n".join(difflib.unified_diff(expected, found, lineterm="", n=0))
        if difference and otherwise is not None:
            found = apart_from_carol(found)
            difference = "\n".join(difflib.unified_diff(otherwise, found, lineterm="", n=0))
        assert not difference, f"{what}\n{difference}"


async def waiting_in_vain(xml: DialectXml) -> None:
    async with RestartingSimulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.pause(10_000))
        (alice,) = await people(simulation, "alice")
        # A pause does not answer.
        await alice.call("bob").wait_for(CallState.UP)


async def test_a_story_that_waits_in_vain_ends_and_names_its_calls(xml: DialectXml) -> None:
    with pytest.raises(AssertionError, match=r"not over after 900 s; .*'alice-1 trying'"):
        await waiting_in_vain(xml)


async def interrupted(
    simulation: RestartingSimulation, xml: DialectXml
) -> tuple[BrowserCall, BrowserCall]:
    """Alice and bob talk, and the server dies."""
    simulation.web.page("/after", f"<Response>{xml.say('are you still there, dear?')}</Response>")
    calling, ringing = await talking(simulation, xml, action="/after")
    await both_hear(calling, ringing)
    simulation.kill()
    await simulation.serving()
    return calling, ringing


def notices(call: BrowserCall) -> list[str]:
    return [frame["event"] for frame in call.frames if frame["type"] == "notice"]


@pytest.mark.parametrize(("alice_s", "bob_s"), [(0.3, 3.0), (3.0, 0.3), (0.3, 40.0), (40.0, 0.3)])
async def test_pages_come_back_in_any_order(xml: DialectXml, alice_s: float, bob_s: float) -> None:
    async with RestartingSimulation(xml.dialect()) as simulation:
        simulation.back_s = {"alice": alice_s, "bob": bob_s}
        calling, ringing = await interrupted(simulation, xml)
        await asyncio.sleep(max(alice_s, bob_s) - 0.5)
        assert (calling.state, ringing.state) == (CallState.UP, CallState.UP)
        assert calling.connected is (alice_s < bob_s)
        assert ringing.connected is (bob_s < alice_s)
        present, tone = (calling, BOB_HZ) if alice_s < bob_s else (ringing, ALICE_HZ)
        assert present.tone_level_db(tone) < CLEAR_DB
        assert "media-lost" in notices(present)
        await both_hear(calling, ringing)
        assert "media-resumed" in notices(present)
        ringing.hang_up()
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert record.legs[1].cause is Cause.NORMAL
    assert xml.dial_status(await simulation.web.request("/after")) == "completed"
    assert_nothing_left(simulation)


async def test_a_callee_that_does_not_come_back_ends_the_dial(xml: DialectXml) -> None:
    async with RestartingSimulation(xml.dialect()) as simulation:
        simulation.back_s = {"bob": None}
        calling, _ = await interrupted(simulation, xml)
        await asyncio.sleep(55)
        assert calling.state is CallState.UP
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert (calling.cause, record.legs[1].cause) == ("document-ended", Cause.SERVER_RESTARTED)
    assert xml.dial_status(await simulation.web.request("/after")) == "completed"
    assert notices(calling)[-1] == "dial-ended"
    notice = [frame for frame in calling.frames if frame["type"] == "notice"][-1]
    assert notice["details"]["cause"] == "server-restarted"
    assert simulation.legs == simulation.media.legs == 0


async def test_a_caller_that_does_not_come_back_ends_the_call(xml: DialectXml) -> None:
    async with RestartingSimulation(xml.dialect()) as simulation:
        simulation.back_s = {"alice": None}
        _, ringing = await interrupted(simulation, xml)
        await asyncio.sleep(55)
        assert ringing.state is CallState.UP
        await ringing.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert record.cause is Cause.SERVER_RESTARTED
    assert simulation.legs == simulation.media.legs == 0


@pytest.mark.parametrize("after_s", [0.0, 0.31, 0.33, 0.35, 0.37, 0.4, 1.0])
async def test_a_second_restart_while_pages_come_back(xml: DialectXml, after_s: float) -> None:
    async with RestartingSimulation(xml.dialect()) as simulation:
        calling, ringing = await interrupted(simulation, xml)
        await asyncio.sleep(after_s)
        simulation.kill()
        await simulation.serving()
        await both_hear(calling, ringing)
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert simulation.restarts == 2
    assert [leg.cause for leg in record.legs] == [Cause.NORMAL, Cause.NORMAL]
    assert_nothing_left(simulation)


def test_the_server_dies_again_at_every_moment_of_taking_a_call_up(xml: DialectXml) -> None:
    undisturbed = run(dial_and_talk, xml)
    expected = outcome(undisturbed)
    # In the middle of the conversation.
    bridged = undisturbed.life.moments.index("legs-bridged") + 1
    second = run(dial_and_talk, xml, bridged).life.moments
    for moment in range(1, len(second) + 1):
        simulation = run(dial_and_talk, xml, bridged, moment)
        assert simulation.restarts == 2
        assert outcome(simulation) == expected, f"{moment}: {second[moment - 1]}"


async def ringing_call(
    simulation: RestartingSimulation, xml: DialectXml
) -> tuple[BrowserCall, BrowserCall]:
    """Alice's call rings at bob, and the server dies."""
    pages(simulation, xml, "bob")
    alice, bob = await people(simulation, "alice", "bob")
    calling = alice.call("bob")
    ringing = await bob.next_incoming()
    ringing.ring()
    await asyncio.sleep(0.5)
    simulation.kill()
    return calling, ringing


async def test_an_answer_while_the_server_is_away_connects(xml: DialectXml) -> None:
    async with RestartingSimulation(xml.dialect()) as simulation:
        calling, ringing = await ringing_call(simulation, xml)
        ringing.answer()
        await both_hear(calling, ringing)
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert [leg.cause for leg in record.legs] == [Cause.NORMAL, Cause.NORMAL]
    assert_nothing_left(simulation)


@pytest.mark.parametrize("bob_s", [0.3, 0.6])
async def test_a_rejection_while_the_server_is_away_counts(xml: DialectXml, bob_s: float) -> None:
    async with RestartingSimulation(xml.dialect()) as simulation:
        simulation.back_s = {"bob": bob_s}
        calling, ringing = await ringing_call(simulation, xml)
        ringing.reject()
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
        await asyncio.sleep(1)
    assert record.legs[1].cause is Cause.REJECTED
    assert len(simulation.people[1].calls) == 1
    # It has not rung for a second time, either.
    assert simulation.people[1].waiting == 0
    assert_nothing_left(simulation)


@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_a_hang_up_while_the_server_is_away_ends_the_call(xml: DialectXml, who: str) -> None:
    async with RestartingSimulation(xml.dialect()) as simulation:
        simulation.web.page("/after", "<Response/>")
        calling, ringing = await talking(simulation, xml, action="/after")
        simulation.kill()
        (calling if who == "caller" else ringing).hang_up()
        await calling.wait_for(CallState.ENDED)
        await ringing.wait_for(CallState.ENDED)
        record = await simulation.records.record()
        await asyncio.sleep(1)
    assert record.legs[1].cause is Cause.NORMAL
    assert record.legs[0].ended_by == ("peer" if who == "caller" else "server")
    assert xml.dial_status(await simulation.web.request("/after")) == "completed"
    assert_nothing_left(simulation)


async def test_a_call_made_while_the_server_is_away_is_begun_by_the_next(xml: DialectXml) -> None:
    async with RestartingSimulation(xml.dialect()) as simulation:
        pages(simulation, xml, "bob")
        alice, bob = await people(simulation, "alice", "bob")
        simulation.kill()
        calling = alice.call("bob")
        ringing = await bob.next_incoming()
        ringing.answer()
        await both_hear(calling, ringing)
        ringing.hang_up()
        await calling.wait_for(CallState.ENDED)
    assert len(simulation.records.records) == 1
    assert_nothing_left(simulation)
