"""Frames as values: those of a page, by the link's schema, and the encoding of ours."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import from_json, to_json

from offhook.base.errors import PeerError
from offhook.links.json.fields import (
    MAX_SAFE,
    CallName,
    Count,
    Headers,
    Issues,
    Line,
    LogLines,
    Number,
    Parameters,
    Samples,
    SdpText,
    Seq,
    Slug,
    printable,
)


class Frame(BaseModel):
    """Any frame of a page. Unknown fields are ignored, types are not bent."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


class TokenLogin(Frame):
    """Who it is, by access token."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=8192)]


class PasswordLogin(Frame):
    """Who it is, by endpoint and password."""

    endpoint: Annotated[str, StringConstraints(min_length=1, max_length=160)]
    password: Annotated[str, StringConstraints(max_length=256)]


class PageCall(Frame):
    """A call as its page has it; its id is empty before `trying`."""

    call: CallName
    id: Line
    state: Literal["dialing", "ringing", "incoming", "answering", "up"]
    muted: bool
    held: bool


class Resume(Frame):
    """Which link it had, what it got on it, and what a restarted server compares with its own calls."""

    link: Annotated[str, StringConstraints(max_length=64)]
    key: Annotated[str, StringConstraints(max_length=128)]
    received: Count
    instance: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    calls: Annotated[list[PageCall], Field(max_length=10)] = []


class Attach(Frame):
    """The link whose calls a reloaded page takes over."""

    link: Annotated[str, StringConstraints(max_length=64)]
    key: Annotated[str, StringConstraints(max_length=128)]


def _login_kind(auth: object) -> str:
    """Which of the two it is meant to be, so that the message names the right field."""
    return "=token" if isinstance(auth, dict) and "token" in auth else "=password"


class Hello(Frame):
    """The first frame of a socket. The key of its previous link authenticates it as well."""

    version: int
    auth: (
        Annotated[
            Annotated[TokenLogin, Tag("=token")] | Annotated[PasswordLogin, Tag("=password")],
            Discriminator(_login_kind),
        ]
        | None
    ) = None
    sdk: Annotated[str, StringConstraints(max_length=128)] = ""
    resume: Resume | None = None
    attach: Attach | None = None

    @model_validator(mode="after")
    def _authenticated(self) -> Self:
        if self.auth is None and self.resume is None and self.attach is None:
            raise ValueError("must have `auth`, or the key of a link")
        return self


class Ping(Frame):
    """Are you there?"""

    received: Count


class Pong(Frame):
    """I am here."""

    received: Count


class Ack(Frame):
    """What came."""

    received: Count


class PageError(Frame):
    """The page could not make sense of a frame of ours."""

    code: Slug
    message: Line
    hint: Line = ""
    ref: Count | None = None
    call: CallName | None = None


class Numbered(Frame):
    """A frame that must arrive once and in order."""

    seq: Seq


class Renew(Numbered):
    """A new token."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=8192)]


class Goodbye(Numbered):
    """The page leaves."""

    reason: Slug = ""


class Unload(Numbered):
    """The page is unloaded; after a reload it may take its calls over."""


class Register(Numbered):
    """The page wants to be called."""


class Unregister(Numbered):
    """It no longer does."""


class OfCall(Numbered):
    """A frame about one call."""

    call: CallName


class Invite(OfCall):
    """Begins a call."""

    to: Annotated[str, StringConstraints(max_length=256), AfterValidator(printable)]
    sdp: SdpText
    parameters: Parameters = Field(default_factory=dict)
    headers: Headers = Field(default_factory=dict)
    purpose: Literal["call", "preflight"] = "call"


class Ringing(OfCall):
    """This device rings."""


class Answer(OfCall):
    """Takes the call."""

    sdp: SdpText


class Ignore(OfCall):
    """This device rings no more."""


class Reject(OfCall):
    """The party does not want the call."""

    cause: Literal["rejected", "busy"] = "rejected"


class Hangup(OfCall):
    """Ends the call."""

    cause: Slug = ""


class Offer(OfCall):
    """Offers again."""

    number: Number
    sdp: SdpText
    reason: Literal["restart", "hold", "resume", "update", "attach"]


class Accept(OfCall):
    """Takes our offer."""

    number: Number
    sdp: SdpText


class Refuse(OfCall):
    """Refuses our offer."""

    number: Number
    reason: Slug


