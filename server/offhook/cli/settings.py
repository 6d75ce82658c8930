"""What is given before a command's own name, and how a command fails. Imports no database."""

import dataclasses
import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from offhook.base.config import Config, merged
from offhook.base.error_catalog import error_spec
from offhook.base.errors import NotFound, OffhookError, UsageError
from offhook.store.directory import KEY

ENVIRONMENT: Final = frozenset({"OFFHOOK_ACCOUNT"})
"""Environment variables that are no settings of the server."""
EARLIER: Final = Path("offhook-data")


@dataclass(slots=True)
class Shared:
    """What is given before the command's own name.

    Attributes:
        settings: Flags of the group, by setting.
        config_file: A TOML file, if one was named.
    """

    settings: dict[str, Any]
    config_file: Path | None
    _noted: bool = False

    def config(self, **flags: object) -> Config:
        """All settings together."""
        given = {**self.settings, **{k: v for k, v in flags.items() if v not in (None, ())}}
        environment = {k: v for k, v in os.environ.items() if k not in ENVIRONMENT}
        file = _file(self.config_file)
        config = merged(file, environment, given)
        said = "data_dir" in {*file, *given} or "OFFHOOK_DATA_DIR" in environment
        return config if said else self._as_before(config)

    def _as_before(self, config: Config) -> Config:
        """Earlier versions kept their data in the directory they were started in."""
        earlier, current = EARLIER.resolve(), config.data_dir
        if not (earlier / KEY).is_file() or current.exists():
            return config
        if not self._noted:
            click.echo(
                f"offhook: using {earlier}, where earlier versions kept their data. "
                "Move it once, and every folder finds it:\n"
                f"         mkdir -p {current.parent} && mv {earlier} {current}",
                err=True,
            )
            self._noted = True
        return dataclasses.replace(config, data_dir=earlier)


def _file(path: Path | None) -> Mapping[str, object]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"cannot read the configuration file {path}: {error}") from None


def give_up(error: OffhookError) -> NoReturn:
    """Say what is wrong and what mends it; end with 2 for what the user did, else 1."""
    click.secho(f"offhook: {error}", fg="red", err=True)
    if error.code not in ("bad-request", "unavailable", "not-found", "conflict"):
        click.echo(f"         {error_spec(error.code).hint}", err=True)
    sys.exit(2 if isinstance(error, UsageError | NotFound) else 1)
