"""Who can be called, in one shape for numbers, SIP addresses and client names."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from offhook.base.errors import UsageError

_NUMBER: Final = re.compile(r"\+?[0-9]{1,15}\Z")
_MAX_LENGTH: Final = 256


class Kind(StrEnum):
    """What an address names."""

    CLIENT = "client"
    """An endpoint of the account, reached on its registered devices."""
    NUMBER = "number"
    """A telephone number (E.164 digits, with or without `+`)."""
    SIP = "sip"
    """A SIP URI elsewhere."""


@dataclass(frozen=True, slots=True)
class Address:
    """One party's address.

    Attributes:
        kind: What `value` names.
        value: A client name, digits, or a SIP URI; 1 to 256 characters.
    """

    kind: Kind
    value: str

    def __post_init__(self) -> None:
        if not 0 < len(self.value) <= _MAX_LENGTH:
            raise UsageError(f"an address must have 1 to {_MAX_LENGTH} characters")
        if self.kind is Kind.NUMBER and not _NUMBER.match(self.value):
            raise UsageError("a number must be 1 to 15 digits, with or without +")

    def __str__(self) -> str:
        """The canonical form: `client:alice`, `+15551230000`, `sip:bob@example.com`."""
        return f"client:{self.value}" if self.kind is Kind.CLIENT else self.value


def client(name: str) -> Address:
    """The address of an endpoint of this account."""
    return Address(Kind.CLIENT, name)


def of_canonical(text: str) -> Address:
    """The address that this is the canonical form of.

    Raises:
        UsageError: it is none.
    """
    if text.startswith("client:"):
        return client(text.removeprefix("client:"))
    kind = Kind.SIP if text.startswith(("sip:", "sips:")) else Kind.NUMBER
    return Address(kind, text)
