"""What is deployed by the sample files is what the server understands."""

import re

import repo
from offhook.base.config import merged

SAMPLE = "deploy/offhook.env.sample"
UNIT = "deploy/offhook.service"


def of_the_unit() -> dict[str, str]:
    """The settings that the unit makes itself."""
    return dict(re.findall(r"(OFFHOOK_(?:DATA|TLS)\w+)=(\S+)", repo.text(UNIT)))


def of_the_sample() -> dict[str, str]:
    """The settings of the sample, those that are commented out included."""
    return dict(re.findall(r"^#?(OFFHOOK_\w+)=(.*)$", repo.text(SAMPLE), re.MULTILINE))


def test_the_sample_is_understood() -> None:
    given = of_the_sample()
    assert len(given) > 8
    given |= of_the_unit()
    config = merged({}, given, {})
    assert (config.port, config.workers, config.demo) == (443, 1, False)


def test_the_units_own_settings_are_understood() -> None:
    given = of_the_unit()
    assert set(given) == {"OFFHOOK_DATA_DIR", "OFFHOOK_TLS_CERT", "OFFHOOK_TLS_KEY"}
    assert str(merged({}, given, {}).data_dir) == "/var/lib/offhook"


def test_stopping_waits_longer_than_calls_may_take_to_end() -> None:
    limit = re.search(r"^TimeoutStopSec=(\d+)$", repo.text(UNIT), re.MULTILINE)
    assert limit
    assert float(limit[1]) > merged({}, {}, {}).drain_s
