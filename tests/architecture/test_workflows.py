"""Workflow files, forms and hooks are valid, and name only commands and files that exist."""

import json
import re
from typing import Any

import pytest
import repo
import yaml

WORKFLOWS = sorted(path for path in repo.files() if path.startswith(".github/workflows/"))
FORMS = sorted(
    path
    for path in repo.files()
    if path.startswith(".github/ISSUE_TEMPLATE/") and not path.endswith("config.yml")
)
_TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
_CALL = re.compile(r"(?:^|&& |; )make ((?:[A-Z_]+=\S+ )*[a-z][a-z-]*)", re.MULTILINE)


def parsed(path: str) -> dict[Any, Any]:
    """A YAML file that holds a mapping."""
    value = yaml.safe_load(repo.text(path))
    assert isinstance(value, dict), path
    return value


def commands(workflow: dict[Any, Any]) -> list[str]:
    """Every command of a workflow."""
    return [
        step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step
    ]


def unknown_targets(text: str) -> list[str]:
    """The `make` targets that a text calls and the Makefile does not have."""
    known = set(_TARGET.findall(repo.text("Makefile")))
    called = {call.split()[-1] for call in _CALL.findall(text)}
    return sorted(called - known)


def test_there_are_workflows_and_forms() -> None:
    assert len(WORKFLOWS) >= 2
    assert len(FORMS) >= 2


@pytest.mark.parametrize("path", WORKFLOWS)
def test_a_workflow_has_the_required_keys(path: str) -> None:
    workflow = parsed(path)
    # YAML 1.1 reads the key `on` as a boolean.
    assert workflow.keys() >= {"name", True, "permissions", "jobs"}
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert job.keys() >= {"runs-on", "timeout-minutes", "steps"}, name
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), step
            if "uses" in step:
                # Only the forge's own actions run here.
                assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]), step


@pytest.mark.parametrize("path", WORKFLOWS)
def test_a_workflow_runs_only_make_targets_that_exist(path: str) -> None:
    called = [command for command in commands(parsed(path)) if "make " in command]
    assert called
    assert unknown_targets("\n".join(called)) == []


def test_an_unknown_target_is_found() -> None:
    assert unknown_targets("make check PYTHON=python\nmake A=1 no-such-thing\n") == [
        "no-such-thing"
    ]


def test_suites_that_a_workflow_chooses_exist() -> None:
    import check

    known = {job.name for job in check.jobs()}
    matrix = parsed(".github/workflows/test.yml")["jobs"]["test"]["strategy"]["matrix"]["suites"]
    assert {name for names in matrix for name in names.split()} <= known


@pytest.mark.parametrize("path", FORMS)
def test_an_issue_form_is_well_formed(path: str) -> None:
    form = parsed(path)
    assert form.keys() >= {"name", "description", "body"}
    ids = [field["id"] for field in form["body"] if field["type"] != "markdown"]
    assert ids
    assert len(ids) == len(set(ids))
    for field in form["body"]:
        assert field["type"] in {"markdown", "textarea", "input", "dropdown", "checkboxes"}
        assert "value" in field["attributes"] or "label" in field["attributes"]


def test_dependencies_of_every_lock_are_watched() -> None:
    updates = parsed(".github/dependabot.yml")["updates"]
    assert {each["package-ecosystem"] for each in updates} == {
        "cargo",
        "npm",
        "pip",
        "github-actions",
    }


def test_code_owner_patterns_match_files() -> None:
    for line in repo.text(".github/CODEOWNERS").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern, *owners = line.split()
        assert owners
        assert all(owner.startswith("@") for owner in owners)
        assert pattern == "*" or (repo.ROOT / pattern.strip("/")).exists(), pattern


def test_hooks_before_a_commit_are_gates() -> None:
    gates = repo.text("tools/suites.toml")
    hooks = parsed(".pre-commit-config.yaml")["repos"]
    assert [repository["repo"] for repository in hooks] == ["local"]
    for hook in hooks[0]["hooks"]:
        inner = re.search(r"'(?:PATH=\S+ )?(.*)'", hook["entry"])
        command = inner[1] if inner else hook["entry"]
        program, argument = re.split(r"\s+", command.split("/")[-1] + " ")[:2]
        assert f"{program} {argument}".strip() in gates, hook["id"]


def test_the_development_container_sets_itself_up() -> None:
    container = json.loads(repo.text(".devcontainer/devcontainer.json"))
    assert unknown_targets(container["postCreateCommand"]) == []
