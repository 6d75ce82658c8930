"""What the doctor sees, and how it says so."""

import socket
from pathlib import Path
from typing import Any

import pytest
import trustme
from offhook.base.config import Config
from offhook.cli.checks import examine
from offhook.cli.findings import Finding, Status

pytestmark = pytest.mark.real_time


@pytest.fixture
def anyio_backend() -> str:
    """Ports, files and threads keep real time."""
    return "asyncio"


async def seen(config: Config) -> dict[str, Finding]:
    return {finding.check: finding async for finding in examine(config)}


async def test_a_fresh_directory_passes(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir(mode=0o700)
    found = await seen(Config(data_dir=folder, port=0))
    failed = {check for check, finding in found.items() if finding.status is Status.FAIL}
    assert failed <= {"disk"}
    assert {"clock", "certificate", "port 0", "media", "codecs", "database", "voice"} <= set(found)
    assert "opus" in found["codecs"].detail


async def test_a_missing_directory_is_no_error(tmp_path: Path) -> None:
    found = await seen(Config(data_dir=tmp_path / "none", port=0))
    assert found["data directory"].status is Status.WARN
    assert "database" not in found
    assert not (tmp_path / "none").exists(), "the doctor changes nothing"


async def test_a_file_readable_by_others_fails(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir(mode=0o755)
    key = folder / "node.key"
    key.write_text("x")
    key.chmod(0o644)
    found = await seen(Config(data_dir=folder, port=0))
    assert found["node key"].hint == f"chmod 600 {key}"
    assert found["database"].status is Status.FAIL


async def test_a_port_in_use_is_a_warning(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = await seen(Config(data_dir=tmp_path / "none", port=port))
    assert found[f"port {port}"].status is Status.WARN


async def test_certificates_are_read(tmp_path: Path) -> None:
    authority = trustme.CA()
    good = authority.issue_cert("calls.example")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in good.cert_chain_pems))
    key.write_bytes(good.private_key_pem.bytes())

    async def certificate(**changes: Any) -> Finding:
        settings: dict[str, Any] = {"tls_cert": str(chain), "tls_key": str(key), **changes}
        found = await seen(Config(data_dir=tmp_path / "none", port=0, **settings))
        return found["certificate"]

    assert (await certificate()).status is Status.OK
    other = tmp_path / "other.pem"
    other.write_bytes(authority.issue_cert("calls.example").private_key_pem.bytes())
    assert (await certificate(tls_key=str(other))).status is Status.FAIL
    assert (await certificate(tls_cert=str(tmp_path / "none.pem"))).status is Status.FAIL
    plain = await seen(Config(data_dir=tmp_path / "none", port=0))
    assert "not needed" in plain["certificate"].detail
