"""What the parts of this dialect's parser have in common."""

from dataclasses import dataclass
from typing import Final

from offhook.base.hosts import Hosts
from offhook.dialects.reading import Warnings

UNKNOWN: Final = "unknown"
"""The vendor has no code for what it passes over: this is ours."""
UNSUPPORTED: Final = "unsupported"
"""Our own code for what the vendor can do and we cannot do yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One document while it is read.

    Attributes:
        hosts: Hosts of SIP URIs that name clients of this server.
        warnings: What was passed over so far.
    """

    hosts: Hosts
    warnings: Warnings
