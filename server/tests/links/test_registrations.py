"""At most ten devices of a name, and a reloaded page does not lock its own user out."""

from typing import Any


def test_ten_devices_and_no_more(harness: Any) -> None:
    pages = [harness.page("bob", register=True) for _ in range(11)]
    assert [page.received[-1]["devices"] for page in pages[:10]] == list(range(1, 11))
    assert pages[10].last("error")["code"] == "too-many-devices"
    assert len(harness.router.registrations) == 10
    assert harness.page("carol", register=True).received[-1]["devices"] == 1


def test_a_party_without_a_name_cannot_be_called(harness: Any) -> None:
    page = harness.page("Anonymous", register=True, anonymous=True)
    assert page.last("error")["code"] == "identity-missing"
    assert len(harness.router.registrations) == 0
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.deliver_all()
    assert harness.arrivals[0].party.anonymous


def test_registering_twice_counts_once(harness: Any) -> None:
    page = harness.page("bob", register=True)
    page.send("register")
    page.deliver_all()
    assert page.received[-1]["devices"] == 1


def test_the_oldest_disconnected_device_is_evicted(harness: Any) -> None:
    pages = [harness.page("bob", register=True) for _ in range(10)]
    harness.invite("bob")
    pages[3].deliver_all()
    pages[3].send("answer", call="b" * 32, sdp="v=0")
    pages[3].deliver_all()
    pages[3].cut()  # In a call: it must not be given up.
    pages[5].cut()
    pages[6].cut()
    late = harness.page("bob", register=True)
    assert late.received[-1] == {"type": "registered", "seq": 1, "devices": 10}
    assert [page.link.over for page in (pages[3], pages[5], pages[6])] == [False, True, False]


def test_a_log_in_for_outgoing_calls_only_cannot_register(harness: Any) -> None:
    page = harness.page("bob", register=True, incoming=False)
    assert page.last("error")["code"] == "incoming-not-allowed"
    assert len(harness.router.registrations) == 0
