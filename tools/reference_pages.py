#!/usr/bin/env python3
"""Writes the generated pages of docs/reference: commands, REST API, TwiML and Plivo XML."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click
import verb_pages
import verb_table
from offhook.cli.main import main as offhook

ROOT: Final = Path(__file__).resolve().parent.parent
PAGES: Final = ROOT / "docs/reference"


def commands() -> str:
    """The help of every command."""
    lines = [
        "# Commands",
        "",
        "Generated from `offhook --help` by `tools/reference_pages.py`. In a checkout, run",
        "`. .venv/bin/activate` first.",
        "",
    ]
    for name, command in _tree("offhook", offhook):
        # A fixed width and no terminal: the page is the same wherever it is made. A command keeps the
        # help option of its first context, so this one has the names of the real ones.
        context = click.Context(
            command,
            info_name=name,
            max_content_width=100,
            terminal_width=100,
            **offhook.context_settings,
        )
        lines += [f"## {name}", "", "```text", command.get_help(context).rstrip(), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _tree(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _tree(f"{name} {inner}", found)


def rest() -> str:
    """Every operation of the native API, from its OpenAPI description."""
    api = json.loads((ROOT / "spec/openapi.json").read_text())
    lines = [
        "# REST API",
        "",
        "Generated from `spec/openapi.json` by `tools/reference_pages.py`; a server has the same at",
        "`/v1/openapi.json`.",
        "",
        api["info"]["description"].strip(),
        "",
        "```sh",
        'curl -u "$ACCOUNT:$SECRET" http://127.0.0.1:8480/v1/calls?limit=10',
        "```",
        "",
    ]
    operations = [
        (path, method, operation)
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    ]
    lines += ["| | |", "|---|---|"]
    lines += [
        f"| [`{method.upper()} {path}`](#{operation['operationId']}) | {_first(operation['description'])} |"
        for path, method, operation in operations
    ]
    lines.append("")
    for path, method, operation in operations:
        lines += _operation(path, method, operation)
    lines += ["## Objects", ""]
    for name, schema in sorted(api["components"]["schemas"].items()):
        if schema.get("properties") and name not in {"HTTPValidationError", "ValidationError"}:
            lines += [f"### {name} {{#{name}}}", "", *_fields(schema), ""]
    return "\n".join(lines).rstrip() + "\n"


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> list[str]:
    lines = [f"## {method.upper()} {path} {{#{operation['operationId']}}}", ""]
    lines += [operation["description"].strip(), ""]
    parameters = operation.get("parameters", [])
    if parameters:
        lines += ["| parameter | in | type | |", "|---|---|---|---|"]
        for each in parameters:
            words = _cell(each.get("description", ""))
            lines.append(f"| `{each['name']}` | {each['in']} | {_type(each['schema'])} | {words} |")
        lines.append("")
    body = operation.get("requestBody")
    if body:
        lines += [f"Body: {_type(body['content']['application/json']['schema'])}.", ""]
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            schema = response.get("content", {}).get("application/json", {}).get("schema")
            lines += [
                f"Answer: {status}{', ' + _type(schema) if schema else ', without a body'}.",
                "",
            ]
    return lines


def _fields(schema: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    if schema.get("description"):
        lines += [schema["description"].strip(), ""]
    required = set(schema.get("required", []))
    lines += ["| field | type | |", "|---|---|---|"]
    for name, field in schema["properties"].items():
        optional = "" if name in required else "?"
        lines.append(
            f"| `{name}{optional}` | {_type(field)} | {_cell(field.get('description', ''))} |"
        )
    return lines


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words, with a link to an object of this page."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " or ".join(_type(each) for each in schema[several])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    words = str(schema.get("format") or schema.get("type") or "any")
    least, most = (
        schema.get("minimum", schema.get("minLength")),
        schema.get("maximum", schema.get("maxLength")),
    )
    if least is not None and most is not None:
        return f"{words}, {least:,} to {most:,}"
    return f"{words}, at most {most:,}" if most is not None else words


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _first(text: str) -> str:
    return _cell(text.strip().split("\n\n")[0])


def pages() -> Mapping[Path, str]:
    """Every generated page with its text."""
    return {
        PAGES / "commands.md": commands(),
        PAGES / "rest.md": rest(),
        PAGES / "twiml.md": verb_pages.twiml(),
        PAGES / "plivo-xml.md": verb_pages.plivo(),
        PAGES / "verbs.md": verb_table.page(),
    }


def main() -> None:
    """Write them."""
    for path, text in pages().items():
        path.write_text(text)
        sys.stdout.write(f"{path.relative_to(ROOT)} written\n")


if __name__ == "__main__":
    main()
