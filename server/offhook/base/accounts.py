"""Values of identity: applications, endpoints, and the rights of an authenticated party."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from offhook.base.ids import AccountId, ApplicationId, EndpointId


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Where to ask what happens with a call.

    Attributes:
        dialect: `plivo` or `twilio`: whose XML its URLs return. Never guessed from a document.
        answer_url: Requested when a call begins.
        fallback_url: Requested when `answer_url` fails; empty for none.
        hangup_url: Requested when a call has ended; empty for none.
    """

    id: ApplicationId
    account: AccountId
    name: str
    dialect: str
    answer_url: str
    answer_method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"
    hangup_url: str = ""
    hangup_method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A name and password that a page or device signs in with.

    Attributes:
        name: Unique within the account; 1 to 128 of `A-Z a-z 0-9 _ - . @ +`.
        alias: A name for people.
        application: Decides on calls it makes; nothing if it may not call.
    """

    id: EndpointId
    account: AccountId
    name: str
    alias: str = ""
    application: ApplicationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A party authenticated on a link, by password or by token, and its rights.

    Attributes:
        name: The client name others dial.
        anonymous: It has no name of its own; `name` is only shown, and no device can register for it.
        application: Decides on calls it makes; nothing if it may not call.
        incoming: Whether it may register and be called.
        parameters: Of the token, sent to the application with each call.
        dialect: Whose token it was; empty for a password or our own token.
        expires_at: Unix seconds when the token ends; nothing for a password.
        proof: The token, or a digest that changes with the password: by it the log-in is checked again for a
            page that shows only its link's key. Never disclosed.
    """

    account: AccountId
    name: str
    application: ApplicationId | None
    incoming: bool = True
    anonymous: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    dialect: str = ""
    expires_at: float | None = None
    proof: str = field(default="", repr=False, compare=False)
