"""The customer's web server fails in every way there is: what the caller gets, and how soon."""

import asyncio

import pytest
from offhook.base.causes import Cause
from offhook.base.web import WebFault
from offhook.testing.phone import At
from offhook.testing.stage import Stage
from offhook.testing.web import HOME, Page
from scenes import CLEAR_DB, talking
from tongues import Tongue

BAD = {
    "500": Page(answer="", status=500),
    "404": Page(answer="", status=404),
    "slow": Page(answer="<Response/>", late_s=1_000),
    "refused": Page(answer="", fault=WebFault.CONNECT),
    "redirects": Page(answer="", fault=WebFault.REDIRECTS),
    "tls": Page(answer="", fault=WebFault.TLS),
    "garbage": Page(answer=b"\xde\xad\xbe\xef"),
    "10 MB": Page(answer="<Response>" + " " * 10_000_000 + "</Response>"),
    "bomb": Page(answer='<!DOCTYPE a [<!ENTITY b "c">]><Response>&b;</Response>'),
    "nested": Page(answer="<Response>" + "<a>" * 5_000),
    "html": Page(answer="<html><body>Internal error</body></html>"),
    "nothing": Page(answer=""),
}
PATIENCE_S = {"twilio": 15, "plivo": 40}
"""How long a dialect waits for an answer to begin."""


@pytest.mark.parametrize("bad", BAD)
async def test_the_fallback_is_used_when_the_application_fails(tongue: Tongue, bad: str) -> None:
    application = {"fallback_url": f"{HOME}/fallback"}
    async with Stage(tongue.dialect(), application=application) as stage:
        stage.web.page("/answer", BAD[bad])
        stage.web.page(
            "/fallback", f"<Response>{tongue.say('we are sorry, call again later')}</Response>"
        )
        alice = await stage.person("alice")
        calling = alice.call("bob")
        await calling.until(At.UP)
        waited = asyncio.get_running_loop().time()
        assert waited < (PATIENCE_S[tongue.name] if bad == "slow" else 0) + 1
        await asyncio.sleep(1)
        assert calling.hears(300.0) > CLEAR_DB
        await calling.until(At.ENDED)
    assert calling.cause == "document-ended"


@pytest.mark.parametrize("bad", BAD)
async def test_without_a_fallback_the_caller_gets_the_reason(tongue: Tongue, bad: str) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.web.page("/answer", BAD[bad])
        alice = await stage.person("alice")
        calling = alice.call("bob")
        await calling.until(At.ENDED)
        waited = asyncio.get_running_loop().time()
        record = await stage.shelf.record()
    assert waited < (PATIENCE_S[tongue.name] if bad == "slow" else 0) + 1
    assert calling.cause == "application-error"
    assert record.answered_at is None
    assert len(stage.shelf.callbacks) == 1
    assert stage.media.legs == 0


async def test_a_failed_action_request_ends_the_waiting_call(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.web.page("/done", BAD["500"])
        calling, ringing = await talking(stage, tongue, action="/done")
        ringing.hang_up()
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
    assert record.cause is Cause.APPLICATION_ERROR
    assert record.answered_at is not None


async def test_a_slow_application_delays_the_call(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.web.page("/answer", Page(answer=f"<Response>{tongue.pause(2)}</Response>", late_s=12))
        alice = await stage.person("alice")
        calling = alice.call("bob")
        await calling.until(At.ENDED)
        assert asyncio.get_running_loop().time() == pytest.approx(14.3, abs=0.5)
    assert calling.cause == "document-ended"


async def test_a_hang_up_during_a_slow_request_leaves_no_state(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.web.page(
            "/answer", Page(answer=f"<Response>{tongue.dial('bob')}</Response>", late_s=5)
        )
        alice, bob = await stage.person("alice"), await stage.person("bob")
        calling = alice.call("bob")
        await asyncio.sleep(2)
        calling.hang_up()
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
    assert record.legs[0].ended_by == "peer"
    assert bob.calls == {}
    assert stage.media.legs == 0


async def test_redirect_loops_are_stopped(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.go("/answer"))
        alice = await stage.person("alice")
        calling = alice.call("bob")
        await calling.until(At.ENDED)
    assert calling.cause == "application-error"
    assert 100 <= len(stage.web.to("/answer")) <= 110


async def test_the_application_gets_parameters_of_page_and_token(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.pause(1))
        alice = await stage.person("alice", token={"plan": "gold"})
        calling = alice.call("bob", order="4711", plan="forged")
        await calling.until(At.ENDED)
    said = stage.web.to("/answer")[0].said
    prefix = "X-PH-" if tongue.name == "plivo" else ""
    assert (said[f"{prefix}order"], said[f"{prefix}plan"]) == ("4711", "gold")


async def test_the_end_callback_is_sent_once_and_signed(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        await asyncio.sleep(61)
        ringing.hang_up()
        await calling.until(At.ENDED)
        await stage.shelf.record()
    (owed,) = stage.shelf.callbacks
    said = dict(owed.request.form)
    assert said["CallStatus"] == "completed"
    assert said["CallDuration" if tongue.name == "twilio" else "Duration"] == "61"
    signing = owed.request.signing
    assert signing is not None
    assert (signing.dialect, len(signing.nonce)) == (tongue.name, 20)
