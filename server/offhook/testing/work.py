"""Counts what is done instead of how long it takes: the same on every machine, however busy."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def calls_noted(within: str) -> Generator[list[str]]:
    """Note every call while this is open, in the order in which they are made.

    Args:
        within: Part of a file's path: Python functions of such files are noted, and the C functions
            that these call.

    Yields:
        Names of functions, with those of their classes; it grows.
    """
    called: list[str] = []

    def note(frame: FrameType, event: str, function: object) -> None:
        if event in ("call", "c_call") and within in frame.f_code.co_filename:
            called.append(str(getattr(function, "__qualname__", frame.f_code.co_qualname)))

    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(None)
