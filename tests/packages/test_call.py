"""What was built carries a call: the server from its wheels, the SDK from its tarball, two browsers."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from outside import ROOT, run

WHICH = "Chromium through a document for twilio audio flows both ways"


@pytest.fixture
def bundle(node_project: Path) -> Path:
    """The tarball's module as a page's build bundles it; it is `window.Offhook` there."""
    entry = node_project / "page.js"
    entry.write_text("import * as Offhook from 'offhook';\nglobalThis.Offhook = Offhook;\n")
    built = node_project / "bundle.js"
    esbuild = ROOT / "node_modules/.bin/esbuild"
    run(esbuild, entry, "--bundle", "--format=iife", f"--outfile={built}", cwd=node_project)
    return built


def test_two_browsers_exchange_audio(empty: Path, bundle: Path) -> None:
    finished = subprocess.run(
        [ROOT / "node_modules/.bin/vitest", "run", "calls.test.ts", "-t", WHICH],
        cwd=ROOT / "tests/browser",
        env=os.environ
        | {"TRY_PROGRAM": f"{empty}/offhook", "TRY_SDK": str(bundle), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout[-6_000:] + finished.stderr[-3_000:]
    assert re.search(r"Tests +1 passed", finished.stdout), finished.stdout[-2_000:]
