"""Runs commands where there is no source tree to find."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"


def run(*command: str | Path, cwd: Path, limit_s: float = 300) -> str:
    """What a command prints, run where there is no source tree to find; it must succeed."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in {"PYTHONPATH", "VIRTUAL_ENV", "NODE_PATH"}
    }
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )
    assert finished.returncode == 0, (
        f"{command}\n{finished.stdout[-4000:]}\n{finished.stderr[-4000:]}"
    )
    return finished.stdout