class Digits(OfCall):
    """Keys pressed where the media cannot carry them; `w` and `W` are pauses of 0.5 and 1 s."""

    digits: Annotated[str, StringConstraints(pattern=r"^[0-9*#A-DwW]{1,64}$")]


class Mute(OfCall):
    """The microphone is muted, or not."""

    muted: bool


class Message(OfCall):
    """Text for the other end."""

    id: Annotated[str, StringConstraints(max_length=64)]
    content_type: Annotated[str, StringConstraints(max_length=128), AfterValidator(printable)]
    body: Annotated[str, StringConstraints(max_length=16_384)]


class Transfer(OfCall):
    """Transfers the other end: to a name, or to the other end of another call."""

    to: Annotated[
        str, StringConstraints(min_length=1, max_length=256), AfterValidator(printable)
    ] = ""
    other: Annotated[CallName | None, Field(alias="with")] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.to) == bool(self.other):
            raise ValueError("must have either `to` or `with`")
        return self


class StatsRequest(OfCall):
    """What has the engine counted?"""


class SamplesTaken(OfCall):
    """How the call fared at the page, second by second."""

    samples: Samples


class QualityWarning(OfCall):
    """The page warns of the call's quality, or no longer."""

    name: Slug
    raised: bool
    value: Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)] | None = None


class Feedback(Numbered):
    """What a person thinks of a call, which may be over."""

    id: CallName
    score: Annotated[int, Field(ge=1, le=5)]
    issues: Issues = Field(default_factory=list)
    note: Annotated[str, StringConstraints(max_length=1024)] = ""
    log: LogLines = Field(default_factory=list)


PAGE_FRAMES: Final[Mapping[str, type[Frame]]] = {
    "hello": Hello,
    "ping": Ping,
    "pong": Pong,
    "ack": Ack,
    "error": PageError,
    "renew": Renew,
    "goodbye": Goodbye,
    "register": Register,
    "unregister": Unregister,
    "invite": Invite,
    "ring": Ringing,
    "answer": Answer,
    "ignore": Ignore,
    "reject": Reject,
    "hangup": Hangup,
    "offer": Offer,
    "accept": Accept,
    "refuse": Refuse,
    "digits": Digits,
    "mute": Mute,
    "message": Message,
    "unload": Unload,
    "transfer": Transfer,
    "get-stats": StatsRequest,
    "samples": SamplesTaken,
    "warning": QualityWarning,
    "feedback": Feedback,
}

_CALL_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


class BadFrame(PeerError):
    """A frame that makes no sense.

    Attributes:
        seq: Its number, if it had one.
        call: The call it names, if it names one.
        kind: Its type, if it had one.
    """

    def __init__(self, code: str, message: str, raw: Mapping[str, Any]) -> None:
        super().__init__(message, code=code)
        seq, call, kind = raw.get("seq"), raw.get("call"), raw.get("type")
        numbered = type(seq) is int and 0 < seq <= MAX_SAFE
        self.seq = seq if numbered else None
        self.call = call if isinstance(call, str) and _CALL_NAME.match(call) else None
        self.kind = kind if isinstance(kind, str) else None


def is_numbered(kind: str | None) -> bool:
    """Whether frames of that type carry a number."""
    return kind is not None and issubclass(PAGE_FRAMES.get(kind, Frame), Numbered)


class NotJson(PeerError):
    """The text is no JSON object: the socket cannot be trusted any more."""


def read(text: str) -> Frame:
    """Understand one frame of a page.

    Raises:
        NotJson: it is no JSON object.
        BadFrame: its type is unknown, or a field is missing or wrong; the message names it.
    """
    raw = _object(text)
    kind = raw.get("type")
    shape = PAGE_FRAMES.get(kind) if isinstance(kind, str) else None
    if shape is None:
        raise BadFrame("unknown-type", "there is no frame of that type", raw)
    try:
        return shape.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(p for p in first["loc"] if isinstance(p, str) and p[:1] != "=")
        raise BadFrame("bad-frame", f"`{where[:80]}`: {first['msg']}", raw) from None


def _object(text: str) -> dict[str, Any]:
    try:
        value = from_json(text, allow_inf_nan=False)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise NotJson("a frame must be a JSON object")
    return cast("dict[str, Any]", value)


def write(frame: Mapping[str, Any]) -> str:
    """Encode one frame of ours. Text that is no UTF-8 becomes question marks."""
    try:
        return to_json(frame).decode()
    except ValueError:
        text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace").decode()
