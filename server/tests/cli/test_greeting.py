"""What a server prints when it has started."""

from pathlib import Path
from typing import Any

import pytest
from offhook.api.demo import Person
from offhook.api.first import Standing
from offhook.base.config import Config
from offhook.cli.greeting import greeting, program
from offhook.runtime.lifecycle import Ready

HOME = {"HOME": "/somewhere/a"}
USUAL = Path("/somewhere/a/.local/share/offhook")


def printed(config: Config, standing: Standing, *people: Person) -> str:
    ready = Ready(urls=("http://here",), media_ports=[1], people=list(people), standing=standing)
    return "\n".join(greeting(ready, config, "offhook"))


def test_a_demonstration_has_a_link_for_each_person() -> None:
    alice = Person(name="alice", token="aaa", code="c0a", dialect="one")
    bob = Person(name="bob", token="bbb", code="c0b", dialect="two")
    text = printed(Config(), Standing(account="MA", bare=True), alice, bob)
    assert "http://here/s/c0a" in text
    assert "http://here/s/c0b" in text
    assert "offhook key create" in text
    assert "An account was made" not in text


def test_only_an_empty_server_prints_the_next_steps() -> None:
    config = Config(listen="192.0.2.1", insecure_http=True, public_url="https://calls.example")
    bare = printed(config, Standing(account="MA1", made=True, bare=True))
    for part in (
        "MA1",
        "offhook application create",
        "https://voice.example",
        "sign",
        "http://here/v1",
    ):
        assert part in bare
    assert printed(config, Standing(account="MA1")) == "offhook serves at http://here"


def test_plain_http_beyond_this_machine_is_warned_about() -> None:
    config = Config(listen="192.0.2.1", insecure_http=True)
    assert "no microphone" in printed(config, Standing())


@pytest.mark.parametrize(
    ("config", "environment", "file", "command"),
    [
        (Config(data_dir=USUAL), HOME, "", "offhook"),
        (Config(data_dir=Path("/d/a b")), HOME, "", "offhook --data-dir '/d/a b'"),
        (
            Config(data_dir=Path("/d")),
            {**HOME, "OFFHOOK_DATA_DIR": "/d"},
            "",
            "offhook --data-dir /d",
        ),
        (
            Config(data_dir=Path("/d")),
            {**HOME, "STATE_DIRECTORY": "/d"},
            "",
            "offhook --data-dir /d",
        ),
        (Config(data_dir=Path("/d")), HOME, "o.toml", "offhook --config o.toml"),
    ],
)
def test_commands_are_printed_so_that_another_terminal_finds_the_data(
    config: Config, environment: Any, file: str, command: str
) -> None:
    assert program(config, environment, file) == command
