"""What each cause is called towards people, SIP and the telephone network."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from offhook.base.causes import Cause


@dataclass(frozen=True, slots=True)
class Ending:
    """One row of `spec/causes.toml`.

    Attributes:
        sentence: For people.
        sip: SIP status (RFC 3261 §21).
        q850: Cause value (ITU-T Q.850).
    """

    sentence: str
    sip: int
    q850: int


ENDINGS: Final[Mapping[Cause, Ending]] = {
    Cause.NORMAL: Ending("The call ended normally.", 200, 16),
    Cause.BUSY: Ending("The other party is busy.", 486, 17),
    Cause.REJECTED: Ending("The other party declined the call.", 603, 21),
    Cause.NO_ANSWER: Ending("The call was not answered in time.", 480, 19),
    Cause.CANCELLED: Ending("The caller hung up before the call was answered.", 487, 31),
    Cause.ANSWERED_ELSEWHERE: Ending("The call was answered on another device.", 200, 26),
    Cause.ANSWERED_BY_OTHER: Ending("Another party answered first.", 487, 26),
    Cause.UNREACHABLE: Ending("No device of that name is registered.", 480, 20),
    Cause.NOT_FOUND: Ending("There is no endpoint of that name.", 404, 1),
    Cause.NO_ROUTE: Ending("This server has no route to that number or address.", 404, 3),
    Cause.FORBIDDEN: Ending("This call is not allowed.", 403, 21),
    Cause.INCOMPATIBLE_MEDIA: Ending("The two parties have no audio codec in common.", 488, 88),
    Cause.MEDIA_FAILED: Ending("No audio connection could be made.", 500, 127),
    Cause.ENDPOINT_LOST: Ending("The connection to an endpoint was lost.", 408, 27),
    Cause.SERVER_LOST: Ending("The connection to the server was lost.", 408, 27),
    Cause.SERVER_RESTARTED: Ending("The server restarted during the call.", 503, 41),
    Cause.TRANSFERRED: Ending("The call was transferred.", 200, 16),
    Cause.TIME_LIMIT: Ending("The call reached its time limit.", 200, 16),
    Cause.DOCUMENT_ENDED: Ending(
        "The call ended: the application had no further instructions.", 200, 16
    ),
    Cause.APPLICATION_ERROR: Ending("The application returned no usable document.", 500, 41),
    Cause.CONGESTION: Ending("The server has too many calls.", 503, 42),
    Cause.SHUTDOWN: Ending("The server is shutting down.", 503, 41),
    Cause.FAILED: Ending("The call failed.", 500, 41),
}
