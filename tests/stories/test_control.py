"""Requests of programs cross what happens in the call: each takes effect once, or not at all and says why."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from dialect_xml import DialectXml
from offhook.base.address import client
from offhook.base.control import ControlAction, HangUpCall, PlayInto, RedirectCall
from offhook.base.errors import OffhookError
from offhook.base.ids import CallId
from offhook.flow.outbound import OutboundCall
from offhook.testing.memory import ACCOUNT
from offhook.testing.simulated_browser import BrowserCall, CallState
from offhook.testing.simulation import Simulation
from offhook.testing.sounds import wav
from offhook.testing.web import ORIGIN, Page
from scenes import CLEAR_DB, talking, two_people

GAPS_S = [-0.05, -0.01, 0.0, 0.01, 0.05]
"""Seconds from the request to its rival; a frame takes 0.02 s each way."""
NEXT = RedirectCall(url=f"{ORIGIN}/next")


@dataclass
class Requested:
    """What came of a request: nothing yet, its id, or the error."""

    outcome: str | OffhookError | None = None

    @property
    def accepted(self) -> bool:
        assert self.outcome is not None, "every request is answered"
        return isinstance(self.outcome, str)


def later(simulation: Simulation, id: str, action: ControlAction, delay_s: float) -> Requested:
    """Send a request after a delay."""
    requested = Requested()

    async def send() -> None:
        await asyncio.sleep(delay_s)
        try:
            requested.outcome = await simulation.dispatcher.control(ACCOUNT, CallId(id), action)
        except OffhookError as error:
            requested.outcome = error

    tasks.add(task := asyncio.ensure_future(send()))
    task.add_done_callback(tasks.discard)
    return requested


tasks: set[asyncio.Future[None]] = set()


def at(delay_s: float, rival: Callable[[], object]) -> None:
    asyncio.get_running_loop().call_later(delay_s, rival)


def running_call(simulation: Simulation) -> str:
    (live,) = simulation.dispatcher.live(ACCOUNT)
    return live.id


async def ended(simulation: Simulation) -> None:
    """The call has its record, and every request its answer."""
    await simulation.records.record()
    await asyncio.gather(*tasks)


def check(simulation: Simulation, requested: Requested) -> None:
    """The next document was requested exactly as often as the redirect was accepted."""
    assert len(simulation.web.requests_to("/next")) == requested.accepted
    assert len(simulation.records.records) == 1
    assert simulation.media.legs == 0
    assert simulation.legs == 0


def set_next(simulation: Simulation, xml: DialectXml) -> None:
    simulation.web.page("/next", f"<Response>{xml.say('next')}</Response>")
    simulation.web.page("/done", f"<Response>{xml.say('done')}</Response>")


async def ringing_call(
    simulation: Simulation, xml: DialectXml, *, ring_s: int = 30
) -> tuple[BrowserCall, BrowserCall]:
    """Alice calls, and bob's browser rings."""
    simulation.set_answer(xml.dial("bob", action="/done", ring_s=ring_s))
    alice, bob = await two_people(simulation)
    calling = alice.call("bob")
    ringing = await bob.next_incoming()
    ringing.ring()
    return calling, ringing


@pytest.mark.parametrize("gap_s", GAPS_S)
@pytest.mark.parametrize("rival", ["the caller hangs up", "the callee hangs up"])
async def test_a_redirect_crosses_a_hang_up(xml: DialectXml, gap_s: float, rival: str) -> None:
    async with Simulation(xml.dialect()) as simulation:
        set_next(simulation, xml)
        calling, ringing = await talking(simulation, xml, action="/done")
        requested = later(simulation, running_call(simulation), NEXT, 0.1)
        at(0.1 + gap_s, (calling if "caller" in rival else ringing).hang_up)
        await calling.wait_for(CallState.ENDED)
        await ended(simulation)
    check(simulation, requested)
    assert ringing.state is CallState.ENDED
    if "callee" in rival:
        assert requested.accepted, "the caller is there all the time"


