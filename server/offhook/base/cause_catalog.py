"""The catalog of `spec/causes.toml`: sentence, SIP status and Q.850 code of every cause."""

# Generated from spec/causes.toml by `python tools/generate.py catalogs`; do not edit.

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from offhook.base.causes import Cause


@dataclass(frozen=True, slots=True)
class CauseSpec:
    """One row of `spec/causes.toml`.

    Attributes:
        sentence: For people.
        sip: SIP status (RFC 3261 §21).
        q850: Cause value (ITU-T Q.850).
    """

    sentence: str
    sip: int
    q850: int


CAUSES: Final[Mapping[Cause, CauseSpec]] = {
    Cause.NORMAL: CauseSpec("The call ended normally.", 200, 16),
    Cause.BUSY: CauseSpec("The other party is busy.", 486, 17),
    Cause.REJECTED: CauseSpec("The other party declined the call.", 603, 21),
    Cause.NO_ANSWER: CauseSpec("The call was not answered in time.", 480, 19),
    Cause.CANCELLED: CauseSpec("The caller hung up before the call was answered.", 487, 31),
    Cause.ANSWERED_ELSEWHERE: CauseSpec("The call was answered on another device.", 200, 26),
    Cause.ANSWERED_BY_OTHER: CauseSpec("Another party answered first.", 487, 26),
    Cause.UNREACHABLE: CauseSpec("No device of that name is registered.", 480, 20),
    Cause.NOT_FOUND: CauseSpec("There is no endpoint of that name.", 404, 1),
    Cause.NO_ROUTE: CauseSpec("This server has no route to that number or address.", 404, 3),
    Cause.FORBIDDEN: CauseSpec("This call is not allowed.", 403, 21),
    Cause.INCOMPATIBLE_MEDIA: CauseSpec("The two parties have no audio codec in common.", 488, 88),
    Cause.MEDIA_FAILED: CauseSpec("No audio connection could be made.", 500, 127),
    Cause.ENDPOINT_LOST: CauseSpec("The connection to an endpoint was lost.", 408, 27),
    Cause.SERVER_LOST: CauseSpec("The connection to the server was lost.", 408, 27),
    Cause.SERVER_RESTARTED: CauseSpec("The server restarted during the call.", 503, 41),
    Cause.TRANSFERRED: CauseSpec("The call was transferred.", 200, 16),
    Cause.TIME_LIMIT: CauseSpec("The call reached its time limit.", 200, 16),
    Cause.DOCUMENT_ENDED: CauseSpec(
        "The call ended: the application had no further instructions.", 200, 16
    ),
    Cause.APPLICATION_ERROR: CauseSpec("The application returned no usable document.", 500, 41),
    Cause.CONGESTION: CauseSpec("The server has too many calls.", 503, 42),
    Cause.SHUTDOWN: CauseSpec("The server is shutting down.", 503, 41),
    Cause.FAILED: CauseSpec("The call failed.", 500, 41),
}
