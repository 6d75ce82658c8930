"""The dialects: each package beside this file has its plug-in in `plugin.py`."""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

import offhook.dialects
from offhook.base.hosts import Hosts
from offhook.base.ids import AccountId, NewId, hex_id
from offhook.base.tokens import TokenClaims
from offhook.base.web import Parameters, Signing
from offhook.dialects.base import Dialect


class TokenFormat(Protocol):
    """How the vendor's library writes access tokens."""

    @property
    def name(self) -> str:
        """The dialect's name."""
        ...

    @property
    def content_type(self) -> str:
        """The `cty` of a token's header."""
        ...

    def read(self, payload: Mapping[str, object]) -> TokenClaims:
        """What the claims ask for."""
        ...

    def names(self, account: AccountId, claims: str) -> bool:
        """Whether `claims` stands for the account."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DialectPlugin:
    """What one dialect brings.

    Attributes:
        speaking: Makes the dialect, given the hosts that mean this server.
        demo: The demonstration's web server: the name of a page (`answer` or `after`) and the
            request's parameters in, a document out.
        new_application_id: Makes the ids of its applications.
    """

    create: Callable[[Hosts], Dialect]
    tokens: TokenFormat
    demo: Callable[[str, Mapping[str, str]], str]
    new_application_id: NewId = hex_id

    @property
    def dialect(self) -> Dialect:
        """The dialect of a server that nothing but loopback means."""
        return self.create(Hosts())


def plugins() -> Mapping[str, DialectPlugin]:
    """All dialects, by name in alphabetical order."""
    found: dict[str, DialectPlugin] = {}
    for module in sorted(pkgutil.iter_modules(offhook.dialects.__path__), key=lambda m: m.name):
        if module.ispkg:
            plugin = import_module(f"offhook.dialects.{module.name}.plugin")
            found[module.name] = cast("DialectPlugin", plugin.PLUGIN)
    return found


def application_ids(dialects: Mapping[str, DialectPlugin]) -> Mapping[str, NewId]:
    """What makes the ids of applications, by dialect."""
    return {name: plugin.new_application_id for name, plugin in dialects.items()}


def signer(
    dialects: Mapping[str, DialectPlugin],
) -> Callable[[Signing, str, str, Parameters], Mapping[str, str]]:
    """Who signs requests: the dialect that each names. Takes method, URL as it is sent, and form."""

    def sign(signing: Signing, method: str, url: str, form: Parameters) -> Mapping[str, str]:
        dialect = dialects[signing.dialect].dialect
        return dialect.sign(method, url, form, secret=signing.secret, nonce=signing.nonce)

    return sign
