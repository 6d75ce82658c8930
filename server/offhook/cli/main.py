"""`offhook`: the group of all commands, and the settings before them."""

import logging
from importlib.metadata import version
from pathlib import Path

import click

from offhook.base.errors import OffhookError, Unavailable
from offhook.cli import (
    accounts,
    applications,
    callbacks,
    calls,
    doctor,
    endpoints,
    keys,
    live_calls,
    numbers,
    serve,
    tokens,
)
from offhook.cli.common import Shared, give_up
from offhook.insights import logs


class _Group(click.Group):
    """Prints errors with their hints, wherever they are raised."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except OffhookError as error:
            give_up(error)
        except PermissionError as error:
            give_up(Unavailable(f"{error.filename or 'a file'}: permission denied"))


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("offhook"), message="offhook %(version)s")
@click.option(
    "--data-dir",
    metavar="DIR",
    help="Directory of the key and the database [~/.local/share/offhook].",
)
@click.option("--config", "config_file", metavar="FILE", help="Settings in TOML.")
@click.pass_context
def main(ctx: click.Context, data_dir: str | None, config_file: str | None) -> None:
    """Programmable voice for browsers, on your own machine.

    \b
    Start here:
      offhook serve                       a server with a demonstration
    \b
    Then make it yours:
      offhook application create switchboard --dialect DIALECT \\
              --answer-url https://voice.example/answer
      offhook endpoint create alice --application switchboard
      offhook calls list

    Settings come from flags, from variables such as OFFHOOK_PORT, or from a file.
    Passwords and secrets are shown once, when they are created.
    """
    if not logging.getLogger().handlers:
        logs.configure("warning", "auto")
    settings = {} if data_dir is None else {"data_dir": data_dir}
    ctx.obj = Shared(settings, None if config_file is None else Path(config_file))


main.add_command(serve.serve)
main.add_command(accounts.init)
main.add_command(accounts.account)
main.add_command(endpoints.endpoint)
main.add_command(applications.application)
main.add_command(numbers.number)
main.add_command(tokens.token)
main.add_command(keys.key)
main.add_command(live_calls.call)
main.add_command(calls.calls)
main.add_command(callbacks.callbacks)
main.add_command(doctor.doctor)
