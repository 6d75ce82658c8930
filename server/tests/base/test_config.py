"""Settings come from three places, and nonsense is refused with a hint."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from offhook.base.config import Config, merged
from offhook.base.errors import UsageError


def test_the_defaults_keep_to_this_machine() -> None:
    config = merged({}, {"PATH": "/bin"}, {})
    assert config == Config()
    assert config.loopback
    assert config.media_addresses == ("127.0.0.1",)
    assert config.database.startswith("sqlite:///")
    assert config.key_file == config.data_dir / "node.key"


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"HOME": "/somewhere/a"}, "/somewhere/a/.local/share/offhook"),
        ({"HOME": "/somewhere/a", "XDG_DATA_HOME": "/data"}, "/data/offhook"),
        (
            {"HOME": "/somewhere/a", "XDG_DATA_HOME": "relative"},
            "/somewhere/a/.local/share/offhook",
        ),
        ({"HOME": "/", "STATE_DIRECTORY": "/var/lib/offhook:/var/lib/b"}, "/var/lib/offhook"),
        ({"HOME": "/somewhere/a", "OFFHOOK_DATA_DIR": "/srv/calls"}, "/srv/calls"),
    ],
)
def test_the_data_directory_is_independent_of_the_working_directory(
    environment: dict[str, str], place: str
) -> None:
    assert merged({}, environment, {}).data_dir == Path(place)
    assert merged({"data_dir": "mine"}, {"HOME": "/somewhere/a"}, {}).data_dir == Path("mine")


def test_an_embedded_database_is_a_file() -> None:
    assert Config(data_dir=Path("/d")).database_file == Path("/d/offhook.db")
    assert Config(database_url="sqlite:////e/f.db").database_file == Path("/e/f.db")
    assert Config(database_url="postgresql://u@h/n").database_file is None


def test_flags_win_over_the_environment_and_that_over_the_file() -> None:
    file = {"port": 1, "workers": 2, "drain_s": 5, "public_address": ["192.0.2.1"]}
    environment = {"OFFHOOK_PORT": "2", "OFFHOOK_DEMO": "no", "OFFHOOK_WEBHOOK_ALLOW": "a, b,"}
    flags = {"port": 3, "listen": None, "allowed_origins": ()}
    config = merged(file, environment, flags)
    assert (config.port, config.workers, config.drain_s, config.demo) == (3, 2, 5.0, False)
    assert config.webhook_allow == ("a", "b")
    assert config.public_address == ("192.0.2.1",)


@pytest.mark.parametrize(
    ("file", "environment", "says"),
    [
        ({"prot": 1}, {}, "no setting 'prot'"),
        ({}, {"OFFHOOK_PROT": "1"}, "OFFHOOK_PROT"),
        ({"port": "many"}, {}, "port (the configuration file)"),
        ({"port": 1.5}, {}, "whole number"),
        ({"port": True}, {}, "must be a number"),
        ({"demo": "perhaps"}, {}, "true or false"),
        ({"listen": 5}, {}, "must be text"),
        ({"public_address": 5}, {}, "public_address (the configuration file)"),
        ({}, {"OFFHOOK_PORT": "65536"}, "0 to 65535"),
        ({"workers": 0}, {}, "1 to 64"),
        ({"media_port": 65535, "workers": 2}, {}, "leave room"),
        ({"log_level": "loud"}, {}, "log_level"),
        ({"log_format": "xml"}, {}, "log_format"),
        ({"allowed_origins": ["my page"]}, {}, "allowed_origins must be like https://app.example"),
        ({"allowed_origins": ["app.example"]}, {}, "allowed_origins must be like"),
        ({"allowed_origins": ["https://app.example/"]}, {}, "without a path"),
        ({"public_url": "calls.example"}, {}, "public_url must be like"),
        ({"public_url": "https://calls example"}, {}, "public_url must be like"),
        ({"public_url": "http://["}, {}, "public_url must be like"),
        ({"stun_urls": ["stun.example:3478"]}, {}, "stun_urls must be like stun:host:port"),
        ({"public_address": ["0.0.0.0"]}, {}, "browsers can send to"),
        ({}, {"OFFHOOK_DATA_DIR": ""}, "data_dir must name a directory"),
        ({"listen": "localhost"}, {}, "listen must be an IPv4"),
        ({"tls_cert": "a.pem"}, {}, "together"),
        ({"turn_urls": ["turn:a"]}, {}, "turn_urls and turn_secret"),
        ({"turn_secret": "s"}, {}, "turn_urls and turn_secret"),
        ({"turn_urls": ["stun:a"], "turn_secret": "s"}, {}, "turn:host:port"),
        ({"turn_urls": ["turn:a b"], "turn_secret": "s"}, {}, "turn:host:port"),
        ({"turn_ttl_s": 59}, {}, "60 to 604800"),
        ({"samples_days": 0}, {}, "1 to 3650"),
        ({"hold_music": "loud"}, {}, "hold_music must be one of"),
        ({"conference_speakers": "11"}, {}, "conference_speakers must be 1 to 10"),
        ({"listen": "192.0.2.1"}, {}, "only for loopback"),
        ({"listen": "0.0.0.0", "insecure_http": True}, {}, "public_address"),
    ],
)
def test_nonsense_is_refused_and_named(
    file: dict[str, Any], environment: dict[str, str], says: str
) -> None:
    with pytest.raises(UsageError) as raised:
        merged(file, environment, {})
    assert says in str(raised.value)


def test_other_addresses_need_tls_or_an_explicit_word() -> None:
    config = Config(listen="192.0.2.1", tls_cert="c", tls_key="k")
    assert not config.loopback
    assert Config(listen="192.0.2.1", insecure_http=True).media_addresses == ("192.0.2.1",)
    assert Config(listen="::1").loopback


@pytest.mark.parametrize(
    "origin", ["*", "null", "https://app.example", "http://localhost:9001", "file://", "app://-"]
)
def test_origins_of_pages_are_taken(origin: str) -> None:
    assert Config(allowed_origins=(origin,)).allowed_origins == (origin,)


def test_secrets_are_not_shown() -> None:
    config = merged({}, {"OFFHOOK_TURN_SECRET": "north", "OFFHOOK_TURN_URLS": "turn:a"}, {})
    assert config.turn_secret == "north"
    assert "north" not in repr(config)


def test_every_setting_is_explained() -> None:
    page = Path(__file__).parents[3] / "docs/reference/settings.md"
    named = set(re.findall(r"`([a-z_]+)`", page.read_text()))
    assert {field.name for field in fields(Config)} <= named
