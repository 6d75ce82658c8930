"""Descriptions as simulated telephones change them."""

from offhook.base.ids import Sdp
from offhook.links.simulated.sdp import with_addresses, without_telephone_events

DESCRIPTION = Sdp(
    "v=0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 101 110\r\n"
    "a=rtpmap:111 opus/48000/2\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=fmtp:101 0-16\r\n"
    "a=rtpmap:110 telephone-event/48000\r\n"
    "a=candidate:1 1 udp 2130706431 203.0.113.7 40000 typ host\r\n"
)


def test_without_telephone_events_only_audio_is_left() -> None:
    changed = without_telephone_events(DESCRIPTION)
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\n" in changed
    assert "telephone-event" not in changed
    assert "a=fmtp:101" not in changed
    assert "a=rtpmap:111 opus/48000/2\r\n" in changed
    assert without_telephone_events(changed) == changed


def test_an_address_that_cannot_be_reached_is_replaced() -> None:
    changed = with_addresses(DESCRIPTION, {"203.0.113.7": "10.0.0.5"})
    assert "2130706431 10.0.0.5 40000 typ host\r\n" in changed
    assert with_addresses(DESCRIPTION, {"203.0.113.8": "10.0.0.5"}) == DESCRIPTION
