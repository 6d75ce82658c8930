"""The gates cover everything: every package, language and test is part of what `make test` runs."""

import configparser
import re
import tomllib

import repo

HINT = "Add it to tools/suites.toml."


def commands_of(kind: str) -> str:
    """All commands of one kind in `tools/suites.toml`, one a line."""
    table = tomllib.loads(repo.text("tools/suites.toml"))
    return "\n".join(line["run"] for line in table[kind])


def test_every_folder_with_python_tests_is_run_by_a_suite() -> None:
    suites = commands_of("suite")
    folders = {path.rpartition("/")[0] for path in repo.with_ending(".py") if "/test_" in path}
    repo.fail_on(
        sorted(
            folder
            for folder in folders
            if not any(
                re.search(rf"(?<![\w/]){re.escape(part)}(?![\w/])", suites)
                for part in above(folder)
            )
        ),
        HINT,
    )


def above(folder: str) -> list[str]:
    """A folder and all that it is in."""
    parts = folder.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]


def test_every_workspace_with_typescript_tests_is_run_by_a_suite() -> None:
    suites = commands_of("suite")
    owners = {
        next(
            (part for part in ("tests/browser", "examples") if path.startswith(part)),
            path.split("/")[0],
        )
        for path in repo.files()
        if path.endswith(".test.ts")
    }
    repo.fail_on(sorted(owner for owner in owners if owner not in suites), HINT)


def test_rust_tests_and_every_tool_are_run() -> None:
    assert "cargo test --workspace" in commands_of("suite")
    gates = commands_of("gate")
    wanted = ["ruff check", "ruff format", "lint-imports", "pyright", "cargo fmt", "cargo clippy"]
    if any(path.startswith(("sdk/src/", "console/src/")) for path in repo.files()):
        wanted += ["biome", "tools/types", "depcruise"]
    repo.fail_on([tool for tool in wanted if tool not in gates], HINT)


def test_every_gate_counts_what_it_checked() -> None:
    gates = tomllib.loads(repo.text("tools/suites.toml"))["gate"]
    assert gates
    assert all(re.compile(gate["looked"]).groups == 1 for gate in gates)


def test_every_package_of_the_server_has_a_layer() -> None:
    linter = configparser.ConfigParser()
    linter.read_string(repo.text(".importlinter"))
    layers = set(re.findall(r"\w+", linter["importlinter:contract:layers"]["layers"]))
    packages = {
        path.split("/")[2].removesuffix(".py")
        for path in repo.files()
        if path.startswith("server/offhook/") and path.endswith(".py")
    }
    repo.fail_on(sorted(packages - layers - {"__init__"}), "Give it a layer in .importlinter.")


def test_every_dependency_of_the_server_is_in_the_lock() -> None:
    wanted = tomllib.loads(repo.text("server/pyproject.toml"))["project"]["dependencies"]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", repo.text("requirements.lock"), re.MULTILINE))
    names = {re.split(r"[\[<>=; ]", line)[0].lower() for line in wanted} - {"offhook-engine"}
    assert names
    repo.fail_on(sorted(names - locked), "Run make lock.")


def test_every_fuzz_target_exists() -> None:
    targets = tomllib.loads(repo.text("tools/fuzz.toml"))["targets"]
    for run in targets.values():
        for path in re.findall(r"\S+\.(?:py|ts)\b", run):
            assert path in repo.files(), path
        for name in re.findall(r"engine/fuzz/run \S+ (\w+)", run):
            assert f"engine/fuzz/fuzz_targets/{name}.rs" in repo.files(), name
        for module in re.findall(r"\b(\w+)::", run):
            assert any(f"/{module}.rs" in path or f"/{module}/" in path for path in repo.files()), (
                module
            )
