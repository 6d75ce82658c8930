"""What the parts of this dialect's parser have in common."""

from dataclasses import dataclass
from typing import Final

from offhook.base.hosts import Hosts
from offhook.dialects.reading import Warnings

SCHEMA: Final = "12200"
"""The vendor's code for what its schema does not know: a warning, and the document goes on."""
UNSUPPORTED: Final = "unsupported"
"""Our own code for what the vendor can do and we cannot do yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One document while it is read.

    Attributes:
        base: The document's own URL, to which its relative ones refer (RFC 3986 §5.1).
        hosts: Hosts of SIP URIs that name clients of this server.
        warnings: What was passed over so far.
    """

    base: str
    hosts: Hosts
    warnings: Warnings
