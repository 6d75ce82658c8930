"""Tests that wait for sockets."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Sockets do not wait for virtual time."""
    return "asyncio"
