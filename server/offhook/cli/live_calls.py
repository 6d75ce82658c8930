"""`offhook call` and `offhook calls live`, `redirect` and so on: begin calls, and control running ones."""

import json
from pathlib import Path
from typing import Any

import click

from offhook.base.errors import UsageError
from offhook.cli.calls import calls
from offhook.cli.common import account_option, as_json_option, named_values, pass_shared, table
from offhook.cli.running import request, request_all
from offhook.cli.settings import Shared

_leg = click.option("--leg", metavar="ID", help="A leg of the call [the one that began it].")
_times = click.option(
    "--times", type=click.IntRange(0, 1000), default=1, show_default=True, help="0 until `stop`."
)
_document = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@calls.command("live")
@account_option
@as_json_option
@pass_shared
def live(shared: Shared, account: str | None, as_json: bool) -> None:
    """List the calls that run, oldest first, with their legs."""
    found = request_all(shared, account, "/v1/calls/live")
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [
        {
            "call": call["id"],
            "leg": leg["id"],
            "party": leg["peer"],
            "direction": leg["direction"],
            "state": leg["state"],
            "bridged_with": leg["bridged_with"],
            "answered_s": f"{call['answered_s']:.0f}",
        }
        for call in found
        for leg in call["legs"]
    ]
    columns = ("call", "leg", "party", "direction", "state", "bridged_with", "answered_s")
    table(rows, columns, as_json=False, empty="No call is running.")


@calls.command("hangup")
@click.argument("id")
@account_option
@as_json_option
@pass_shared
def hang_up(shared: Shared, id: str, account: str | None, as_json: bool) -> None:
    """End a call."""
    _control(shared, account, id, "hangup", {}, as_json=as_json)


@calls.command("redirect")
@click.argument("id")
@click.option("--url", default="", metavar="URL", help="Where the next document is.")
@click.option("--method", type=click.Choice(["GET", "POST"]), default="POST", show_default=True)
@click.option(
    "--document",
    type=_document,
    help="A file with the document itself; `-` for input.",
)
@account_option
@as_json_option
@pass_shared
def redirect(
    shared: Shared,
    id: str,
    url: str,
    method: str,
    document: Path | None,
    account: str | None,
    as_json: bool,
) -> None:
    """End what a call is doing, and continue with another document.

    \b
      offhook calls redirect ID --url https://voice.example/menu
      offhook calls redirect ID --document goodbye.xml
    """
    if bool(url) == (document is not None):
        raise UsageError("give either --url or --document")
    body: dict[str, Any] = {"url": url, "method": method}
    if document is not None:
        body = {"document": _text(document)}
    _control(shared, account, id, "redirect", body, as_json=as_json)


@calls.command("play")
@click.argument("id")
@click.argument("url")
@_leg
@_times
@account_option
@as_json_option
@pass_shared
def play(
    shared: Shared,
    id: str,
    url: str,
    leg: str | None,
    times: int,
    account: str | None,
    as_json: bool,
) -> None:
    """Play the sound file at URL to a leg, in place of what it hears now."""
    _control(shared, account, id, "play", {"url": url, "leg": leg, "times": times}, as_json=as_json)


@calls.command("speak")
@click.argument("id")
@click.argument("text")
@click.option("--language", default="en-US", show_default=True)
@click.option("--voice", default="", help="As the dialects name it.")
@_leg
@_times
@account_option
@as_json_option
@pass_shared
def speak(
    shared: Shared,
    id: str,
    text: str,
    language: str,
    voice: str,
    leg: str | None,
    times: int,
    account: str | None,
    as_json: bool,
) -> None:
    """Speak TEXT to a leg, in place of what it hears now."""
    body = {"text": text, "language": language, "voice": voice, "leg": leg, "times": times}
    _control(shared, account, id, "speak", body, as_json=as_json)


@calls.command("stop")
@click.argument("id")
@_leg
@account_option
@as_json_option
@pass_shared
def stop(shared: Shared, id: str, leg: str | None, account: str | None, as_json: bool) -> None:
    """Stop what is played to a leg: it hears its partner again."""
    _control(shared, account, id, "stop", {"leg": leg}, as_json=as_json)


@calls.command("mute")
@click.argument("id")
@_leg
@click.option("--off", is_flag=True, help="Let the leg's sound through again.")
@account_option
@as_json_option
@pass_shared
def mute(
    shared: Shared, id: str, leg: str | None, off: bool, account: str | None, as_json: bool
) -> None:
    """Discard what a leg sends."""
    _control(shared, account, id, "mute", {"muted": not off, "leg": leg}, as_json=as_json)


@calls.command("digits")
@click.argument("id")
@click.argument("digits")
@_leg
@account_option
@as_json_option
@pass_shared
def digits(
    shared: Shared, id: str, digits: str, leg: str | None, account: str | None, as_json: bool
) -> None:
    """Send DTMF digits to a leg: 0-9 * # A-D, `w` waits for half a second, `W` for one."""
    _control(shared, account, id, "digits", {"digits": digits, "leg": leg}, as_json=as_json)


def _control(
    shared: Shared, account: str | None, id: str, what: str, body: object, *, as_json: bool
) -> None:
    done = request(shared, account, "POST", f"/v1/calls/{id}/{what}", body)
    click.echo(json.dumps(done) if as_json else f"done: request {done['request']}")


@click.command("call")
@click.argument("to")
@click.option(
    "--application", required=True, metavar="NAME", help="The application that decides on the call."
)
@click.option("--caller", help="Who calls, as shown [offhook; for a number: anonymous].")
@click.option("--url", default="", metavar="URL", help="Of the first document [answer URL].")
@click.option("--document", type=_document, help="A file with the first document; `-` for input.")
@click.option("--ring-s", type=click.FloatRange(1, 600), default=60.0, show_default=True)
@click.option(
    "--machine-detection",
    type=click.Choice(["off", "enable", "detect-message-end"]),
    default="off",
    show_default=True,
    help="Find out whether a person or a machine answered.",
)
@click.option("--parameter", "parameters", multiple=True, metavar="NAME=VALUE")
@account_option
@as_json_option
@pass_shared
def call(
    shared: Shared,
    to: str,
    application: str,
    caller: str | None,
    url: str,
    document: Path | None,
    ring_s: float,
    machine_detection: str,
    parameters: tuple[str, ...],
    account: str | None,
    as_json: bool,
) -> None:
    """Call an endpoint or a number; once it answers, the application's documents run for it.

    \b
      offhook call +12025550101 --application switchboard --caller +15551230000
      offhook call bob --application switchboard
      offhook call bob --application switchboard --document hello.xml
    """
    if url and document is not None:
        raise UsageError("give either --url or --document")
    body: dict[str, Any] = {
        "to": to,
        "caller": caller or ("anonymous" if to.startswith("+") else "offhook"),
        "application": application,
        "url": url,
        "document": None if document is None else _text(document),
        "ring_s": ring_s,
        "machine_detection": machine_detection,
        "parameters": named_values(parameters),
    }
    begun = request(shared, account, "POST", "/v1/calls", body)
    if as_json:
        click.echo(json.dumps(begun, indent=2))
    else:
        click.echo(f"{begun['callee']} rings: call {begun['id']}")


def _text(document: Path) -> str:
    try:
        with click.open_file(str(document), encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the document {document}: {error}") from None
