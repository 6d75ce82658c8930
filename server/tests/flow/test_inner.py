"""Documents within a verb: what is written of a request, and what comes of one that fails."""

import asyncio

import pytest
from offhook.dialects.base import Dialect
from offhook.flow.inner import log
from offhook.testing.fake_signal import CallState
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import Page

Dialects = dict[str, Dialect]
DIAL = '<Dial><Client url="/own">bob</Client></Dial>'


async def _events(dialects: Dialects, page: Page | str) -> UnitHarness:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        harness.web.page("/own", page)
        harness.set_answer(DIAL)
        alice = harness.call()
        bob = await harness.signal.next_invite("bob")
        bob.answer()
        await harness.media.wait_bridged(alice.leg)
        alice.end()
        await bob.wait_for(CallState.ENDED)
        await harness.records.record()
    return harness


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (Page(body="", status=404), "11200"),
        (Page(body="<Response>"), "12100"),
        (Page(body="<Other/>"), "12102"),
    ],
)
async def test_what_failed_has_the_code_of_the_dialect(
    dialects: Dialects, page: Page, code: str
) -> None:
    assert log.name == "offhook.flow"
    harness = await _events(dialects, page)
    failed = [
        entry.details
        for entry in harness.records.records[0].journal
        if entry.event == "inner-document-failed"
    ]
    assert [each["code"] for each in failed] == [code]


async def test_a_request_is_written_before_it_is_sent_and_never_shown_whole(
    dialects: Dialects,
) -> None:
    harness = await _events(dialects, "<Response><Say>hello</Say><Odd/></Response>")
    (record,) = harness.records.records
    about = {entry.event: entry for entry in record.journal}
    requested = about["inner-document-requested"]
    assert requested.leg == record.legs[1].id
    assert requested.details["purpose"] == "callee"
    assert requested.details["nonce"] == harness.web.requests_to("/own")[0].nonce
    assert "secret_question" not in requested.details
    assert about["inner-document-received"].details["verbs"] == ["speak"]
    assert about["document-warning"].details["code"] == "13201"


async def test_a_caller_who_hangs_up_meanwhile_waits_for_no_document(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        harness.web.page("/own", Page(body="<Response/>", delay_s=9.0))
        harness.set_answer(DIAL)
        alice = harness.call()
        bob = await harness.signal.next_invite("bob")
        bob.answer()
        await asyncio.sleep(1.0)
        alice.end()
        began = asyncio.get_running_loop().time()
        await bob.wait_for(CallState.ENDED)
        assert asyncio.get_running_loop().time() - began < 1.0
