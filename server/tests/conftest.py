"""Virtual time for every test that waits, and an office to call from."""

import pytest
from offhook.dialects.base import Dialect
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.loop import VirtualLoop


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    """Tests jump through time, but for those marked `real_time`."""
    real = request.node.get_closest_marker("real_time") is not None
    return "asyncio", {} if real else {"loop_factory": VirtualLoop}


@pytest.fixture
def dialects() -> dict[str, Dialect]:
    """Both dialects, ready for an office."""
    return {"twilio": Twilio(), "plivo": Plivo()}
