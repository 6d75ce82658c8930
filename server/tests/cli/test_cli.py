"""Every command explains itself, and what it makes can be read by people and programs."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import click
import pytest
from offhook.cli.main import main


def commands(group: click.Command | None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            yield from commands(group.get_command(context, name), (*path, name))


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_every_command_helps(run: Any, path: tuple[str, ...]) -> None:
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_a_misspelt_command_is_refused_with_the_nearest_name(run: Any) -> None:
    result = run("aplication", "list")
    assert (result.exit_code, "Did you mean 'application'?" in result.output) == (2, True)


def test_version_and_mistakes_import_neither_database_nor_web_server() -> None:
    slow = {"aiohttp", "fastapi", "sqlalchemy", "alembic", "uvicorn", "pydantic", "offhook_engine"}
    for given in (["--version"], ["nonsense"]):
        program = (
            "import sys; from offhook.cli.main import main\n"
            f"try: main({given})\n"
            "finally: print(*sorted({name.partition('.')[0] for name in sys.modules}))"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert slow.isdisjoint(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("group", sorted({path[0] for path in commands(main) if len(path) == 2}))
def test_a_group_has_all_its_commands_in_a_process_of_its_own(group: str) -> None:
    program = f"from offhook.cli.main import main; main(['{group}', '--help'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    listed = {line.split()[0] for line in done.stdout.partition("Commands:")[2].splitlines()[1:]}
    assert listed == {path[1] for path in commands(main) if len(path) == 2 and path[0] == group}


@pytest.mark.parametrize(
    "group", ["account", "endpoint", "application", "number", "calls", "token"]
)
def test_help_teaches_with_examples(run: Any, group: str) -> None:
    text = run(group, "--help").output
    assert f"  offhook {group} " in text.partition("\n\n")[2]


def test_the_first_application_and_its_endpoints(run: Any, run_json: Any) -> None:
    made = run_json("init", "--name", "Example")
    assert made["account"].startswith("MA")
    assert len(made["secret"]) > 40
    application = run_json(
        *("application", "create", "board", "--dialect", "twilio"),
        *("--answer-url", "https://a.example/answer", "--hangup-url", "https://a.example/end"),
    )
    endpoint = run_json("endpoint", "create", "alice", "--application", "board", "--alias", "Alice")
    assert endpoint["application"] == application["id"]
    assert len(endpoint["password"]) == 16
    number = run_json("number", "add", "+15551230000", "--application", application["id"])
    assert number["digits"] == "15551230000"
    for noun, shown in (
        ("endpoint", "alice"),
        ("application", "https://a.example/answer"),
        ("number", "15551230000"),
        ("account", "Example"),
    ):
        assert shown in run(noun, "list").output
        assert len(run_json(noun, "list")) == 1
    assert "password" not in run("endpoint", "list").output.lower()
    assert made["secret"] not in run("account", "show").output


def test_things_are_deleted_by_name(run: Any, run_json: Any) -> None:
    run("init")
    run_json(
        "application", "create", "board", "--dialect", "plivo", "--answer-url", "https://a.example"
    )
    run_json("endpoint", "create", "alice")
    run_json("number", "add", "15551230000")
    for noun, name in (("endpoint", "alice"), ("application", "board"), ("number", "15551230000")):
        assert run(noun, "delete", name).exit_code == 0
        assert run_json(noun, "list") == []
        assert run(noun, "list").output.startswith("No ")
        again = run(noun, "delete", name)
        assert again.exit_code == 2
        assert "there is no" in again.output


def test_a_password_can_come_from_a_file_but_not_from_the_command_line(
    run: Any, run_json: Any
) -> None:
    run("init")
    made = run_json("endpoint", "create", "bob", "--password-file", "-", given="correct horse\n")
    assert made["password"] == "correct horse"
    assert run("endpoint", "create", "eve", "--password", "x").exit_code == 2
