"""How many files may be open, and for whom."""

import resource
import subprocess
import sys

import pytest
from offhook.api.listen.descriptors import for_connections

PROGRAM = """
import resource
from offhook.api.listen.descriptors import raise_limit
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(raise_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""
HARD = resource.getrlimit(resource.RLIMIT_NOFILE)[1]


@pytest.mark.parametrize(("soft", "hard"), [(64, 1024), (1024, 1024), (300, 900)])
def test_the_soft_limit_is_raised_to_the_hard_one(soft: int, hard: int) -> None:
    program = PROGRAM.format(soft=soft, hard=hard)
    reported = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert reported.stdout.split() == [str(hard)] * 3


def test_the_soft_limit_is_raised_to_a_maximum_only() -> None:
    program = PROGRAM.format(soft=64, hard=HARD)
    reported = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    raised = int(reported.stdout.split()[0])
    assert raised == (65_536 if HARD == resource.RLIM_INFINITY else min(65_536, HARD))


@pytest.mark.parametrize(
    ("limit", "share"), [(256, 128), (1024, 768), (20_000, 15_000), (65_536, 49_152), (1, 1)]
)
def test_some_are_kept_for_everything_else(limit: int, share: int) -> None:
    assert for_connections(limit) == share
