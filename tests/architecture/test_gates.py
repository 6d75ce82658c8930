"""The gates look at everything: no room, language or test is outside what `make test` runs."""

import configparser
import re
import tomllib

import house

HINT = "Add it to tools/suites.toml."


def said_by(kind: str) -> str:
    """All commands of one kind in `tools/suites.toml`, one a line."""
    table = tomllib.loads(house.text("tools/suites.toml"))
    return "\n".join(line["run"] for line in table[kind])


def test_every_folder_with_python_tests_is_run_by_a_suite() -> None:
    suites = said_by("suite")
    folders = {path.rpartition("/")[0] for path in house.with_ending(".py") if "/test_" in path}
    house.complain(
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
    suites = said_by("suite")
    owners = {
        next(
            (part for part in ("tests/browser", "examples") if path.startswith(part)),
            path.split("/")[0],
        )
        for path in house.files()
        if path.endswith(".test.ts")
    }
    house.complain(sorted(owner for owner in owners if owner not in suites), HINT)


def test_rust_tests_and_every_tool_are_run() -> None:
    assert "cargo test --workspace" in said_by("suite")
    gates = said_by("gate")
    wanted = ["ruff check", "ruff format", "lint-imports", "pyright", "cargo fmt", "cargo clippy"]
    if any(path.startswith(("sdk/src/", "console/src/")) for path in house.files()):
        wanted += ["biome", "tools/types", "depcruise"]
    house.complain([tool for tool in wanted if tool not in gates], HINT)


def test_every_gate_counts_what_it_checked() -> None:
    gates = tomllib.loads(house.text("tools/suites.toml"))["gate"]
    assert gates
    assert all(re.compile(gate["looked"]).groups == 1 for gate in gates)


def test_every_package_of_the_server_has_a_layer() -> None:
    floors = configparser.ConfigParser()
    floors.read_string(house.text(".importlinter"))
    layers = set(re.findall(r"\w+", floors["importlinter:contract:floors"]["layers"]))
    rooms = {
        path.split("/")[2].removesuffix(".py")
        for path in house.files()
        if path.startswith("server/offhook/") and path.endswith(".py")
    }
    house.complain(sorted(rooms - layers - {"__init__"}), "Give it a floor in .importlinter.")


def test_every_dependency_of_the_server_is_in_the_lock() -> None:
    wanted = tomllib.loads(house.text("server/pyproject.toml"))["project"]["dependencies"]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", house.text("requirements.lock"), re.MULTILINE))
    names = {re.split(r"[\[<>=; ]", line)[0].lower() for line in wanted} - {"offhook-engine"}
    assert names
    house.complain(sorted(names - locked), "Run make lock.")


def test_every_fuzz_target_exists() -> None:
    targets = tomllib.loads(house.text("tools/fuzz.toml"))["targets"]
    for run in targets.values():
        for path in re.findall(r"\S+\.(?:py|ts)\b", run):
            assert path in house.files(), path
        for name in re.findall(r"engine/fuzz/run \S+ (\w+)", run):
            assert f"engine/fuzz/fuzz_targets/{name}.rs" in house.files(), name
        for module in re.findall(r"\b(\w+)::", run):
            assert any(
                f"/{module}.rs" in path or f"/{module}/" in path for path in house.files()
            ), module
