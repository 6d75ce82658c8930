"""`offhook token`: an access token by hand."""

from datetime import UTC, datetime

import click

from offhook.auth.native_tokens import Grant, mint
from offhook.cli.common import (
    account_of,
    account_option,
    application_of,
    as_json_option,
    named_values,
    on_store,
    pass_shared,
    show,
    warn,
)
from offhook.cli.settings import Shared
from offhook.runtime.adapters import SystemClock
from offhook.store.store import Store


@click.command()
@click.argument("name")
@click.option(
    "--application", metavar="NAME|ID", help="Application for its calls [the endpoint's]."
)
@click.option("--no-incoming", is_flag=True, help="Do not allow incoming calls.")
@click.option("--no-outgoing", is_flag=True, help="Do not allow outgoing calls.")
@click.option(
    "--parameter",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Parameter for the application.",
)
@click.option(
    "--lifetime-s", type=int, default=3600, show_default=True, help="60 to 86400 seconds."
)
@account_option
@as_json_option
@pass_shared
def token(
    shared: Shared,
    name: str,
    application: str | None,
    no_incoming: bool,
    no_outgoing: bool,
    pairs: tuple[str, ...],
    lifetime_s: int,
    account: str | None,
    as_json: bool,
) -> None:
    """Create an access token for NAME, for testing.

    \b
      offhook token alice --application switchboard --lifetime-s 600
      open "http://127.0.0.1:8480/#token=$(offhook token alice)"

    Your own server makes tokens itself, with the account's secret or over the API.
    """
    parameters = named_values(pairs)

    async def work(store: Store) -> dict[str, str]:
        owner = await account_of(store, account)
        decides = None if application is None else await application_of(store, owner, application)
        now = SystemClock().wall().timestamp()
        grant = Grant(
            name=name,
            incoming=not no_incoming,
            outgoing=not no_outgoing,
            application=decides,
            parameters=parameters,
            lifetime_s=lifetime_s,
        )
        made = mint(grant, issuer=owner, secret=await store.secret(owner) or "", now=now)
        if await store.endpoints.find(owner, name) is None:
            _warn(name, alone=decides is None and not no_outgoing)
        until = datetime.fromtimestamp(int(now) + lifetime_s, UTC)
        return {"token": made, "expires_at": until.isoformat()}

    made = on_store(shared, work)
    if as_json:
        show(made, as_json=True)
    else:
        click.echo(made["token"])


def _warn(name: str, *, alone: bool) -> None:
    # A token may name a user without a password: applications with their own log-in have no endpoints.
    more = "; without --application it can be called but cannot call" if alone else ""
    warn(
        f"there is no endpoint {name!r} (offhook endpoint list); the token is good all the same{more}"
    )
