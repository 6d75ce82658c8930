"""Variables that an orchestrator sets for a service of our name are no settings."""

from dataclasses import fields

import pytest
from offhook.base.config import Config, merged
from offhook.base.container_links import container_links
from offhook.base.errors import UsageError

KUBERNETES = {
    "OFFHOOK_SERVICE_HOST": "10.96.0.7",
    "OFFHOOK_SERVICE_PORT": "8480",
    "OFFHOOK_SERVICE_PORT_HTTP": "8480",
    "OFFHOOK_PORT": "tcp://10.96.0.7:8480",
    "OFFHOOK_PORT_8480_TCP": "tcp://10.96.0.7:8480",
    "OFFHOOK_PORT_8480_TCP_PROTO": "tcp",
    "OFFHOOK_PORT_8480_TCP_PORT": "8480",
    "OFFHOOK_PORT_8480_TCP_ADDR": "10.96.0.7",
    "OFFHOOK_MEDIA_SERVICE_HOST": "10.96.0.8",
    "OFFHOOK_MEDIA_PORT": "udp://10.96.0.8:40000",
    "OFFHOOK_MEDIA_PORT_40000_UDP_ADDR": "10.96.0.8",
    "OFFHOOK_NAME": "/web/offhook",
}


def test_container_links_change_nothing() -> None:
    assert merged({}, KUBERNETES, {}) == Config()
    assert container_links({"PATH": "/bin", **KUBERNETES}) == sorted(KUBERNETES)


def test_real_settings_beside_them_still_count() -> None:
    links = {key: text for key, text in KUBERNETES.items() if key != "OFFHOOK_PORT"}
    config = merged({}, {**links, "OFFHOOK_PORT": "9000", "OFFHOOK_WORKERS": "2"}, {})
    assert (config.port, config.workers, config.media_port) == (9000, 2, 0)


@pytest.mark.parametrize("setting", [field.name for field in fields(Config)])
def test_service_links_that_match_a_setting_prefix_are_ignored(
    setting: str,
) -> None:
    # A service `offhook-<setting>` gives OFFHOOK_<SETTING>_PORT and the like; one whose name is the
    # setting's without `_port` gives a variable with the setting's very name.
    service = f"OFFHOOK_{setting.upper()}"
    links = {f"{service}_PORT": "tcp://10.0.0.1:1", f"{service}_SERVICE_HOST": "10.0.0.1"}
    if setting.endswith("port"):
        links[service] = "tcp://10.0.0.1:1"
    assert merged({}, links, {}) == Config()


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("OFFHOOK_PORT", "http://10.0.0.1:1"),
        ("OFFHOOK_PORT", "many"),
        ("OFFHOOK_HTTP_PORT", "8480"),
        ("OFFHOOK_NAME", "offhook"),
        ("OFFHOOK_PORTS", "tcp://10.0.0.1:1"),
        ("OFFHOOK_SERVICE", "10.0.0.1"),
    ],
)
def test_explicit_invalid_settings_are_still_rejected(variable: str, text: str) -> None:
    with pytest.raises(UsageError):
        merged({}, {variable: text}, {})
