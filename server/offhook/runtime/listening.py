"""Builds what pages and programs connect to: log-ins, links, the API, its listener and the demonstration."""

from typing import NamedTuple

from offhook.api.app import create_app
from offhook.api.demo import Demo, Person, demo_app
from offhook.api.dependencies import ApiDependencies
from offhook.api.serve import Listener, connections
from offhook.auth.api import ApiAuth
from offhook.auth.ice import IceServers
from offhook.auth.limiter import Limiter
from offhook.auth.logins import Logins
from offhook.auth.sign_in_links import SignInLinks
from offhook.auth.tokens import Tokens
from offhook.base.accounts import Party
from offhook.base.config import Config
from offhook.egress.policy import refused_urls
from offhook.insights import metrics as figures
from offhook.links.json.frames import PasswordLogin, TokenLogin
from offhook.links.json.links import Links
from offhook.links.json.socket_server import KeyLogin, Login, SocketServer
from offhook.links.limits import Limits
from offhook.runtime.carrier import SimulatedCalls
from offhook.runtime.wiring import Basis, CallParts


class Entrances(NamedTuple):
    """What pages and programs connect to."""

    sign_in: SignInLinks
    sockets: SocketServer
    listener: Listener


def build_listener(basis: Basis, calls: CallParts) -> Entrances:
    """Build the application and the socket it listens on.

    Args:
        basis: What it is built from.
        calls: What links and the API act on.

    Raises:
        UsageError: a setting makes no sense.
        Unavailable: the port cannot be had.
    """
    config, store = basis.config, basis.store
    limiter = Limiter(basis.clock)
    sign_in = SignInLinks(basis.clock, basis.ids, limiter)
    sockets = _socket_server(basis, calls, limiter)
    app = create_app(
        ApiDependencies(
            store=store,
            auth=ApiAuth(store, limiter),
            sign_in=sign_in,
            link_server=sockets,
            live_calls=calls.dispatcher,
            conferences=calls.dispatcher.conferences,
            simulated=None if calls.carrier is None else SimulatedCalls(calls.carrier),
            files=basis.files,
            clock=basis.clock,
            config=config,
            health=store.health,
            metrics=lambda: (basis.metrics.text(), figures.CONTENT_TYPE),
            url_warnings=lambda application: refused_urls(application, basis.policy),
        )
    )
    return Entrances(sign_in, sockets, Listener.of_config(app, config))


async def build_demo(basis: Basis, sign_in: SignInLinks) -> tuple[list[Listener], list[Person]]:
    """The demonstration's web server and people; neither if it is off or not on loopback only.

    Raises:
        Unavailable: its port cannot be had.
    """
    config, store = basis.config, basis.store
    if not (config.demo and config.loopback):
        return [], []
    # The dialects in this order give alice the more widely known one.
    names = tuple(sorted(basis.dialects, reverse=True))
    demo = Demo(store, basis.clock, names, sign_in)
    account = await demo.account()
    if account is None and (await store.accounts.list(limit=1)).items:
        return [], []
    pages = {name: plugin.demo for name, plugin in basis.dialects.items()}
    listener = Listener(demo_app(pages), "127.0.0.1", 0)
    if account is None:
        account = await demo.make(listener.url)
    await demo.refresh(account.id, listener.url)
    return [listener], await demo.people(account.id)


def _socket_server(basis: Basis, calls: CallParts, limiter: Limiter) -> SocketServer:
    config, store = basis.config, basis.store
    formats = [plugin.tokens for plugin in basis.dialects.values()]
    logins = Logins(store.endpoints, Tokens(store, store, basis.clock, formats), limiter)

    async def authenticate(login: Login, address: str) -> Party:
        match login:
            case TokenLogin(token=token):
                return await logins.by_token(token, address)
            case PasswordLogin(endpoint=endpoint, password=password):
                return await logins.by_password(endpoint, password, address)
            case KeyLogin(link=link, party=party):
                return await logins.by_key(link, party, address)

    limits = Limits(
        media_recovery_s=config.media_recovery_s,
        resume_s=config.restart_wait_s,
        links=connections(config),
    )
    links = Links(
        router=calls.router,
        clock=basis.clock,
        ids=basis.ids,
        limits=limits,
        feedback_store=store.feedback,
        log=calls.records.links,
        ice_servers=_ice_servers(basis, config).of,
        instance=basis.instance,
    )
    sockets = SocketServer(links=links, authenticate=authenticate, clock=basis.clock, limits=limits)
    sockets.revive(calls.records.links.take(config.restart_wait_s), calls.legs)
    return sockets


def _ice_servers(basis: Basis, config: Config) -> IceServers:
    return IceServers(
        basis.clock,
        stun=config.stun_urls,
        turn=config.turn_urls,
        secret=config.turn_secret,
        ttl_s=config.turn_ttl_s,
    )
