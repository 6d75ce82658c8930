"""`offhook`: the group of all commands, and the settings before them."""

import importlib
import logging
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

import click

from offhook.base.errors import OffhookError, Unavailable
from offhook.cli.settings import Shared, give_up
from offhook.insights import logs


class _Place(NamedTuple):
    """Where a command is defined: a module of this package, and its name there."""

    module: str
    name: str


_COMMANDS: Final = {
    "account": _Place("accounts", "account"),
    "application": _Place("applications", "application"),
    "call": _Place("live_calls", "call"),
    "callbacks": _Place("callbacks", "callbacks"),
    # That module adds its commands to those of `calls`.
    "calls": _Place("live_calls", "calls"),
    "conferences": _Place("conferences", "conferences"),
    "doctor": _Place("doctor", "doctor"),
    "endpoint": _Place("endpoints", "endpoint"),
    "init": _Place("accounts", "init"),
    "key": _Place("keys", "key"),
    "number": _Place("numbers", "number"),
    "recordings": _Place("recordings", "recordings"),
    "serve": _Place("serve", "serve"),
    "simulate": _Place("simulate", "simulate"),
    "token": _Place("tokens", "token"),
}
"""A command's module is imported on demand: the database and the web server take a second to import."""


class _Group(click.Group):
    """Imports commands on demand, and prints errors with their hints, wherever they are raised."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """The names of all commands."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name."""
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module = importlib.import_module(f"offhook.cli.{place.module}")
        command: click.Command = getattr(module, place.name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named first; an unknown one is refused with the nearest names."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(
                error.command_name, possibilities=_COMMANDS, ctx=ctx
            ) from None

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
