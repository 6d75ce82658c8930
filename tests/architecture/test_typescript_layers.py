"""The SDK's import rules detect each kind of violation."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import repo

# What is added to an otherwise empty SDK, and the rule that must fail.
PLANTED = {
    "core/planted.ts": ("../client/planted", "only-down-from-0"),
    "link/planted.ts": ("../client/planted", "only-down-from-1"),
    "client/planted.ts": ("../facades/twilio/planted", "only-down-from-2"),
    "rtc/planted.ts": ("../audio/planted", "side-by-side"),
    "facades/plivo/planted.ts": ("../twilio/planted", "facades-apart"),
    "index.ts": ("./facades/plivo/planted", "native-knows-no-facade"),
    "quality/planted.ts": ("somebody-elses-package", "sdk-stands-alone"),
    "quality/round.ts": ("./trip", "no-cycles"),
    "quality/trip.ts": ("./round", "no-cycles"),
    "audio/planted.ts": ("./nowhere", "resolvable"),
}


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    for config in (".dependency-cruiser.cjs", "tsconfig.base.json"):
        shutil.copy(repo.ROOT / config, tmp_path)
    (tmp_path / "node_modules").symlink_to(repo.ROOT / "node_modules")
    for path, (wanted, _) in PLANTED.items():
        file = tmp_path / "sdk/src" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"import {{ x }} from '{wanted}';\nexport const y = x;\n")
    (tmp_path / "sdk/src/facades/twilio").mkdir()
    (tmp_path / "sdk/src/facades/twilio/planted.ts").write_text("export const x = 1;\n")
    return tmp_path


def test_every_kind_of_violation_is_caught(planted: Path) -> None:
    command = [
        "node_modules/.bin/depcruise",
        "--config",
        ".dependency-cruiser.cjs",
        "-T",
        "json",
        "sdk/src",
    ]
    output = subprocess.run(
        command, cwd=planted, capture_output=True, text=True, check=False
    ).stdout
    summary = json.loads(output)["summary"]
    assert summary["totalCruised"] >= len(PLANTED)
    broken = {violation["rule"]["name"] for violation in summary["violations"]}
    assert not {rule for _, rule in PLANTED.values()} - broken


# A circle that no import at run time closes: one half is loaded lazily, the other is a type.
LAZY_CIRCLE = {
    "user.ts": "export const load = () => import('./lazy');\nexport type Options = string;\n",
    "lazy.ts": "import type { Options } from './user';\nexport const x = (y: Options) => y;\n",
}


def test_lazy_imports_and_imports_of_types_close_a_circle(planted: Path) -> None:
    folder = planted / "sdk/src/lazy-circle"
    folder.mkdir()
    for name, text in LAZY_CIRCLE.items():
        (folder / name).write_text(text)
    command = ["node_modules/.bin/depcruise", "--config", ".dependency-cruiser.cjs", "-T", "json"]
    run = subprocess.run(
        [*command, "sdk/src/lazy-circle"], cwd=planted, capture_output=True, text=True, check=False
    )
    found = json.loads(run.stdout)["summary"]["violations"]
    assert "no-cycles" in {violation["rule"]["name"] for violation in found}
