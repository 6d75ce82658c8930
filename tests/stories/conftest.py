"""Every story plays in virtual time, and most of them in both dialects."""

import pytest
from dialect_xml import DIALECT_XML, DialectXml
from offhook.testing.loop import VirtualLoop


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    """Time jumps."""
    return "asyncio", {"loop_factory": VirtualLoop}


@pytest.fixture(params=DIALECT_XML)
def xml(request: pytest.FixtureRequest) -> DialectXml:
    """Each dialect in turn."""
    return DIALECT_XML[request.param]
