"""The process's limit on open files: raised as far as allowed, and divided."""

import resource
from typing import Final

_ENOUGH: Final = 65_536
"""More than the connections one event loop can carry; some systems allow a thousand million."""
_OTHERS: Final = 256
"""Database, media, web hooks, files."""


def raise_limit() -> int:
    """Raise the soft limit to the hard one, within reason; returns the new limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(_ENOUGH, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return _ENOUGH if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        # Some systems have a second limit below the hard one.
        return soft
    return wanted


def for_connections(limit: int) -> int:
    """How many of `limit` descriptors incoming connections may take; the others are for the rest."""
    return max(1, limit - max(min(_OTHERS, limit // 2), limit // 4))
