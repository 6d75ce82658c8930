"""Changes descriptions (RFC 8866) as simulated telephones need them."""

import re
from collections.abc import Mapping
from typing import Final

from offhook.base.ids import Sdp

_EVENT: Final = re.compile(r"a=rtpmap:(\d+) telephone-event/", re.IGNORECASE)
_CANDIDATE: Final = re.compile(r"(a=candidate:\S+ \d+ \S+ \d+ )(\S+)( .*)")


def without_telephone_events(description: Sdp) -> Sdp:
    """The description of a party that cannot send keys as telephone events (RFC 4733)."""
    lines = description.splitlines()
    formats = {found[1] for line in lines if (found := _EVENT.match(line))}
    kept = [line for line in lines if not _is_about(line, formats)]
    media = [_without_formats(line, formats) if line[:2] == "m=" else line for line in kept]
    return Sdp("\r\n".join(media) + "\r\n")


def _is_about(line: str, formats: set[str]) -> bool:
    found = re.match(r"a=(?:rtpmap|fmtp|rtcp-fb):(\d+) ", line)
    return found is not None and found[1] in formats


def _without_formats(line: str, formats: set[str]) -> str:
    kind, port, protocol, *listed = line.split(" ")
    return " ".join([kind, port, protocol, *(each for each in listed if each not in formats)])


def with_addresses(description: Sdp, addresses: Mapping[str, str]) -> Sdp:
    """The description with addresses of candidates replaced, as `addresses` says."""
    return Sdp(
        "\r\n".join(_replaced(line, addresses) for line in description.splitlines()) + "\r\n"
    )


def _replaced(line: str, addresses: Mapping[str, str]) -> str:
    found = _CANDIDATE.match(line)
    if found is None or found[2] not in addresses:
        return line
    return f"{found[1]}{addresses[found[2]]}{found[3]}"
