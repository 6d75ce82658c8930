"""The import contracts detect each kind of violation."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import repo

# What is added to a copy of the server, and the contract that must break.
PLANTED = {
    "base/planted.py": ("import offhook.calls", "Layers"),
    "flow/planted.py": ("import offhook.store", "Ports: flow"),
    "dialects/planted.py": ("import offhook.links", "Ports: dialects"),
    "verbs/planted.py": ("import offhook.auth", "Ports: verbs"),
    "api/planted.py": ("import offhook.speech", "The API"),
    "dialects/plivo/planted.py": ("import offhook.dialects.twilio", "Dialects"),
    "calls/planted.py": ("import asyncio", "Pure layers"),
    "links/planted.py": ("import offhook_engine", "Only the engine package"),
    "calls/planted_request.py": ("import offhook.egress.http", "Only adapters"),
    "egress/planted.py": ("import offhook.webhooks", "Layers"),
    "webhooks/planted.py": ("import offhook.webhooks.other\n", "No cycles"),
    "webhooks/other.py": ("import offhook.webhooks.planted\n", "No cycles"),
}
PACKAGES = (
    "api",
    "links",
    "store",
    "auth",
    "speech",
    "webhooks",
    "engine",
    "dialects/plivo",
    "dialects/twilio",
)


def test_every_kind_of_violation_is_caught(tmp_path: Path) -> None:
    package = tmp_path / "offhook"
    shutil.copytree(
        repo.ROOT / "server/offhook",
        package,
        ignore=shutil.ignore_patterns("static", "__pycache__"),
    )
    shutil.copy(repo.ROOT / ".importlinter", tmp_path)
    for name in PACKAGES:
        (package / name).mkdir(parents=True, exist_ok=True)
        (package / name / "__init__.py").touch()
    for path, (code, _) in PLANTED.items():
        (package / path).write_text(code)
    script = "import sys; sys.path.insert(0, '.'); from importlinter.cli import *; lint_imports_command()"
    output = subprocess.run(
        [sys.executable, "-c", script, "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    broken = re.findall(r"^(.+) BROKEN", output, re.MULTILINE)
    missed = [
        rule for _, rule in PLANTED.values() if not any(name.startswith(rule) for name in broken)
    ]
    assert not missed, output[-3000:]


def test_every_server_file_is_analysed(tmp_path: Path) -> None:
    output = subprocess.run(
        [f"{Path(sys.executable).parent}/lint-imports", "--no-cache"],
        cwd=repo.ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    looked = re.search(r"Analyzed (\d+) files", output)
    python = [path for path in repo.sources(".py") if path.startswith("server/offhook/")]
    assert looked
    assert int(looked[1]) >= len(python)
