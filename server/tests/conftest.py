"""Virtual time for every test that waits, and an harness to call from."""

import hypothesis
import pytest
from offhook.dialects.base import Dialect
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.loop import VirtualLoop

# How long an example takes says how busy the machine is, and nothing of what is tested.
hypothesis.settings.register_profile("offhook", deadline=None)
hypothesis.settings.load_profile("offhook")


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    """Tests jump through time, but for those marked `real_time`."""
    real = request.node.get_closest_marker("real_time") is not None
    return "asyncio", {} if real else {"loop_factory": VirtualLoop}


@pytest.fixture
def dialects() -> dict[str, Dialect]:
    """Both dialects, ready for an harness."""
    return {"twilio": Twilio(), "plivo": Plivo()}
