"""Looks for known vulnerabilities in what the three lock files name.

Each lock file has a tool and a database of its own: `pip-audit` (PyPI's advisories), `npm audit` (the npm
registry's) and `cargo audit` (RustSec's). A vulnerability fails the gate unless `tools/advisories.allow`
names its id with a reason. Where a tool or its database cannot be had, that is said: not checked.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
_LIMIT_S: Final = 90


@dataclass
class Result:
    """What became of one lock file: `unchecked` says why there is no result."""

    lock: str
    checked: int = 0
    found: dict[str, str] = field(default_factory=dict[str, str])
    unchecked: str = ""


def run(command: Sequence[str]) -> dict[str, Any]:
    """The JSON that a tool prints; empty if it printed none in time."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=_LIMIT_S, check=False
        )
        return dict(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, ValueError):
        return {}


def python_packages() -> Result:
    """`requirements.lock`, by `pip-audit`."""
    result = Result("requirements.lock")
    if not shutil.which("pip-audit"):
        result.unchecked = "pip-audit is not installed"
        return result
    said = run(
        [
            "pip-audit",
            "-r",
            result.lock,
            "--no-deps",
            "--disable-pip",
            "--progress-spinner",
            "off",
            "-f",
            "json",
        ]
    )
    for package in said.get("dependencies", []):
        if "skip_reason" in package:
            continue
        result.checked += 1
        for found in package["vulns"]:
            result.found[found["id"]] = f"{package['name']} {package['version']}"
    if not result.checked:
        result.unchecked = "the database of PyPI's advisories cannot be reached"
    return result


def node_packages() -> Result:
    """`package-lock.json`, by `npm audit`."""
    result = Result("package-lock.json")
    if not shutil.which("npm"):
        result.unchecked = "npm is not installed"
        return result
    said = run(["npm", "audit", "--json"])
    if "vulnerabilities" not in said:
        result.unchecked = "the database of npm's advisories cannot be reached"
        return result
    result.checked = int(said["metadata"]["dependencies"]["total"])
    for name, vulnerability in said["vulnerabilities"].items():
        for via in vulnerability["via"]:
            # Text names another package that brings the vulnerability along.
            if not isinstance(via, str):
                result.found[str(via["url"]).rpartition("/")[2]] = f"{name} {via['range']}"
    return result


def rust_packages() -> Result:
    """`Cargo.lock`, by `cargo audit`."""
    result = Result("Cargo.lock")
    if not shutil.which("cargo-audit"):
        result.unchecked = "cargo-audit is not installed"
        return result
    said = run(["cargo-audit", "audit", "--json"])
    if "vulnerabilities" not in said:
        result.unchecked = "RustSec's database of advisories cannot be reached"
        return result
    result.checked = int(said["lockfile"]["dependency-count"])
    for entry in said["vulnerabilities"]["list"]:
        package = entry["package"]
        result.found[entry["advisory"]["id"]] = f"{package['name']} {package['version']}"
    return result


CHECKS: Final[Sequence[Callable[[], Result]]] = (python_packages, node_packages, rust_packages)


def allowed(text: str) -> set[str]:
    """The ids that a list of `ID reason` lines lets pass; a line without a reason lets nothing pass."""
    lines = [line.split(maxsplit=1) for line in text.splitlines() if not line.startswith("#")]
    return {words[0] for words in lines if len(words) == 2}


def main() -> int:
    """Check all three, and say what was found or could not be looked for."""
    passed = allowed((ROOT / "tools/advisories.allow").read_text())
    results = [check() for check in CHECKS]
    bad = 0
    for result in results:
        if result.unchecked:
            print(f"{result.lock}: NOT CHECKED: {result.unchecked}")
            continue
        found = {id: what for id, what in result.found.items() if id not in passed}
        bad += len(found)
        print(f"{result.lock}: {result.checked} packages checked, {len(found)} vulnerabilities")
        for id, what in found.items():
            print(f"  {id}: {what}; update it, or allow the id in tools/advisories.allow")
    print(f"{len(results)} lock files")
    missed = [result.lock for result in results if result.unchecked]
    if missed:
        print(
            f"WARNING: {', '.join(missed)} NOT CHECKED for vulnerabilities; see above",
            file=sys.stderr,
        )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
