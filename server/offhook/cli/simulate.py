"""`offhook simulate`: telephones without a carrier, for development."""

import json
from typing import Any, Final

import click

from offhook.base.errors import UsageError
from offhook.cli.common import account_option, as_json_option, pass_shared, table
from offhook.cli.running import request
from offhook.cli.settings import Shared

_FIGURES: Final = frozenset({"wait_s", "beep_s", "babble_s"})
_STEPS: Final = ("wait", "say", "digits", "tones", "beep", "babble", "hang-up")


@click.group()
def simulate() -> None:
    """Call and be called by simulated telephones: no carrier, no cost, and real sound.

    \b
      offhook simulate numbers
      offhook simulate call +12025550123 +15551230000 --do wait=2 --do digits=1
    """


@simulate.command("numbers")
@account_option
@as_json_option
@pass_shared
def numbers(shared: Shared, account: str | None, as_json: bool) -> None:
    """List the numbers that calls can dial, and what each does."""
    found: list[dict[str, Any]] = request(shared, account, "GET", "/v1/simulated/numbers")
    table(found, ("number", "about"), as_json=as_json, empty="The simulated carrier has no number.")


@simulate.command("call")
@click.argument("caller", metavar="FROM")
@click.argument("to")
@click.option(
    "--do",
    "steps",
    multiple=True,
    metavar="STEP",
    help=f"What the caller does once it is answered, in this order: {', '.join(_STEPS)}.",
)
@account_option
@as_json_option
@pass_shared
def call(
    shared: Shared, caller: str, to: str, steps: tuple[str, ...], account: str | None, as_json: bool
) -> None:
    """Call the number TO of the account, from the number FROM, which may be any.

    \b
      offhook number add +15551230000 --application switchboard
      offhook simulate call +12025550123 +15551230000 --do say="Hello." --do wait=5 --do hang-up
    """
    body = {"from": caller, "to": to, "steps": [_step(text) for text in steps]}
    begun = request(shared, account, "POST", "/v1/simulated/calls", body)
    click.echo(json.dumps(begun) if as_json else f"{caller} calls {to}: call {begun['id']}")


def _step(text: str) -> dict[str, object]:
    """A step, as `wait=2` or `hang-up`."""
    name, _, value = text.partition("=")
    if name not in _STEPS:
        raise UsageError(f"--do must be one of {', '.join(_STEPS)}, not {name!r}")
    if name == "hang-up":
        return {"hang_up": True}
    field = f"{name}_s" if f"{name}_s" in _FIGURES else name
    if field not in _FIGURES:
        return {field: value}
    try:
        return {field: float(value)}
    except ValueError:
        raise UsageError(f"--do {name} must have seconds, as {name}=2, not {value!r}") from None
