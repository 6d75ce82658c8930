"""Every story plays in virtual time, and most of them in both dialects."""

import pytest
from offhook.testing.loop import VirtualLoop
from tongues import TONGUES, Tongue


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    """Time jumps."""
    return "asyncio", {"loop_factory": VirtualLoop}


@pytest.fixture(params=TONGUES)
def tongue(request: pytest.FixtureRequest) -> Tongue:
    """Each dialect in turn."""
    return TONGUES[request.param]
