"""The manual's code works as it stands there, and its page of metrics is complete."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

pytestmark = pytest.mark.real_time

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str, language: str) -> list[str]:
    """The code of one language on a page, in order."""
    return re.findall(
        rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL
    )


def module(code: str) -> dict[str, Any]:
    """The names that a piece of Python makes when it is imported."""
    names: dict[str, Any] = {"__name__": "manual"}
    exec(compile(code, "manual", "exec"), names)
    return names


def settings_of(offhook: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the manual keeps in the environment."""
    account = offhook.command("account", "list")[0]["id"]
    key = offhook.command("key", "create", "web")
    found = {
        "VOICE_URL": offhook.url,
        "VOICE_ACCOUNT": account,
        "VOICE_KEY": key["id"],
        "VOICE_SECRET": key["secret"],
        "VOICE_APPLICATION": offhook.command("application", "list")[0]["id"],
    }
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def settings(offhook: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Those of the file's server."""
    return settings_of(offhook, monkeypatch)


async def signs_in(offhook: Any, token: str) -> None:
    async with offhook.browser("", token=token) as page:
        await page.say("register")
        await page.frame("registered")


async def test_the_token_server_of_the_tutorial_makes_good_tokens(
    offhook: Any, settings: dict[str, str]
) -> None:
    (code,) = [each for each in blocks("tutorial/token-server.md", "python") if "claims" in each]
    await signs_in(offhook, module(code)["token_for"]("carol"))


def made_tokens(settings: dict[str, str]) -> Iterator[str]:
    asked, twilio = (module(code) for code in blocks("how-to/tokens.md", "python")[:2])
    account, key, secret, application = (
        settings[f"VOICE_{name}"] for name in ("ACCOUNT", "KEY", "SECRET", "APPLICATION")
    )
    yield asked["token_for"]("carol", application)
    yield twilio["twilio_token"](account, key, secret, application, "carol")


async def test_tokens_of_the_how_to_are_good(offhook: Any, settings: dict[str, str]) -> None:
    for token in made_tokens(settings):
        await signs_in(offhook, token)


async def test_a_plivo_token_of_the_how_to_is_good(
    own_offhook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import plivo.utils.jwt

    # The secret is replaced, and with it all that it has signed.
    offhook = own_offhook
    offhook.start()
    settings = settings_of(offhook, monkeypatch)

    monkeypatch.setattr(plivo.utils.jwt, "jwt", plivo.utils.jwt.jwt)
    secret = offhook.command("account", "secret", "--yes")["secret"]
    make = module(blocks("how-to/tokens.md", "python")[2])["plivo_token"]
    application = settings["VOICE_APPLICATION"]
    await signs_in(offhook, make(settings["VOICE_ACCOUNT"], secret, application, "carol"))


async def test_the_same_request_from_node_gets_a_token(
    offhook: Any, settings: dict[str, str], tmp_path: Path
) -> None:
    code = blocks("how-to/tokens.md", "js")[0]
    program = tmp_path / "token.mjs"
    call = f"console.log(await tokenFor('carol', '{settings['VOICE_APPLICATION']}'));\n"
    program.write_text(code + call)
    running = await asyncio.create_subprocess_exec(
        "node", str(program), env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    printed, error = await running.communicate()
    assert running.returncode == 0, error.decode()
    await signs_in(offhook, printed.decode().strip())


@pytest.fixture
def switchboard(tmp_path: Path) -> Iterator[str]:
    """The application of the tutorial, on a free port; its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (code,) = blocks("tutorial/own-application.md", "python")
    program = tmp_path / "switchboard.py"
    program.write_text(code.replace("9000", str(port)))
    running = subprocess.Popen([sys.executable, str(program)], stderr=subprocess.DEVNULL)
    yield f"http://127.0.0.1:{port}/"
    running.terminate()
    running.wait(10)


async def test_the_tutorial_switchboard_dials_and_gets_the_result(
    offhook: Any, eventually: Any, switchboard: str
) -> None:
    offhook.command(
        "application", "create", "board", "--dialect", "twilio", "--answer-url", switchboard
    )
    token = offhook.command("token", "alice", "--application", "board")["token"]
    async with offhook.browser("bob") as bob, offhook.browser("", token=token) as alice:
        await bob.say("register")
        await bob.frame("registered")
        call = await alice.call("2")
        # The greeting is over once it has been heard.
        await alice.talks(call)
        rings = await bob.rings()
        await bob.say("reject", call=rings["call"])
        ended = await alice.frame("ended", call)
    assert ended["cause"] == "document-ended"
    (record,) = await eventually(offhook.records)
    journal = offhook.command("calls", "show", record["id"])["journal"]
    assert [entry["event"] for entry in journal].count("document-received") == 2


async def test_signatures_are_checked_by_the_code_of_the_reference() -> None:
    from offhook.dialects.plivo.dialect import Plivo
    from offhook.dialects.twilio.dialect import Twilio

    (code,) = blocks("reference/webhooks.md", "python")
    checks = module(code)
    url, form, nonce = "https://app.example/answer?a=1", {"From": "alice", "To": "bob"}, "12345678"
    for name, dialect, call in (
        ("is_genuine_twilio", Twilio(), ()),
        ("is_genuine_plivo", Plivo(), ("POST",)),
    ):
        headers = dialect.sign("POST", url, tuple(form.items()), secret="s" * 32, nonce=nonce)
        assert checks[name]("s" * 32, *call, url, form, headers)
        assert not checks[name]("t" * 32, *call, url, form, headers)


async def test_the_page_of_metrics_is_complete(own_offhook: Any) -> None:
    own_offhook.start()
    text = (DOCS / "reference/metrics.md").read_text()
    explained = set(re.findall(r"`([a-z_]+)`", text.partition("## Calls")[2]))
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{own_offhook.url}/metrics") as reply,
    ):
        shown = set(re.findall(r"^# TYPE offhook_(\S+)", await reply.text(), re.MULTILINE))
    assert len(shown) > 30
    assert shown <= explained
    # The others are counted, and appear with their first count.
    counted = {name for name in explained - shown if name.endswith("_total")}
    assert counted == {
        "calls_started_total",
        "calls_ended_total",
        "calls_refused_total",
        "calls_crashed_total",
        "webhooks_total",
    }


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


async def terminal(offhook: Any, script: str, cwd: Path) -> str:
    """What a block of commands prints, run as it stands there but for the folder of the server's data."""
    own = {
        "OFFHOOK_DATA_DIR": str(offhook.folder / "d"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    script = script.replace(". .venv/bin/activate\n", "")
    running = await asyncio.create_subprocess_exec(
        "bash", "-euc", script, cwd=cwd, env=os.environ | own, stdout=subprocess.PIPE
    )
    printed, _ = await running.communicate()
    assert running.returncode == 0, printed.decode()
    return printed.decode()


async def test_the_phone_menu_of_the_tutorial_takes_a_key(
    offhook: Any, eventually: Any, tmp_path: Path
) -> None:
    (code,) = blocks("tutorial/phone-menu.md", "python")
    start, register, call, look = blocks("tutorial/phone-menu.md", "sh")
    port = str(free_port())
    (tmp_path / "menu.py").write_text(code.replace("9000", port))
    menu = await asyncio.create_subprocess_exec(
        *start.split(), cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    try:
        await terminal(offhook, register.replace("9000", port), tmp_path)
        await terminal(offhook, call, tmp_path)
        (record,) = await eventually(offhook.records)
    finally:
        menu.terminate()
        await menu.wait()
    assert record["id"] in await terminal(offhook, look, tmp_path)
    journal = offhook.command("calls", "show", record["id"])["journal"]
    (key,) = [entry["details"] for entry in journal if entry["event"] == "digit-received"]
    assert key["pii_digit"] == "1"
    ends = [entry["details"]["end"] for entry in journal if entry["event"] == "play-ended"]
    assert ends == ["interrupted", "finished"], "the key stopped the menu, and the choice was heard"


async def test_the_conference_room_of_the_tutorial_reports_who_speaks(
    offhook: Any, eventually: Any, tmp_path: Path
) -> None:
    (code,) = blocks("tutorial/conference-room.md", "python")
    start, register, call = blocks("tutorial/conference-room.md", "sh")
    port = str(free_port())
    (tmp_path / "room.py").write_text(code.replace("9000", port))
    room = await asyncio.create_subprocess_exec(
        *start.split(), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert room.stdout is not None
    seen: list[str] = []
    try:
        await terminal(offhook, register.replace("9000", port), tmp_path)
        await terminal(offhook, call, tmp_path)
        async with asyncio.timeout(60):
            while "conference-end" not in seen:
                seen.append((await room.stdout.readline()).decode().split()[1])
    finally:
        room.terminate()
        await room.wait()
    assert seen.count("participant-join") == 2
    assert seen.index("participant-speech-start") > seen.index("conference-start")
    assert "participant-speech-stop" in seen
    assert seen[-2:] == ["participant-leave", "conference-end"]
    assert len(await eventually(offhook.records)) == 2
