"""What people do while their server may die, on pages that run the SDK, and what must have come of it."""

import asyncio
from collections.abc import Callable, Coroutine

from dialect_xml import DialectXml
from offhook.base.address import client
from offhook.flow.outbound import OutboundCall
from offhook.testing.loop import VirtualLoop
from offhook.testing.memory import ACCOUNT
from offhook.testing.simulated_browser import BrowserCall, CallState, SimulatedBrowser
from offhook.testing.sounds import wav
from offhook.testing.web import ORIGIN
from offhook.testing.web import Page as WebPage
from outcomes import facts
from restarting_simulation import RestartingSimulation
from scenes import ALICE_HZ, BOB_HZ, CLEAR_DB
from sdk_browser import SdkBrowser, SdkCall

CAROL_HZ = 1_600.0
SYLLABLES_DB = 5.0

Story = Callable[[RestartingSimulation, DialectXml], Coroutine[object, object, None]]


async def people(simulation: RestartingSimulation, *names: str) -> list[SimulatedBrowser]:
    tones = {"alice": ALICE_HZ, "bob": BOB_HZ, "carol": CAROL_HZ}
    return [await simulation.add_browser(name, hz=tones[name]) for name in names]


def pages(simulation: RestartingSimulation, xml: DialectXml, *targets: str) -> None:
    simulation.set_answer(xml.dial(*targets, action="/after"))
    simulation.web.page("/after", f"<Response>{xml.say('bye')}</Response>")


async def answered(
    caller: SimulatedBrowser, callee: SimulatedBrowser
) -> tuple[BrowserCall, BrowserCall]:
    """Both ends of a call that was answered at once."""
    calling = caller.call(callee.name)
    ringing = await callee.next_incoming()
    ringing.answer()
    await calling.wait_for(CallState.UP)
    return calling, ringing


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
    calling, ringing = await answered(alice, bob)
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
    calling, ringing = await answered(alice, bob)
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


async def play_say_pause(simulation: RestartingSimulation, xml: DialectXml) -> None:
    simulation.set_answer(
        xml.play("/a.wav") + xml.say("hello") + xml.pause(3) + xml.redirect("/next")
    )
    simulation.web.page("/next", f"<Response>{xml.play('/a.wav')}<Hangup/></Response>")
    simulation.web.page("/a.wav", WebPage(body=wav(440.0, 2.0), content_type="audio/wav"))
    (alice,) = await people(simulation, "alice")
    calling = alice.call("")
    await calling.wait_for(CallState.ENDED)


async def redirect_with_fallback(simulation: RestartingSimulation, xml: DialectXml) -> None:
    simulation.set_answer(xml.redirect("/broken"))
    simulation.web.page("/broken", WebPage(body="", status=500))
    simulation.web.page("/fallback", f"<Response>{xml.say('sorry')}<Hangup/></Response>")
    (alice,) = await people(simulation, "alice")
    calling = alice.call("")
    await calling.wait_for(CallState.ENDED)


async def one_after_another(simulation: RestartingSimulation, xml: DialectXml) -> None:
    targets = ("bob", "absent", "carol")
    simulation.set_answer(
        xml.dial(*targets, action="/after", ring_s=6, more="sequential='true'"),
    )
    simulation.web.page("/after", f"<Response>{xml.say('no answer')}</Response>")
    alice, bob, carol = await people(simulation, "alice", "bob", "carol")
    calling = alice.call("them")
    at_bob = await bob.next_incoming()
    await at_bob.wait_for(CallState.ENDED)
    at_carol = await carol.next_incoming()
    await calling.wait_for(CallState.ENDED)
    await at_carol.wait_for(CallState.ENDED)


async def answer_on_bridge(simulation: RestartingSimulation, xml: DialectXml) -> None:
    simulation.set_answer(
        xml.dial("bob", action="/after", more="answerOnBridge='true' timeLimit='9'")
    )
    simulation.web.page("/after", f"<Response>{xml.pause(2)}</Response>")
    alice, bob = await people(simulation, "alice", "bob")
    calling = alice.call("bob")
    ringing = await bob.next_incoming()
    await asyncio.sleep(1.0)
    ringing.answer()
    await calling.wait_for(CallState.ENDED)


async def mute_message_digits(simulation: RestartingSimulation, xml: DialectXml) -> None:
    pages(simulation, xml, "bob")
    alice, bob = await people(simulation, "alice", "bob")
    calling, ringing = await answered(alice, bob)
    assert isinstance(calling, SdkCall)
    assert isinstance(ringing, SdkCall)
    calling.mute(muted=True)
    await asyncio.sleep(0.5)
    ringing.send_message("hello")
    await asyncio.sleep(0.5)
    calling.send_digits("12")
    await asyncio.sleep(0.5)
    calling.mute(muted=False)
    await both_hear(calling, ringing)
    ringing.hang_up()
    await calling.wait_for(CallState.ENDED)


async def attended_transfer(simulation: RestartingSimulation, xml: DialectXml) -> None:
    pages(simulation, xml, "bob")
    alice, bob, carol = await people(simulation, "alice", "bob", "carol")
    calling, ringing = await answered(alice, bob)
    await both_hear(calling, ringing)
    simulation.set_answer(xml.dial("carol", action="/after2"))
    simulation.web.page("/after2", "<Response><Hangup/></Response>")
    assert isinstance(bob, SdkBrowser)
    await bob.when_connected()
    consulting = bob.call("carol")
    at_carol = await carol.next_incoming()
    at_carol.answer()
    # Bob's two calls share an address of the virtual network: which of them gets the audio is by chance.
    await at_carol.wait_connected()
    await consulting.wait_connected()
    await asyncio.sleep(0.5)
    ringing.transfer_to(consulting)
    await ringing.wait_for(CallState.ENDED)
    await consulting.wait_for(CallState.ENDED)
    await both_hear(calling, at_carol)
    calling.hang_up()
    await at_carol.wait_for(CallState.ENDED)


STORIES: dict[str, Story] = {
    "dial and talk": dial_and_talk,
    "several ring": several_ring,
    "hold": hold,
    "outbound": outbound,
    "blind transfer": blind_transfer,
    "conference": conference,
    "play, say and pause": play_say_pause,
    "redirect with fallback": redirect_with_fallback,
    "one after another": one_after_another,
    "answer on bridge": answer_on_bridge,
    "mute, message and digits": mute_message_digits,
    "attended transfer": attended_transfer,
}
TWILIO_ONLY = {"one after another", "answer on bridge"}
"""The other dialect has no words for these."""
THIRD = ("several ring", "hold", "outbound", "blind transfer", "conference")
STEPS = {"dial and talk": 1} | dict.fromkeys(THIRD, 3)
"""Every moment of one call; of the others every third or fifth, other ones in each dialect."""
FAILED = {"blind transfer": failed_transfer}
"""Another end that a restart may bring: a transfer whose target had not answered has failed."""


async def run_story(story: Story, xml: DialectXml, *deaths: int) -> RestartingSimulation:
    more = {"fallback_url": f"{ORIGIN}/fallback"} if story is redirect_with_fallback else {}
    dialect = xml.dialect()
    async with RestartingSimulation(dialect, deaths=deaths, application=more) as simulation:
        await story(simulation, xml)
        await simulation.settle()
        # A page that was away learns of the end.
        await asyncio.sleep(1)
    return simulation


def run(story: Story, xml: DialectXml, *deaths: int) -> RestartingSimulation:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(asyncio.wait_for(run_story(story, xml, *deaths), 600))


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
