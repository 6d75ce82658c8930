"""The scripted page complains when the server breaks the order."""

import pytest
from offhook.base.accounts import Party
from offhook.base.ids import AccountId
from offhook.testing.page import FakeTransport, Page


def page_with(*texts: str) -> Page:
    party = Party(account=AccountId("MA"), name="alice", application=None)
    page = Page(None, party)  # type: ignore[arg-type]  # no server: it only listens
    page.transport = FakeTransport()
    page.transport.down.extend(texts)
    return page


def test_a_gap_is_an_error() -> None:
    page = page_with('{"type":"registered","seq":1}', '{"type":"registered","seq":3}')
    assert page.deliver_to_page()
    with pytest.raises(AssertionError, match="gap"):
        page.deliver_to_page()


def test_a_repeated_frame_is_received_once() -> None:
    page = page_with('{"type":"registered","seq":1}', '{"type":"registered","seq":1}')
    page.deliver_all()
    assert len(page.received) == 1


def test_an_acknowledgement_of_nothing_is_an_error() -> None:
    page = page_with('{"type":"ack","received":1}')
    with pytest.raises(AssertionError, match="not sent"):
        page.deliver_to_page()


def test_a_closed_transport_is_noticed_after_its_last_text() -> None:
    page = page_with('{"type":"registered","seq":1}')
    assert page.transport is not None
    page.transport.close(1000, "")
    page.transport.send("too late")
    page.deliver_all()
    assert page.transport is None
    assert len(page.received) == 1
