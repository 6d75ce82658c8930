"""Whom a dial rings, and what that party gets before it is bridged."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from offhook.base.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What the party that answers gets.

    Attributes:
        url: A document for it; empty for none.
        method: `GET` or `POST`.
        key: The key with which it takes the call; empty if it need not press one.
        key_s: Seconds that it has for that, after the document.
    """

    url: str = ""
    method: str = "POST"
    key: str = ""
    key_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DialTarget:
    """A party to dial.

    Attributes:
        to: Its address.
        caller: Who calls, as shown to the party; set by the verb that dials.
        caller_name: A name to show, possibly empty.
        parameters: Sent to its page by the application.
        headers: Custom headers of its invitation.
        digits: DTMF to send to it once it has answered, before the two are bridged.
        screening: What its party gets then.
    """

    to: Address
    caller: str = ""
    caller_name: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    digits: str = ""
    screening: Screening | None = None
