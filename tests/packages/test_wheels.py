"""The wheels work without the source tree, and carry what they should and nothing else."""

import re
import tomllib
import zipfile
from pathlib import Path

import pytest
from outside import ROOT, run

WHERE = "import offhook, offhook_engine as e; print(offhook.__file__, e.__file__, e.__version__, sep='\\n')"


def test_both_import_from_the_empty_environment(empty: Path, tmp_path: Path) -> None:
    server, engine, version = run(empty / "python", "-c", WHERE, cwd=tmp_path).split()
    assert server.startswith(str(empty.parent))
    assert engine.startswith(str(empty.parent))
    assert (
        version == tomllib.loads((ROOT / "server/pyproject.toml").read_text())["project"]["version"]
    )


def test_declared_dependencies_are_satisfied(empty: Path, tmp_path: Path) -> None:
    uv = Path(ROOT / ".venv/bin/uv")
    run(uv, "pip", "check", "--python", empty / "python", cwd=tmp_path)


def test_they_carry_code_and_types_and_no_tests(wheels: list[Path]) -> None:
    for wheel in wheels:
        names = zipfile.ZipFile(wheel).namelist()
        assert any(name.endswith("py.typed") for name in names), wheel.name
        assert not [
            name for name in names if re.search(r"(^|/)tests?/|\.rs$|Cargo|__pycache__", name)
        ]


@pytest.mark.parametrize(
    "name",
    [
        "index.html",
        "sdk/offhook.js",
        "sdk/plivo.js",
        "sdk/twilio.js",
        "sdk/twilio-client.js",
        "sdk/noise/rnnoise.wasm",
        "sdk/noise/worklet.js",
        "sdk/noise/LICENSE",
        "sdk/sounds/incoming.wav",
    ],
)
def test_the_server_carries_all_that_browsers_load(wheels: list[Path], name: str) -> None:
    with zipfile.ZipFile(wheels[0]) as packed:
        assert packed.getinfo(f"offhook/static/{name}").file_size > 100


def test_the_engine_fits_every_python_from_3_11(wheels: list[Path]) -> None:
    assert "-cp311-abi3-" in wheels[1].name


def test_the_command_answers(empty: Path, tmp_path: Path) -> None:
    assert "serve" in run(empty / "offhook", "--help", cwd=tmp_path)
