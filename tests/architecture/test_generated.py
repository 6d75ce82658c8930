"""What is generated is up to date, and what is generated wrongly is found."""

import subprocess
import sys
from pathlib import Path

import engine_reports
import generate
import pytest

TOOL = Path(generate.__file__)


@pytest.mark.parametrize("name", generate.GENERATORS)
def test_generated_files_are_up_to_date(name: str) -> None:
    pages = generate.GENERATORS[name]()
    assert pages
    stale = [path.name for path in generate.stale(pages)]
    assert not stale, f"run `tools/generate.py {name}`"


def test_a_changed_file_is_stale_and_a_missing_one_too(tmp_path: Path) -> None:
    same, changed, missing = (tmp_path / name for name in ("same", "changed", "missing"))
    same.write_text("x\n")
    changed.write_text("x \n")
    assert generate.stale({same: "x\n", changed: "x\n", missing: "x\n"}) == [changed, missing]


def test_only_the_stale_files_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    same, changed = tmp_path / "same", tmp_path / "changed"
    same.write_text("x\n")
    monkeypatch.setattr(generate, "GENERATORS", {"some": lambda: {same: "x\n", changed: "y\n"}})
    assert generate.write(["some"]) == [changed]
    assert changed.read_text() == "y\n"


def test_a_generated_file_says_what_makes_it() -> None:
    for name, pages in generate.GENERATORS.items():
        for path, text in pages().items():
            if path.suffix == ".json":
                continue
            assert "enerated from" in text or "enerated by" in text, (name, path.name)


def test_an_unknown_generator_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, str(TOOL), "no-such"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "no generator is called no-such" in done.stderr


def test_a_new_field_of_the_engines_reports_reaches_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = engine_reports.SOURCE.read_text()
    field = "    pub longest_loss: u32,\n"
    assert field in source
    changed = tmp_path / "event.rs"
    changed.write_text(
        source.replace(field, f"{field}    /// Overtaken.\n    pub late: Duration,\n")
    )
    monkeypatch.setattr(engine_reports, "SOURCE", changed)
    (text,) = engine_reports.pages().values()
    assert "        late_s: Overtaken.\n" in text
    assert "    late_s: float\n" in text
