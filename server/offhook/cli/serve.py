"""`offhook serve`: run the server."""

import asyncio
import gc
import json
import logging
import os

import click

from offhook.base.config import Config
from offhook.base.container_links import container_links
from offhook.base.errors import OffhookError
from offhook.cli.common import as_json_option, pass_shared
from offhook.cli.greeting import greeting, program
from offhook.cli.settings import Shared, give_up
from offhook.insights import logs
from offhook.runtime.lifecycle import Ready, Server

try:
    from uvloop import new_event_loop
except ImportError:  # It is an ornament, and not to be had everywhere.
    from asyncio import new_event_loop

log = logging.getLogger(__name__)


@click.command(epilog="Stop it with Ctrl-C, which lets calls finish; press it twice to end them.")
@click.option("--listen", metavar="ADDRESS", help="Address for HTTP and links [127.0.0.1].")
@click.option("--port", type=int, metavar="PORT", help="Its TCP port [8480]; 0 for any.")
@click.option("--tls-cert", metavar="FILE", help="Certificate chain (PEM).")
@click.option("--tls-key", metavar="FILE", help="Its private key (PEM).")
@click.option("--insecure-http", is_flag=True, default=None, help="Plain HTTP behind a TLS proxy.")
@click.option("--public-url", metavar="URL", help="The server's public URL.")
@click.option(
    "--public-address",
    multiple=True,
    metavar="ADDRESS",
    help="Address at which browsers reach the media.",
)
@click.option("--media-listen", multiple=True, metavar="ADDRESS", help="Addresses for media.")
@click.option("--media-port", type=int, metavar="PORT", help="First UDP and TCP port for media.")
@click.option("--workers", type=int, metavar="N", help="Media threads [1].")
@click.option(
    "--database-url", metavar="URL", help="Database URL; prefer the environment for passwords."
)
@click.option(
    "--trusted-proxy",
    "trusted_proxies",
    multiple=True,
    metavar="ADDRESS",
    help="Proxy whose X-Forwarded-For is trusted.",
)
@click.option(
    "--allow-origin",
    "allowed_origins",
    multiple=True,
    metavar="ORIGIN",
    help="Origin whose pages may log in.",
)
@click.option(
    "--allow-webhook",
    "webhook_allow",
    multiple=True,
    metavar="HOST|CIDR",
    help="Private web server that applications may use.",
)
@click.option("--hold-music", metavar="KIND", help="Music for a party on hold: built-in or off.")
@click.option(
    "--simulated-carrier",
    metavar="KIND",
    help="Numbers without a carrier: off, built-in, a file, or auto: built-in with the demonstration.",
)
@click.option(
    "--stun-url", "stun_urls", multiple=True, metavar="URL", help="STUN servers for browsers."
)
@click.option(
    "--turn-url",
    "turn_urls",
    multiple=True,
    metavar="URL",
    help="TURN servers for browsers; their secret is OFFHOOK_TURN_SECRET.",
)
@click.option("--demo/--no-demo", default=None, help="Serve the demonstration, or not.")
@click.option(
    "--media-recovery-s",
    type=float,
    metavar="S",
    help="Seconds a call may last without a media path [30].",
)
@click.option(
    "--drain-s", type=float, metavar="S", help="Seconds that calls may continue after a stop [30]."
)
@click.option("--log-level", metavar="LEVEL", help="debug, info, warning or error [info].")
@click.option(
    "--log-format", metavar="FORMAT", help="text, json, or auto: text on a terminal [auto]."
)
@as_json_option
@pass_shared
def serve(shared: Shared, as_json: bool, **flags: object) -> None:
    """Run the server.

    \b
    On this machine only, with the demonstration:
      offhook serve
    \b
    Beyond this machine:
      offhook serve --listen 0.0.0.0 --port 443 --public-address 203.0.113.7 \\
              --tls-cert chain.pem --tls-key key.pem --media-port 40000
    \b
    Behind a TLS proxy:
      offhook serve --listen 10.0.0.5 --insecure-http --public-url https://calls.example \\
              --public-address 203.0.113.7 --trusted-proxy 10.0.0.4

    The first start creates a node key, a database and an account; `offhook account list` shows it.
    """
    config = shared.config(**flags)
    logs.configure(config.log_level, config.log_format)
    # What the server writes, caches included, is for its own user.
    os.umask(0o077)
    links = container_links(os.environ)
    if links:
        log.info("config.service-links", extra={"passed_over": ", ".join(links)})

    async def serving() -> None:
        await Server(config).run(lambda ready: _report(shared, ready, config, as_json=as_json))

    _collect_seldom()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        try:
            runner.run(serving())
        except* OffhookError as group:
            first = group.exceptions[0]
            if isinstance(first, OffhookError):
                give_up(first)
            raise


def _collect_seldom() -> None:
    """Look for cycles of objects less often than Python does by itself, and not among modules and classes.

    A call leaves hardly any cycle behind, and makes thousands of objects that the counts of references
    free: by default they have the collector run some twenty times for each call.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def _report(shared: Shared, ready: Ready, config: Config, *, as_json: bool) -> None:
    if as_json:
        # The token stands behind `#`: browsers do not send that, so it reaches no log.
        links = {person.name: f"{ready.url}/#token={person.token}" for person in ready.people}
        started = {"url": ready.url, "media_ports": ready.media_ports, "people": links}
        click.echo(json.dumps(started | {"urls": ready.urls, "account": ready.standing.account}))
        return
    file = "" if shared.config_file is None else str(shared.config_file)
    for line in greeting(ready, config, program(config, os.environ, file)):
        click.echo(line)
