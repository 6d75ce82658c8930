"""What an access token asks for, whoever's library made it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The claims of a token whose signature is right, in our own words; nothing is granted yet.

    Attributes:
        name: The client name; for somebody without one, how a call of theirs is shown.
        anonymous: The token has no identity: its bearer may call, and cannot be called.
        account: The account as the token names it; empty if it leaves that to its issuer.
        incoming: Whether it wants to be called.
        outgoing: Whether it wants to call.
        application: The application that shall decide on its calls; empty for that of the endpoint.
        parameters: What the application shall be told of each call.
    """

    name: str
    anonymous: bool = False
    account: str = ""
    incoming: bool = False
    outgoing: bool = False
    application: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
