"""A fresh install is open to its own machine only, and has no known password."""

import re
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest

_LISTENING = "0A"
"""State of a TCP socket that listens, in /proc/net/tcp."""


def _sockets(pid: int) -> set[str]:
    """Numbers of the sockets that a process holds."""
    links = (Path(f"/proc/{pid}/fd")).iterdir()
    found = (re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink())) for link in links)
    return {match[1] for match in found if match}


def _bound(pid: int) -> list[str]:
    """Addresses at which a process can be reached, by TCP or UDP, of either family."""
    own = _sockets(pid)
    addresses: list[str] = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] not in own or (table.startswith("tcp") and fields[3] != _LISTENING):
                continue
            raw = bytes.fromhex(fields[1].partition(":")[0])
            # The kernel prints words of four bytes in its own order.
            words = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
            family = socket.AF_INET if len(words) == 4 else socket.AF_INET6
            addresses.append(socket.inet_ntop(family, words))
    return addresses


@pytest.mark.threat("open-by-default")
def test_a_fresh_install_can_be_reached_from_its_own_machine_only(offhook: Any) -> None:
    addresses = _bound(offhook.pid)
    # HTTP, media over UDP and over TCP, and the demonstration's web server.
    assert len(addresses) >= 4
    assert set(addresses) <= {"127.0.0.1", "::1"}


NAMES = ("admin", "root", "offhook", "demo", "alice", "1000")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.threat("open-by-default")
async def test_default_credentials_are_rejected(offhook: Any, name: str) -> None:
    # Each from an address of its own: one that has guessed often is refused without a look at the password.
    address = f"127.0.0.{2 + NAMES.index(name)}"
    connector = aiohttp.TCPConnector(local_addr=(address, 0))
    async with aiohttp.ClientSession(connector=connector) as http:
        for password in ("", name, "admin", "password", "1234"):
            headers = {"Authorization": aiohttp.encode_basic_auth(name, password)}
            async with http.get(f"{offhook.url}/v1/account", headers=headers) as response:
                assert response.status in {401, 429}
