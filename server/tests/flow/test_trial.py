"""A trial sends an application the request of a call, and begins no call."""

import pytest
from offhook.base.web import WebFault
from offhook.dialects.base import Dialect
from offhook.flow.trial import Sample, Trial, attempt
from offhook.testing.desk import At
from offhook.testing.office import Office
from offhook.testing.web import Page

Dialects = dict[str, Dialect]


async def tries(office: Office, dialect: str, **parameters: str) -> Trial:
    deps, party = office.deps, office.party(dialect=dialect)
    assert party.application
    application = await deps.directory.application(party.account, party.application)
    assert application
    return await attempt(
        application,
        Sample(caller="alice", to="bob", parameters=parameters),
        dialect=deps.dialects[dialect],
        secret=await deps.directory.secret(party.account) or "",
        web=office.web,
        clock=deps.clock,
        ids=deps.ids,
    )


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_the_request_of_a_trial_is_that_of_a_call(
    dialects: Dialects, dialect: str, method: str
) -> None:
    async with Office(dialects, answer_method=method) as office:
        office.answers("<Hangup/>")
        alice = office.dials("bob", dialect, Lang="en")
        await alice.until(At.ENDED)
        trial = await tries(office, dialect, Lang="en")
        assert office.dispatcher.calls == 0
    called, tried = office.web.to("/answer")
    own = {"CallSid", "CallUUID"}
    assert called.said.keys() == tried.said.keys()
    differs = {name for name in called.said if called.said[name] != tried.said[name]}
    assert differs <= own
    assert (called.method, called.path, called.headers) == (
        tried.method,
        tried.path,
        tried.headers,
    )
    assert trial.request.signing is not None
    assert trial.document is not None
    assert [type(verb).__name__ for verb in trial.document.verbs] == ["Hangup"]
    assert len(office.shelf.records) == 1, "that of the call"


@pytest.mark.parametrize(
    ("page", "fault", "code", "status"),
    [
        (Page(answer="", status=503), "status", "11200", 503),
        (Page(answer="", fault=WebFault.CONNECT), "connect", "11205", None),
        (Page(answer="<Vxml/>"), "document", "12102", 200),
    ],
    ids=["503", "refused", "no document"],
)
async def test_a_trial_fails_where_a_call_would(
    dialects: Dialects, page: Page, fault: str, code: str, status: int | None
) -> None:
    async with Office(dialects) as office:
        office.web.page("/answer", page)
        trial = await tries(office, "twilio")
    assert trial.failure is not None
    assert (trial.failure.fault, trial.failure.code, trial.status) == (fault, code, status)
    assert trial.document is None
    assert (trial.reply is None) == (fault != "document")
