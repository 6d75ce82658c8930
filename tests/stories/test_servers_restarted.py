"""A server dies at every moment of a call between pages of the SDK and real media, and the call goes on."""

import asyncio
import difflib
from collections.abc import Callable, Coroutine, Iterator
from logging import ERROR

import pytest
from dialect_xml import DialectXml
from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.flow.outbound import OutboundCall
from offhook.testing.loop import VirtualLoop
from offhook.testing.memory import ACCOUNT
from offhook.testing.simulated_browser import BrowserCall, CallState, SimulatedBrowser
from outcomes import apart_from_carol, facts
from restarting_simulation import RestartingSimulation
from scenes import ALICE_HZ, BOB_HZ, CLEAR_DB, talking

CAROL_HZ = 1_600.0
SYLLABLES_DB = 5.0

Story = Callable[[RestartingSimulation, DialectXml], Coroutine[object, object, None]]


async def people(simulation: RestartingSimulation, *names: str) -> list[SimulatedBrowser]:
    tones = {"alice": ALICE_HZ, "bob": BOB_HZ, "carol": CAROL_HZ}
    return [await simulation.add_browser(name, hz=tones[name]) for name in names]


def pages(simulation: RestartingSimulation, xml: DialectXml, *targets: str) -> None:
    simulation.set_answer(xml.dial(*targets, action="/after"))
    simulation.web.page("/after", f"<Response>{xml.say('bye')}</Response>")


async def both_hear(a: BrowserCall, b: BrowserCall, clear_db: float = CLEAR_DB) -> None:
    """Within some seconds, whatever happened to the server, each has the other's tone, and it alone."""
    tones = {"alice": ALICE_HZ, "bob": BOB_HZ, "carol": CAROL_HZ}
    levels = (0.0, 0.0)
    for _ in range(20):
        await asyncio.sleep(0.5)
        levels = (
            a.tone_level_db(tones[b.browser.name]),
            b.tone_level_db(tones[a.browser.name]),
        )
        if min(levels) > clear_db and a.connected and b.connected:
            return
    raise AssertionError(f"{a.browser.name} and {b.browser.name} have no sound: {levels}")


async def dial_and_talk(simulation: RestartingSimulation, xml: DialectXml) -> None:
    pages(simulation, xml, "bob")
    alice, bob = await people(simulation, "alice", "bob")
    calling = alice.call("bob")
    ringing = await bob.next_incoming()
    ringing.ring()
    await asyncio.sleep(0.5)
    ringing.answer()
    await calling.wait_for(CallState.UP)
    await both_hear(calling, ringing)
    ringing.hang_up()
    await calling.wait_for(CallState.ENDED)


async def several_ring(simulation: RestartingSimulation, xml: DialectXml) -> None:
    pages(simulation, xml, "bob", "carol")
    alice, bob, carol = await people(simulation, "alice", "bob", "carol")
    calling = alice.call("them")
    at_bob = await bob.next_incoming()
    at_carol = await carol.next_incoming()
    at_bob.ring()
    at_carol.ring()
    await asyncio.sleep(0.5)
    at_carol.answer()
    await calling.wait_for(CallState.UP)
    await at_bob.wait_for(CallState.ENDED)
    await both_hear(calling, at_carol)
    calling.hang_up()
    await at_carol.wait_for(CallState.ENDED)


async def hold(simulation: RestartingSimulation, xml: DialectXml) -> None:
    pages(simulation, xml, "bob")
    alice, bob = await people(simulation, "alice", "bob")
    calling = alice.call("bob")
    ringing = await bob.next_incoming()
    ringing.answer()
    await calling.wait_for(CallState.UP)
    await both_hear(calling, ringing)
    calling.offer("hold", "inactive")
    await asyncio.sleep(4)
    assert ringing.tone_level_db(ALICE_HZ) < CLEAR_DB
    assert not await calling.receives_audio()
    calling.offer("resume")
    await both_hear(calling, ringing)
    ringing.hang_up()
    await calling.wait_for(CallState.ENDED)


async def conference(simulation: RestartingSimulation, xml: DialectXml) -> None:
    simulation.set_answer(xml.conference("room"))
    tones = {"alice": ALICE_HZ, "bob": BOB_HZ}
    pages_of = [
        await simulation.add_browser(name, hz=hz, syllables=True) for name, hz in tones.items()
    ]
    calls = [page.call("room") for page in pages_of]
    for call in calls:
        await call.wait_for(CallState.UP)
    # The edges of syllables are no pure tone.
    await both_hear(calls[0], calls[1], SYLLABLES_DB)
    calls[0].hang_up()
    await calls[0].wait_for(CallState.ENDED)
    calls[1].hang_up()
    await calls[1].wait_for(CallState.ENDED)


