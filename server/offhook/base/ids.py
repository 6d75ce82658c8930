"""Typed ids, and where new ones come from."""

from collections.abc import Callable
from typing import NewType, Protocol

AccountId = NewType("AccountId", str)
"""`MA` and 18 more of `A-Z 0-9`: a shape that both vendors' libraries accept in their own format."""
ApplicationId = NewType("ApplicationId", str)
"""32 lower-case hex digits, or a decimal number, as the dialect wants that it was made for."""
EndpointId = NewType("EndpointId", str)
"""A decimal number of 14 digits; 32 lower-case hex digits if an earlier version made it."""
CallId = NewType("CallId", str)
"""32 lower-case hex digits. The first leg of a call has the call's own digits as its id."""
ConferenceId = NewType("ConferenceId", str)
"""32 lower-case hex digits. A dialect formats them as a prefixed or a dashed id."""
LegId = NewType("LegId", str)
"""32 lower-case hex digits. A dialect formats them as a prefixed or a dashed id."""
DeviceId = NewType("DeviceId", str)
"""One registered device of an endpoint: one page, one desk phone."""
RecordingId = NewType("RecordingId", str)
"""32 lower-case hex digits. All are random: by default the id gives access to the sound."""

PlayId = NewType("PlayId", int)
"""Of a play within its call: the number of the journal entry with which it began."""
Sdp = NewType("Sdp", str)
"""A session description (RFC 8866). Opaque to all packages but the engine."""


class Ids(Protocol):
    """Where new ids come from: chance in production, a seed in tests."""

    def hex32(self) -> str:
        """128 random bits as 32 lower-case hex digits."""
        ...

    def digits(self, count: int) -> str:
        """A random decimal number of so many digits, the first of which is not 0."""
        ...


NewId = Callable[[Ids], str]
"""Makes an id in the form that its vendor or its table wants."""


def hex_id(ids: Ids) -> str:
    """32 hex digits."""
    return ids.hex32()
