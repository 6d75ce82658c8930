"""The tree speaks of offhook alone: nothing of the machine, the registry or the day it was made on."""

import re

import repo

TRACES = {
    "a path of one machine": re.compile(
        r"(?<![\w.\-/])/(?:home/\w+|Users/\w+|root|work|workspace)/[\w.]"
    ),
    "a package registry's host": re.compile(
        r"registry\.npmjs\.org|registry\.yarnpkg\.com|files\.pythonhosted\.org|pypi\.org/simple"
        r"|(?:static|index)\.crates\.io|proxy\.golang\.org|artifactory|nexus"
    ),
    "an issue's number": re.compile(
        r"\b(?:issue|ticket|bug|PR) #?\d+\b|(?<![\w&/#(\[\"'])#\d+\b(?!;)", re.IGNORECASE
    ),
    "a conflict's mark": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
    "work left undone": re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b"),
    "a key": re.compile(r"-----BEGIN (?:RSA |EC )?PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b"),
}
# Cargo's lock names where packages come from by this fixed word, whatever mirror serves them.
_CARGO_SOURCE = 'source = "registry+https://github.com/rust-lang/crates.io-index"'
HINT = "Remove it, or allow it in tests/architecture/allow.toml with the reason."


def test_no_file_reveals_where_or_when_it_was_made() -> None:
    violations: list[str] = []
    for path in repo.files():
        if path == "tests/architecture/test_clean.py":
            continue
        content = repo.text(path).replace(_CARGO_SOURCE, "")
        for what, pattern in TRACES.items():
            if repo.allowed("trace", path, what):
                continue
            for match in pattern.finditer(content):
                line = content.count("\n", 0, match.start()) + 1
                violations.append(f"{path}:{line}: {what}: {match[0].strip()}")
    repo.fail_on(violations, HINT)


def test_locks_pin_by_hash_and_name_no_host() -> None:
    requirements = repo.text("requirements.lock")
    pins = re.findall(r"^[a-z0-9._-]+(?:\[[^\]]*\])?==\S+", requirements, re.MULTILINE)
    assert len(pins) > 50
    assert requirements.count("--hash=sha256:") >= len(pins)
    assert not re.search(r"https?://", requirements)
    packages = repo.text("package-lock.json")
    assert packages.count('"integrity"') > 50
    assert not re.search(r'"resolved": "https?:', packages), (
        "npm: omit-lockfile-registry-resolved=true"
    )


def test_nothing_built_is_in_the_history() -> None:
    built = re.compile(
        r"(^|/)(dist|target|node_modules|__pycache__|\.venv|\.build)/|\.(so|whl|tgz|pyc)$"
    )
    repo.fail_on([path for path in repo.files() if built.search(path)], "Add it to .gitignore.")
