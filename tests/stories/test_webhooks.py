"""The customer's web server fails in every way there is: what the caller gets, and how soon."""

import asyncio

import pytest
from dialect_xml import DialectXml
from offhook.base.causes import Cause
from offhook.base.web import WebFault
from offhook.testing.simulated_browser import CallState
from offhook.testing.simulation import Simulation
from offhook.testing.web import ORIGIN, Page
from scenes import CLEAR_DB, talking

BAD = {
    "500": Page(body="", status=500),
    "404": Page(body="", status=404),
    "slow": Page(body="<Response/>", delay_s=1_000),
    "refused": Page(body="", fault=WebFault.CONNECT),
    "redirects": Page(body="", fault=WebFault.REDIRECTS),
    "tls": Page(body="", fault=WebFault.TLS),
    "garbage": Page(body=b"\xde\xad\xbe\xef"),
    "10 MB": Page(body="<Response>" + " " * 10_000_000 + "</Response>"),
    "bomb": Page(body='<!DOCTYPE a [<!ENTITY b "c">]><Response>&b;</Response>'),
    "nested": Page(body="<Response>" + "<a>" * 5_000),
    "html": Page(body="<html><body>Internal error</body></html>"),
    "nothing": Page(body=""),
}
PATIENCE_S = {"twilio": 15, "plivo": 40}
"""How long a dialect waits for an answer to begin."""


@pytest.mark.parametrize("bad", BAD)
async def test_the_fallback_is_used_when_the_application_fails(xml: DialectXml, bad: str) -> None:
    application = {"fallback_url": f"{ORIGIN}/fallback"}
    async with Simulation(xml.dialect(), application=application) as simulation:
        simulation.web.page("/answer", BAD[bad])
        simulation.web.page(
            "/fallback", f"<Response>{xml.say('we are sorry, call again later')}</Response>"
        )
        alice = await simulation.add_browser("alice")
        calling = alice.call("bob")
        await calling.wait_for(CallState.UP)
        waited = asyncio.get_running_loop().time()
        assert waited < (PATIENCE_S[xml.name] if bad == "slow" else 0) + 1
        await asyncio.sleep(1)
        assert calling.tone_level_db(300.0) > CLEAR_DB
        await calling.wait_for(CallState.ENDED)
    assert calling.cause == "document-ended"


@pytest.mark.parametrize("bad", BAD)
async def test_without_a_fallback_the_caller_gets_the_reason(xml: DialectXml, bad: str) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.web.page("/answer", BAD[bad])
        alice = await simulation.add_browser("alice")
        calling = alice.call("bob")
        await calling.wait_for(CallState.ENDED)
        waited = asyncio.get_running_loop().time()
        record = await simulation.records.record()
    assert waited < (PATIENCE_S[xml.name] if bad == "slow" else 0) + 1
    assert calling.cause == "application-error"
    assert record.answered_at is None
    assert len(simulation.records.callbacks) == 1
    assert simulation.media.legs == 0


async def test_a_failed_action_request_ends_the_waiting_call(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.web.page("/done", BAD["500"])
        calling, ringing = await talking(simulation, xml, action="/done")
        ringing.hang_up()
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert record.cause is Cause.APPLICATION_ERROR
    assert record.answered_at is not None


async def test_a_slow_application_delays_the_call(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.web.page(
            "/answer", Page(body=f"<Response>{xml.pause(2)}</Response>", delay_s=12)
        )
        alice = await simulation.add_browser("alice")
        calling = alice.call("bob")
        await calling.wait_for(CallState.ENDED)
        assert asyncio.get_running_loop().time() == pytest.approx(14.3, abs=0.5)
    assert calling.cause == "document-ended"


async def test_a_hang_up_during_a_slow_request_leaves_no_state(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.web.page(
            "/answer", Page(body=f"<Response>{xml.dial('bob')}</Response>", delay_s=5)
        )
        alice, bob = await simulation.add_browser("alice"), await simulation.add_browser("bob")
        calling = alice.call("bob")
        await asyncio.sleep(2)
        calling.hang_up()
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert record.legs[0].ended_by == "peer"
    assert bob.calls == {}
    assert simulation.media.legs == 0


async def test_redirect_loops_are_stopped(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.redirect("/answer"))
        alice = await simulation.add_browser("alice")
        calling = alice.call("bob")
        await calling.wait_for(CallState.ENDED)
    assert calling.cause == "application-error"
    assert 100 <= len(simulation.web.requests_to("/answer")) <= 110


async def test_the_application_gets_parameters_of_page_and_token(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.pause(1))
        alice = await simulation.add_browser("alice", token={"plan": "gold"})
        calling = alice.call("bob", order="4711", plan="forged")
        await calling.wait_for(CallState.ENDED)
    said = simulation.web.requests_to("/answer")[0].parameters
    prefix = "X-PH-" if xml.name == "plivo" else ""
    assert (said[f"{prefix}order"], said[f"{prefix}plan"]) == ("4711", "gold")


async def test_the_end_callback_is_sent_once_and_signed(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        await asyncio.sleep(61)
        ringing.hang_up()
        await calling.wait_for(CallState.ENDED)
        await simulation.records.record()
    (owed,) = simulation.records.callbacks
    said = dict(owed.request.form)
    assert said["CallStatus"] == "completed"
    assert said["CallDuration" if xml.name == "twilio" else "Duration"] == "61"
    signing = owed.request.signing
    assert signing is not None
    assert (signing.dialect, len(signing.nonce)) == (xml.name, 20)