async def outbound(simulation: RestartingSimulation, xml: DialectXml) -> None:
    pages(simulation, xml, "bob")
    alice, bob = await people(simulation, "alice", "bob")
    await simulation.dispatcher.begin(
        OutboundCall(
            account=ACCOUNT,
            to=client("alice"),
            caller="client:desk",
            application=simulation.application,
            ring_s=30.0,
        )
    )
    called = await alice.next_incoming()
    called.ring()
    await asyncio.sleep(0.5)
    called.answer()
    ringing = await bob.next_incoming()
    ringing.ring()
    await asyncio.sleep(0.5)
    ringing.answer()
    await both_hear(called, ringing)
    ringing.hang_up()
    await called.wait_for(CallState.ENDED)


async def blind_transfer(
    simulation: RestartingSimulation, xml: DialectXml, *, answers: bool = True
) -> None:
    pages(simulation, xml, "bob")
    alice, bob, carol = await people(simulation, "alice", "bob", "carol")
    calling = alice.call("bob")
    ringing = await bob.next_incoming()
    ringing.answer()
    await calling.wait_for(CallState.UP)
    await both_hear(calling, ringing)
    ringing.transfer("carol")
    async with asyncio.TaskGroup() as group:
        target = group.create_task(carol_answers(carol, calling, answers=answers))
        await ringing.wait_for(CallState.ENDED)
        await calling.wait_for(CallState.ENDED)
        target.cancel()


async def carol_answers(carol: SimulatedBrowser, calling: BrowserCall, *, answers: bool) -> None:
    at_carol = await carol.next_incoming()
    if not answers:
        at_carol.reject()
        return
    at_carol.answer()
    if at_carol.state is CallState.UP:
        await both_hear(calling, at_carol)
        at_carol.hang_up()


async def failed_transfer(simulation: RestartingSimulation, xml: DialectXml) -> None:
    await blind_transfer(simulation, xml, answers=False)


STORIES: dict[str, Story] = {
    "dial and talk": dial_and_talk,
    "several ring": several_ring,
    "hold": hold,
    "outbound": outbound,
    "blind transfer": blind_transfer,
    "conference": conference,
}
FAILED = {"blind transfer": failed_transfer}
"""Another end that a restart may bring: a transfer whose target had not answered has failed."""


async def told(story: Story, xml: DialectXml, *deaths: int) -> RestartingSimulation:
    async with RestartingSimulation(xml.dialect(), deaths=deaths) as simulation:
        await story(simulation, xml)
        await simulation.settle()
        # A page that was away learns of the end.
        await asyncio.sleep(1)
    return simulation


def run(story: Story, xml: DialectXml, *deaths: int) -> RestartingSimulation:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(asyncio.wait_for(told(story, xml, *deaths), 600))


def assert_nothing_left(simulation: RestartingSimulation) -> None:
    assert simulation.media.legs == 0
    assert simulation.legs == 0
    for browser in simulation.people:
        assert [(call.name, call.state) for call in browser.live] == []
        # A transfer whose confirmation was lost: the page learns from its call what has come of it.
        assert set(browser.faults) <= {"transfer: no-reply"}


def outcome(simulation: RestartingSimulation) -> list[str]:
    assert_nothing_left(simulation)
    return facts(simulation.web, simulation.records)


@pytest.fixture(autouse=True)
def _no_process_has_defects(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nor has one that is about to end: what ends with it is no accident."""
    yield
    assert [each.msg for each in caplog.get_records("call") if each.levelno >= ERROR] == []


@pytest.mark.parametrize("name", STORIES)
def test_a_restart_at_any_moment_changes_nothing(name: str, xml: DialectXml) -> None:
    undisturbed = run(STORIES[name], xml)
    expected = outcome(undisturbed)
    failed = FAILED.get(name)
    otherwise = None if failed is None else apart_from_carol(outcome(run(failed, xml)))
    moments = undisturbed.life.moments
    # Every moment of one call; of the others every third, another third in each dialect.
    first, step = (1, 1) if name == "dial and talk" else (1 + (xml.name == "plivo"), 3)
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
