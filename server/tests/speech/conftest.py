"""Speech comes from a process, on a real loop."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Processes do not wait for virtual time."""
    return "asyncio"
