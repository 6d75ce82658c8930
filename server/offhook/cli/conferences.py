"""`offhook conferences`: list the conferences that run, and control their members."""

import json

import click

from offhook.base.errors import UsageError
from offhook.cli.common import account_option, as_json_option, pass_shared, table
from offhook.cli.running import request, request_all
from offhook.cli.settings import Shared

_off = click.option("--off", is_flag=True, help="Undo it.")


@click.group("conferences")
def conferences() -> None:
    """The conferences that run. CONFERENCE is an id or a name, MEMBER a call, a number or a label."""


@conferences.command("list")
@account_option
@as_json_option
@pass_shared
def list_conferences(shared: Shared, account: str | None, as_json: bool) -> None:
    """List the conferences that run, with their members."""
    found = request_all(shared, account, "/v1/conferences")
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [
        {"conference": each["name"], "id": each["id"], "state": each["state"], **member}
        for each in found
        for member in each["members"]
    ]
    columns = (
        *("conference", "id", "state", "number", "label", "role", "call"),
        *("muted", "held", "coaching", "speaking"),
    )
    table(rows, columns, as_json=False, empty="No conference is running.")


@conferences.command("mute")
@click.argument("conference")
@click.argument("member")
@_off
@account_option
@pass_shared
def mute(shared: Shared, conference: str, member: str, off: bool, account: str | None) -> None:
    """Let the others hear a member no more."""
    _control(shared, account, conference, "mute", {"member": member, "muted": not off})


@conferences.command("hold")
@click.argument("conference")
@click.argument("member")
@click.option("--url", default="", metavar="URL", help="What it hears meanwhile.")
@_off
@account_option
@pass_shared
def hold(
    shared: Shared, conference: str, member: str, url: str, off: bool, account: str | None
) -> None:
    """Put a member on hold, with music."""
    body = {"member": member, "held": not off, "url": url}
    _control(shared, account, conference, "hold", body)


@conferences.command("coach")
@click.argument("conference")
@click.argument("member")
@click.option("--coaches", metavar="MEMBER", help="The one member that hears it.")
@click.option("--agents", is_flag=True, help="All agents hear it.")
@account_option
@pass_shared
def coach(
    shared: Shared,
    conference: str,
    member: str,
    coaches: str | None,
    agents: bool,
    account: str | None,
) -> None:
    """Let only some members hear a member; without options all of them again."""
    body = {"member": member, "coaches": coaches, "agents": agents}
    _control(shared, account, conference, "coach", body)


@conferences.command("remove")
@click.argument("conference")
@click.argument("member")
@account_option
@pass_shared
def remove(shared: Shared, conference: str, member: str, account: str | None) -> None:
    """Remove a member; its call goes on with what follows in its document."""
    _control(shared, account, conference, "remove", {"member": member})


@conferences.command("announce")
@click.argument("conference")
@click.option("--url", default="", metavar="URL", help="A sound file.")
@click.option("--text", default="", help="A text to speak.")
@click.option("--language", default="en-US", show_default=True)
@click.option("--voice", default="", help="As the dialects name it.")
@account_option
@pass_shared
def announce(
    shared: Shared,
    conference: str,
    url: str,
    text: str,
    language: str,
    voice: str,
    account: str | None,
) -> None:
    """Play or speak to all members."""
    if bool(url) == bool(text):
        raise UsageError("give either --url or --text")
    body = {"url": url, "text": text, "language": language, "voice": voice}
    _control(shared, account, conference, "announce", body)


@conferences.command("end")
@click.argument("conference")
@account_option
@pass_shared
def end(shared: Shared, conference: str, account: str | None) -> None:
    """End a conference for all members."""
    _control(shared, account, conference, "end", {})


def _control(shared: Shared, account: str | None, id: str, what: str, body: object) -> None:
    request(shared, account, "POST", f"/v1/conferences/{id}/{what}", body)
    click.echo("done")
