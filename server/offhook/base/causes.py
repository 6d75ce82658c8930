"""Why things end. The words, sentences and codes are those of `spec/causes.toml`."""

from enum import StrEnum


class Cause(StrEnum):
    """Why a call or a leg ended."""

    NORMAL = "normal"
    BUSY = "busy"
    REJECTED = "rejected"
    NO_ANSWER = "no-answer"
    CANCELLED = "cancelled"
    ELSEWHERE = "elsewhere"
    LOST_RACE = "lost-race"
    UNREACHABLE = "unreachable"
    NOT_FOUND = "not-found"
    NO_ROUTE = "no-route"
    FORBIDDEN = "forbidden"
    NO_CODEC = "no-codec"
    MEDIA_FAILED = "media-failed"
    DEVICE_LOST = "device-lost"
    SERVER_LOST = "server-lost"
    SERVER_RESTARTED = "server-restarted"
    TRANSFERRED = "transferred"
    TIME_LIMIT = "time-limit"
    SCRIPT_ENDED = "script-ended"
    APPLICATION_ERROR = "application-error"
    CONGESTION = "congestion"
    SHUTDOWN = "shutdown"
    FAILED = "failed"
