"""Each threat that concerns us has a test that names it, and the page on threats lists what is there."""

import subprocess
import sys
from pathlib import Path

import pytest
import threats

TOOL = Path(threats.__file__)


def test_each_threat_has_a_test_and_the_page_says_which() -> None:
    done = subprocess.run(
        [sys.executable, str(TOOL), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_marks_are_read_in_each_language(tmp_path: Path) -> None:
    python = tmp_path / "test_x.py"
    python.write_text('@pytest.mark.threat("a", "b")\nasync def test_one() -> None: ...\n')
    assert list(threats.python_tests(python)) == [("a", "test_one"), ("b", "test_one")]
    rust = tmp_path / "x.rs"
    rust.write_text("    // Threat: a, b\n    #[test]\n    fn two() {}\n")
    assert list(threats.other_tests(rust)) == [("a", "two"), ("b", "two")]
    script = tmp_path / "x.test.ts"
    script.write_text("// Threat: a\ntest('three of them', () => {});\n")
    assert list(threats.other_tests(script)) == [("a", "three of them")]


def test_a_mark_on_nothing_is_an_error(tmp_path: Path) -> None:
    rust = tmp_path / "x.rs"
    rust.write_text("// Threat: a\nlet x = 1;\n")
    with pytest.raises(SystemExit):
        list(threats.other_tests(rust))
