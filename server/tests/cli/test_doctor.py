"""The doctor's report."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.real_time


def test_the_report_for_people_and_for_programs(run: Any) -> None:
    run("init")
    text = run("doctor", "--port", "0")
    assert "codecs: opus" in text.output
    report = json.loads(run("doctor", "--port", "0", "--json").stdout)
    assert {finding["check"] for finding in report} >= {"clock", "database", "media"}
    assert text.exit_code == int(any(finding["status"] == "fail" for finding in report))


def test_a_failed_check_exits_with_one(run: Any, tmp_path: Any) -> None:
    run("init")
    (tmp_path / "d").chmod(0o755)
    result = run("doctor", "--port", "0")
    assert result.exit_code == 1
    assert f"chmod 700 {tmp_path / 'd'}" in result.output
