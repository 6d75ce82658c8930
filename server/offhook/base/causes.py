"""Why a call or a leg ended. The words, sentences and codes are those of `spec/causes.toml`."""

# Generated from spec/causes.toml by `python tools/generate.py catalogs`; do not edit.

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    """Why a call or a leg ended."""

    NORMAL = "normal"
    BUSY = "busy"
    REJECTED = "rejected"
    NO_ANSWER = "no-answer"
    CANCELLED = "cancelled"
    ANSWERED_ELSEWHERE = "answered-elsewhere"
    ANSWERED_BY_OTHER = "answered-by-other"
    UNREACHABLE = "unreachable"
    NOT_FOUND = "not-found"
    NO_ROUTE = "no-route"
    FORBIDDEN = "forbidden"
    INCOMPATIBLE_MEDIA = "incompatible-media"
    MEDIA_FAILED = "media-failed"
    ENDPOINT_LOST = "endpoint-lost"
    SERVER_LOST = "server-lost"
    SERVER_RESTARTED = "server-restarted"
    TRANSFERRED = "transferred"
    TIME_LIMIT = "time-limit"
    DOCUMENT_ENDED = "document-ended"
    APPLICATION_ERROR = "application-error"
    CONGESTION = "congestion"
    SHUTDOWN = "shutdown"
    FAILED = "failed"

    @classmethod
    def _missing_(cls, value: object) -> "Cause | None":
        """A cause by its former name, as the journal of a server before its upgrade has it."""
        name = _FORMER.get(value) if isinstance(value, str) else None
        return None if name is None else cls(name)


_FORMER: Final[Mapping[str, str]] = {
    "elsewhere": "answered-elsewhere",
    "lost-race": "answered-by-other",
    "no-codec": "incompatible-media",
    "device-lost": "endpoint-lost",
    "script-ended": "document-ended",
}
