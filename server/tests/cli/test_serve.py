"""`offhook serve` says where it is, lets people in by links, and fails in words."""

import json
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.real_time

OFFHOOK = str(Path(sys.executable).with_name("offhook"))


def start(folder: Path, *flags: str) -> subprocess.Popen[str]:
    line = [OFFHOOK, "--data-dir", str(folder / "d"), "serve", "--port", "0", *flags]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_prints_its_url_and_stops_on_a_signal(tmp_path: Path) -> None:
    with start(tmp_path, "--json") as process:
        assert process.stdout is not None
        reported = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0
    assert set(reported["people"]) == {"alice", "bob"}
    assert all(
        link.startswith(f"{reported['url']}/#token=") for link in reported["people"].values()
    )
    assert len(reported["media_ports"]) == 1
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert events[-3:] == ["server.started", "server.draining", "server.stopped"]
    assert "token" not in log


def test_people_read_links(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(8)]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert lines[0].startswith("offhook serves at http://127.0.0.1:")
    assert sum("#token=" in line for line in lines) == 0
    links = [line.strip() for line in lines if "/s/" in line]
    assert [len(link.partition("/s/")[2]) for link in links] == [32, 32]
    assert all(link.startswith("http://127.0.0.1:") and len(link) < 60 for link in links)


def test_without_the_demonstration_no_user_is_created(tmp_path: Path) -> None:
    with start(tmp_path, "--json", "--no-demo") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["people"] == {}
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--listen", "192.0.2.1"], "only for loopback"),
        (["--listen", "192.0.2.1", "--insecure-http"], "cannot start the media engine"),
        (["--tls-cert", "/none", "--tls-key", "/none"], "there is no file /none"),
        (["--workers", "0"], "1 to 64"),
        (["--allow-webhook", "not a host!"], "allow-list"),
    ],
)
def test_invalid_settings_are_reported_in_words(
    tmp_path: Path, flags: list[str], says: str
) -> None:
    with start(tmp_path, *flags) as process:
        out, log = process.communicate(timeout=60)
    assert process.returncode in (1, 2)
    assert says in log
    assert "Traceback" not in log
    assert out == ""


def test_a_port_in_use_is_reported_with_a_hint(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with start(tmp_path, "--port", port) as process:
            _, log = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"port {port}" in log
    assert "--port" in log


def test_a_kubernetes_service_of_our_name_does_not_stop_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFHOOK_PORT", "tcp://10.96.0.7:8480")
    monkeypatch.setenv("OFFHOOK_SERVICE_HOST", "10.96.0.7")
    with start(tmp_path, "--json", "--no-demo") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["url"]
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    (noted,) = [line for line in log.splitlines() if "config.service-links" in line]
    assert "OFFHOOK_PORT, OFFHOOK_SERVICE_HOST" in noted


def test_a_second_signal_does_not_wait_for_calls(tmp_path: Any) -> None:
    with start(tmp_path, "--json", "--drain-s", "3600") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--no-demo"],
        [
            *("--listen", "0.0.0.0", "--insecure-http", "--media-listen", "127.0.0.1"),
            *("--public-address", "192.0.2.7"),
        ],
    ],
)
def test_the_first_start_prints_commands_that_work(tmp_path: Path, flags: list[str]) -> None:
    with start(tmp_path, *flags) as process:
        assert process.stdout is not None
        said = ""
        while "key create" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        commands = [line.strip() for line in said.splitlines() if line.startswith("  offhook ")]
        assert len(commands) == 3
        for command in commands:
            words = [OFFHOOK, *shlex.split(command)[1:]]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), command
        listed = [OFFHOOK, "--data-dir", str(tmp_path / "d"), "account", "list", "--json"]
        accounts = json.loads(subprocess.run(listed, capture_output=True, check=True).stdout)
        assert len(accounts) == 1, "the first start makes an account, as --help says"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    if flags[:1] == ["--listen"]:
        assert "http://192.0.2.7:" in said
        assert "127.0.0.1" not in said
        assert accounts[0]["id"] in said