@pytest.mark.parametrize("gap_s", GAPS_S)
@pytest.mark.parametrize("rival", ["answer", "reject", "hang_up"])
async def test_a_redirect_crosses_the_callees_decision(
    xml: DialectXml, gap_s: float, rival: str
) -> None:
    async with Simulation(xml.dialect()) as simulation:
        set_next(simulation, xml)
        calling, ringing = await ringing_call(simulation, xml)
        await asyncio.sleep(1)
        requested = later(simulation, running_call(simulation), NEXT, 0.1)
        at(0.1 + gap_s, getattr(ringing, rival))
        await calling.wait_for(CallState.ENDED)
        await ended(simulation)
    assert requested.accepted
    check(simulation, requested)
    assert ringing.state is CallState.ENDED


@pytest.mark.parametrize("gap_s", GAPS_S)
async def test_a_redirect_crosses_the_ring_timeout(xml: DialectXml, gap_s: float) -> None:
    async with Simulation(xml.dialect()) as simulation:
        set_next(simulation, xml)
        calling, _ = await ringing_call(simulation, xml, ring_s=5)
        requested = later(simulation, running_call(simulation), NEXT, 4.96 + gap_s)
        await calling.wait_for(CallState.ENDED)
        await ended(simulation)
    assert requested.accepted
    check(simulation, requested)


@pytest.mark.parametrize("gap_s", GAPS_S)
async def test_a_redirect_crosses_the_end_of_the_document(xml: DialectXml, gap_s: float) -> None:
    async with Simulation(xml.dialect()) as simulation:
        set_next(simulation, xml)
        simulation.web.page("/tone.wav", Page(body=wav(440, 2.0), content_type="audio/wav"))
        simulation.set_answer(xml.play("/tone.wav"))
        alice = await simulation.add_browser("alice")
        calling = alice.call("bob")
        await calling.wait_for(CallState.UP)
        requested = later(simulation, running_call(simulation), NEXT, 1.95 + gap_s)
        await calling.wait_for(CallState.ENDED)
        await ended(simulation)
    check(simulation, requested)


@pytest.mark.parametrize("gap_s", GAPS_S)
async def test_a_redirect_crosses_the_answer_of_the_web_server(
    xml: DialectXml, gap_s: float
) -> None:
    async with Simulation(xml.dialect()) as simulation:
        set_next(simulation, xml)
        simulation.web.page(
            "/answer", Page(body=f"<Response>{xml.say('first')}</Response>", delay_s=3.0)
        )
        alice = await simulation.add_browser("alice")
        calling = alice.call("bob")
        await simulation.web.request("/answer")
        requested = later(simulation, running_call(simulation), NEXT, 3.0 + gap_s)
        await calling.wait_for(CallState.ENDED)
        await ended(simulation)
    assert requested.accepted
    check(simulation, requested)


@pytest.mark.parametrize("gap_s", GAPS_S)
async def test_a_hang_up_request_crosses_the_answer(xml: DialectXml, gap_s: float) -> None:
    async with Simulation(xml.dialect()) as simulation:
        set_next(simulation, xml)
        calling, ringing = await ringing_call(simulation, xml)
        await asyncio.sleep(1)
        requested = later(simulation, running_call(simulation), HangUpCall(), 0.1)
        at(0.1 + gap_s, ringing.answer)
        await calling.wait_for(CallState.ENDED)
        await ringing.wait_for(CallState.ENDED)
        await ended(simulation)
    assert requested.accepted
    assert len(simulation.records.records) == 1
    assert simulation.media.legs == simulation.legs == 0


