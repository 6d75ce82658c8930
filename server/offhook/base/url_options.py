"""Parses time limits and retries in a URL's fragment (`#ct=2000&rc=3&rp=5xx,ct`)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urldefrag

from offhook.base.web import WebLimits

_LONGEST: Final = 256
"""A fragment that is longer was not meant for us."""
_SHORTEST_S: Final = 0.1
_POLICIES: Final = {
    "ct": frozenset({"connect"}),
    "rt": frozenset({"read"}),
    "4xx": frozenset({"4xx"}),
    "5xx": frozenset({"5xx"}),
    "all": frozenset({"connect", "read", "4xx", "5xx"}),
}


def apply_url_options(url: str, limits: WebLimits, widest: WebLimits) -> tuple[str, WebLimits]:
    """The URL without its fragment, and the limits that the fragment sets.

    What makes no sense in a fragment is passed over: the default holds.

    Args:
        url: As the application wrote it.
        limits: What holds where the fragment is silent.
        widest: What a fragment may ask for at most; at least is 0.1 s.
    """
    bare, fragment = urldefrag(url)
    if not 0 < len(fragment) <= _LONGEST:
        return bare, limits
    for part in fragment.split("&"):
        key, _, value = part.partition("=")
        read = _READERS.get(key)
        if read is not None:
            limits = read(value, limits, widest)
    return bare, limits


def _seconds(text: str, otherwise: float, most: float) -> float:
    if not (text.isascii() and text.isdigit() and len(text) <= len("100000")):
        return otherwise
    return min(max(int(text) / 1000, _SHORTEST_S), most)


def _connect(text: str, limits: WebLimits, widest: WebLimits) -> WebLimits:
    return replace(limits, connect_s=_seconds(text, limits.connect_s, widest.connect_s))


def _read(text: str, limits: WebLimits, widest: WebLimits) -> WebLimits:
    return replace(limits, read_s=_seconds(text, limits.read_s, widest.read_s))


def _total(text: str, limits: WebLimits, widest: WebLimits) -> WebLimits:
    return replace(limits, total_s=_seconds(text, limits.total_s, widest.total_s))


def _retries(text: str, limits: WebLimits, widest: WebLimits) -> WebLimits:
    if not (text.isascii() and text.isdigit() and len(text) == 1):
        return limits
    return replace(limits, retries=min(int(text), widest.retries))


def _policy(text: str, limits: WebLimits, _widest: WebLimits) -> WebLimits:
    words = [word for word in text.split(",") if word in _POLICIES]
    if not words:
        return limits
    return replace(limits, retry_on=frozenset().union(*(_POLICIES[word] for word in words)))


_READERS: Final[Mapping[str, Callable[[str, WebLimits, WebLimits], WebLimits]]] = {
    "ct": _connect,
    "rt": _read,
    "tt": _total,
    "rc": _retries,
    "rp": _policy,
}
