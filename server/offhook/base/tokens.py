"""The claims of an access token, in one shape for every library that issues them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenClaims:
    """The claims of a token whose signature is right, in our own words; nothing is granted yet.

    Attributes:
        name: The client name; for an anonymous party, how its calls are shown.
        anonymous: The token has no identity: its bearer may call, and cannot be called.
        account: The account as the token names it; empty if it leaves that to its issuer.
        incoming: Whether it wants to be called.
        outgoing: Whether it wants to call.
        application: The application that shall decide on its calls; empty for that of the endpoint.
        parameters: Sent to the application with each call.
    """

    name: str
    anonymous: bool = False
    account: str = ""
    incoming: bool = False
    outgoing: bool = False
    application: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
