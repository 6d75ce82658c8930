"""An empty environment with the built packages in it, and nothing of the source tree."""

import re
import sys
from pathlib import Path

import pytest
from outside import DIST, ROOT, run


@pytest.fixture(scope="session")
def wheels() -> list[Path]:
    found = sorted(DIST.glob("*.whl"))
    assert [path.name.split("-")[0] for path in found] == ["offhook", "offhook_engine"], (
        "run make dist"
    )
    return found


@pytest.fixture(scope="session")
def tarball() -> Path:
    found = sorted(DIST.glob("offhook-*.tgz"))
    assert len(found) == 1, "run make dist"
    return found[0]


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory, wheels: list[Path]) -> Path:
    """The `bin` of a new environment: the two wheels and, from the lock, what they ask for."""
    folder = tmp_path_factory.mktemp("wheels")
    # uv refuses hashes here, for the wheels have none in the lock; the versions are the lock's all the same.
    versions = re.findall(
        r"^[a-z0-9._-]+==[^\\\n]+", (ROOT / "requirements.lock").read_text(), re.MULTILINE
    )
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(line.strip() for line in versions) + "\n")
    uv = Path(sys.executable).parent / "uv"
    run(uv, "venv", "--quiet", "--python", sys.executable, "env", cwd=folder)
    run(
        *(uv, "pip", "install", "--quiet", "--python", "env/bin/python"),
        *("--constraint", constraints, *wheels),
        cwd=folder,
    )
    return folder / "env" / "bin"


@pytest.fixture(scope="session")
def node_project(tmp_path_factory: pytest.TempPathFactory, tarball: Path) -> Path:
    """An empty Node project that depends on the tarball alone."""
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text('{"private": true, "type": "module"}\n')
    run("npm", "install", "--no-audit", "--no-fund", "--offline", tarball, cwd=folder)
    return folder