@pytest.mark.parametrize("gap_s", GAPS_S)
async def test_a_sound_arrives_as_its_listener_leaves(xml: DialectXml, gap_s: float) -> None:
    async with Simulation(xml.dialect()) as simulation:
        set_next(simulation, xml)
        simulation.web.page(
            "/tone.wav", Page(body=wav(700, 5.0), content_type="audio/wav", delay_s=2.0)
        )
        calling, ringing = await talking(simulation, xml)
        (live,) = simulation.dispatcher.live(ACCOUNT)
        play = PlayInto(url=f"{ORIGIN}/tone.wav", leg=live.legs[1].id)
        requested = later(simulation, live.id, play, 0.1)
        at(2.1 + gap_s, ringing.hang_up)
        await calling.wait_for(CallState.ENDED)
        await ended(simulation)
    assert requested.outcome is not None
    assert simulation.media.legs == simulation.legs == 0


@pytest.mark.parametrize("gap_s", GAPS_S)
async def test_a_redirect_crosses_a_blind_transfer(xml: DialectXml, gap_s: float) -> None:
    async with Simulation(xml.dialect()) as simulation:
        set_next(simulation, xml)
        calling, ringing = await talking(simulation, xml, action="/done")
        carol = await simulation.add_browser("carol")
        requested = later(simulation, running_call(simulation), NEXT, 0.1)
        at(0.1 + gap_s, lambda: ringing.transfer("carol"))
        await calling.wait_for(CallState.ENDED)
        await ended(simulation)
        for call in carol.calls.values():
            await call.wait_for(CallState.ENDED)
    assert requested.accepted, "the callee transfers: the caller stays"
    check(simulation, requested)


@pytest.mark.parametrize("gap_s", GAPS_S)
async def test_a_redirect_crosses_a_reload_of_the_page(xml: DialectXml, gap_s: float) -> None:
    async with Simulation(xml.dialect()) as simulation:
        set_next(simulation, xml)
        calling, ringing = await talking(simulation, xml)
        requested = later(simulation, running_call(simulation), NEXT, 0.1)
        await asyncio.sleep(max(0.0, 0.1 + gap_s))
        await calling.browser.reload()
        await ringing.wait_for(CallState.ENDED)
        await ended(simulation)
    assert requested.accepted
    check(simulation, requested)


@pytest.mark.parametrize("gap_s", GAPS_S)
async def test_two_redirects_cross(xml: DialectXml, gap_s: float) -> None:
    async with Simulation(xml.dialect()) as simulation:
        set_next(simulation, xml)
        simulation.web.page("/other", f"<Response>{xml.say('other')}</Response>")
        calling, _ = await talking(simulation, xml)
        id = running_call(simulation)
        other = later(simulation, id, RedirectCall(url=f"{ORIGIN}/other"), 0.1)
        requested = later(simulation, id, NEXT, 0.1 + gap_s)
        await calling.wait_for(CallState.ENDED)
        await ended(simulation)
    check(simulation, requested)
    assert len(simulation.web.requests_to("/other")) == other.accepted
    assert other.accepted or requested.accepted


async def test_a_called_party_talks_with_another_after_a_redirect(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.pause(30))
        simulation.web.page("/next", f"<Response>{xml.dial('bob')}</Response>")
        alice, bob = await two_people(simulation)
        call = OutboundCall(
            account=ACCOUNT,
            to=client("alice"),
            caller="client:desk",
            application=simulation.application,
        )
        live = await simulation.dispatcher.begin(call)
        first = await alice.next_incoming()
        first.ring()
        first.answer()
        await first.wait_connected()
        await asyncio.sleep(1)
        await simulation.dispatcher.control(ACCOUNT, CallId(live.id), NEXT)
        second = await bob.next_incoming()
        second.ring()
        second.answer()
        await second.wait_connected()
        await asyncio.sleep(2)
        _hear_each_other(first, second)
        first.hang_up()
        await second.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert (record.direction, [leg.peer for leg in record.legs]) == (
        "outbound",
        ["client:alice", "client:bob"],
    )


def _hear_each_other(one: BrowserCall, two: BrowserCall) -> None:
    for hearing, hz in ((one, 1_000.0), (two, 440.0)):
        assert hearing.tone_level_db(hz) > CLEAR_DB
