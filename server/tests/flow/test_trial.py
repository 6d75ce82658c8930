"""A trial sends an application the request of a call, and begins no call."""

import pytest
from offhook.base.web import WebFault
from offhook.dialects.base import Dialect
from offhook.flow.trial import Sample, Trial, attempt
from offhook.testing.fake_signal import CallState
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import Page

Dialects = dict[str, Dialect]


async def tries(harness: UnitHarness, dialect: str, **parameters: str) -> Trial:
    deps, party = harness.deps, harness.party(dialect=dialect)
    assert party.application
    application = await deps.directory.application(party.account, party.application)
    assert application
    return await attempt(
        application,
        Sample(caller="alice", to="bob", parameters=parameters),
        dialect=deps.dialects[dialect],
        secret=await deps.directory.secret(party.account) or "",
        web=harness.web,
        clock=deps.clock,
        ids=deps.ids,
    )


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_the_request_of_a_trial_is_that_of_a_call(
    dialects: Dialects, dialect: str, method: str
) -> None:
    async with UnitHarness(dialects, answer_method=method) as harness:
        harness.set_answer("<Hangup/>")
        alice = harness.call("bob", dialect, Lang="en")
        await alice.wait_for(CallState.ENDED)
        trial = await tries(harness, dialect, Lang="en")
        assert harness.dispatcher.calls == 0
    called, tried = harness.web.requests_to("/answer")
    own = {"CallSid", "CallUUID"}
    assert called.parameters.keys() == tried.parameters.keys()
    differs = {
        name for name in called.parameters if called.parameters[name] != tried.parameters[name]
    }
    assert differs <= own
    assert (called.method, called.path, called.headers) == (
        tried.method,
        tried.path,
        tried.headers,
    )
    assert trial.request.signing is not None
    assert trial.document is not None
    assert [type(verb).__name__ for verb in trial.document.verbs] == ["Hangup"]
    assert len(harness.records.records) == 1, "that of the call"


@pytest.mark.parametrize(
    ("page", "fault", "code", "status"),
    [
        (Page(body="", status=503), "status", "11200", 503),
        (Page(body="", fault=WebFault.CONNECT), "connect", "11205", None),
        (Page(body="<Vxml/>"), "document", "12102", 200),
    ],
    ids=["503", "refused", "no document"],
)
async def test_a_trial_fails_where_a_call_would(
    dialects: Dialects, page: Page, fault: str, code: str, status: int | None
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/answer", page)
        trial = await tries(harness, "twilio")
    assert trial.failure is not None
    assert (trial.failure.fault, trial.failure.code, trial.status) == (fault, code, status)
    assert trial.document is None
    assert (trial.reply is None) == (fault != "document")
