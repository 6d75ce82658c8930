"""`offhook doctor`: checks what a server needs, and how to fix what is wrong."""

import dataclasses
import json
import sys
from typing import Final

import click

from offhook.cli.checks import examine
from offhook.cli.common import as_json_option, pass_shared, run
from offhook.cli.findings import Finding, Status
from offhook.cli.settings import Shared

_MARKS: Final = {
    Status.OK: ("OK", "green"),
    Status.WARN: ("WARN", "yellow"),
    Status.FAIL: ("FAIL", "red"),
}


@click.command()
@click.option("--listen", metavar="ADDRESS", help="As for `serve`.")
@click.option("--port", type=int, metavar="PORT", help="As for `serve`.")
@click.option("--media-port", type=int, metavar="PORT", help="As for `serve`.")
@click.option("--public-address", multiple=True, metavar="ADDRESS", help="As for `serve`.")
@click.option("--tls-cert", metavar="FILE", help="As for `serve`.")
@click.option("--tls-key", metavar="FILE", help="As for `serve`.")
@click.option("--insecure-http", is_flag=True, default=None, help="As for `serve`.")
@as_json_option
@pass_shared
def doctor(shared: Shared, as_json: bool, **flags: object) -> None:
    """Check everything that a server needs, and print how to fix what is wrong.

    \b
      offhook doctor
      offhook doctor --listen 0.0.0.0 --public-address 203.0.113.7 --insecure-http

    Exits with status 1 if a check fails. Changes nothing.
    """
    config = shared.config(**flags)

    async def work() -> list[Finding]:
        return [finding async for finding in examine(config)]

    findings = run(work())
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            mark, colour = _MARKS[finding.status]
            click.echo(f"{click.style(f'{mark:>4}', fg=colour)}  {finding.check}: {finding.detail}")
            if finding.hint:
                click.echo(f"      {finding.hint}")
    if any(finding.status is Status.FAIL for finding in findings):
        sys.exit(1)
