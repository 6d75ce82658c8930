"""Every dialect sends the callbacks of an ended call in its format, signed."""

from datetime import UTC, datetime

import pytest
from offhook.base.accounts import Application
from offhook.base.causes import Cause
from offhook.base.ids import AccountId, ApplicationId, CallId
from offhook.base.records import Callback, CallRecord
from offhook.base.web import Signing
from offhook.dialects.callbacks import callback
from offhook.dialects.registry import plugins

ACCOUNT = AccountId("MA0123456789ABCDEFGH")
ENDED = datetime(2026, 11, 20, 10, 15, tzinfo=UTC)
RECORD = CallRecord(
    id=CallId("c" * 32),
    account=ACCOUNT,
    application=ApplicationId("a" * 32),
    dialect="any",
    direction="inbound",
    caller="client:alice",
    callee="bob",
    started_at=ENDED,
    answered_at=None,
    ended_at=ENDED,
    cause=Cause.BUSY,
    legs=(),
    journal=(),
)
TOLD = {"Who": "bob", "Why": "busy & away"}


def _owed(name: str, hangup_url: str, hangup_method: str = "POST") -> list[Callback]:
    application = Application(
        id=ApplicationId("a" * 32),
        account=ACCOUNT,
        name="a",
        dialect=name,
        answer_url="https://a.example/",
        hangup_url=hangup_url,
        hangup_method=hangup_method,
    )
    dialect = plugins()[name].dialect
    signing = {"secret": "s" * 40, "nonce": "1" * 20}
    return list(callback(dialect, RECORD, application, TOLD, event="over", **signing))


@pytest.fixture(params=sorted(plugins()))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_without_a_url_there_is_no_callback(name: str) -> None:
    assert _owed(name, "") == []


def test_a_post_carries_all_in_its_form(name: str) -> None:
    (hangup_callbacks,) = _owed(name, "https://a.example/ended?x=1#rc=0")
    assert (hangup_callbacks.key, hangup_callbacks.call) == (f"{RECORD.id}-over", RECORD.id)
    assert hangup_callbacks.request.url == "https://a.example/ended?x=1"
    assert dict(hangup_callbacks.request.form) == TOLD
    assert hangup_callbacks.request.limits.retries == 0
    assert hangup_callbacks.request.signing == Signing(
        dialect=name, secret="s" * 40, nonce="1" * 20
    )
    assert "s" * 40 not in repr(hangup_callbacks)


@pytest.mark.parametrize(("url", "sign"), [("/ended", "?"), ("/ended?x=1", "&")])
def test_a_get_carries_all_in_its_url(name: str, url: str, sign: str) -> None:
    (hangup_callbacks,) = _owed(name, f"https://a.example{url}", "GET")
    assert (
        hangup_callbacks.request.full_url
        == f"https://a.example{url}{sign}Who=bob&Why=busy+%26+away"
    )
