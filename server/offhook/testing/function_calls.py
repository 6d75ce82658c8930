"""Records function calls, so that tests bound work by counts instead of by time."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def recorded_calls(within: str) -> Generator[list[str]]:
    """Record every function call while the context is open, in order.

    Args:
        within: Part of a file's path: Python functions of such files are recorded, and the C functions
            that they call.

    Yields:
        Qualified names of the functions; the list grows.
    """
    called: list[str] = []

    def record(frame: FrameType, event: str, function: object) -> None:
        if event in ("call", "c_call") and within in frame.f_code.co_filename:
            called.append(str(getattr(function, "__qualname__", frame.f_code.co_qualname)))

    sys.setprofile(record)
    try:
        yield called
    finally:
        sys.setprofile(None)
