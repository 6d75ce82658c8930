"""Bodies of the API's requests and responses, with examples."""

import re
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar, get_type_hints

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, create_model, field_serializer

from offhook.base.accounts import Application
from offhook.base.media import StreamReport
from offhook.base.web import with_hidden_password
from offhook.store.feedback import LegFeedback

After = Annotated[str, Query(max_length=512, description="The `next` of the previous page.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Maximum number of items.")]
T = TypeVar("T")
Method = Literal["GET", "POST"]
Text = Annotated[str, Field(max_length=4000)]
Name = Annotated[str, Field(min_length=1, max_length=128)]
ApplicationName = Annotated[str, Field(max_length=128)]
"""Its name, or its id."""


class Schema(BaseModel):
    """Any body: made from our values, strict about requests."""

    model_config = ConfigDict(from_attributes=True, extra="forbid", hide_input_in_errors=True)


class ListOf(BaseModel, Generic[T]):
    """Part of a list."""

    items: list[T]
    next: str = Field(
        default="", description="Pass it as `after` for the next page; empty on the last page."
    )


class AccountOut(Schema):
    """An account, without its secret."""

    id: str = Field(examples=["MA7K2Q9X4M1ZB8T3W5RC"])
    name: str = Field(examples=["default"])
    created_at: datetime


class KeyIn(Schema):
    """An API key to create."""

    name: Name = Field(examples=["crm"], description="The program that uses it.")


class KeyOut(Schema):
    """An API key, without its secret."""

    id: str = Field(examples=["SK5f0c1b7e9d3a4c525f0c1b7e9d3a4c52"])
    name: str = Field(examples=["crm"])
    created_at: datetime


class KeyWithSecret(KeyOut):
    """A new API key, with its secret, which is never shown again."""

    secret: str


class EndpointOut(Schema):
    """An endpoint: a user that can log in."""

    id: str
    name: str = Field(examples=["alice"])
    alias: str = Field(examples=["Alice in sales"])
    application: str | None = Field(description="Application for its outgoing calls, by id.")


class EndpointWithPassword(EndpointOut):
    """A new endpoint, with its password, which is never shown again."""

    password: str = Field(examples=["h7Tq3mWz9KpxYb2d"])


class EndpointIn(Schema):
    """An endpoint to create."""

    name: Name = Field(examples=["alice"])
    password: Annotated[str, Field(max_length=128)] = Field(
        default="", description="8 to 128 characters; empty to generate one."
    )
    alias: Annotated[str, Field(max_length=128)] = ""
    application: ApplicationName | None = Field(
        default=None, description="Its name or its id.", examples=["switchboard"]
    )


class EndpointChange(Schema):
    """Changes to an endpoint; omitted fields stay."""

    password: Annotated[str, Field(max_length=128)] | None = None
    alias: Annotated[str, Field(max_length=128)] | None = None
    application: ApplicationName | None = Field(
        default=None, description="Its name or its id; empty text for none."
    )


class ApplicationIn(Schema):
    """An application to create."""

    name: Name = Field(examples=["switchboard"])
    dialect: str = Field(max_length=16, description="The dialect of the XML that its URLs return.")
    answer_url: Text = Field(examples=["https://voice.example/answer"])
    answer_method: Method = "POST"
    fallback_url: Text = ""
    fallback_method: Method = "POST"
    hangup_url: Text = ""
    hangup_method: Method = "POST"


class ApplicationChange(Schema):
    """Changes to an application; omitted fields stay."""

    name: Name | None = None
    dialect: Annotated[str, Field(max_length=16)] | None = None
    answer_url: Text | None = None
    answer_method: Method | None = None
    fallback_url: Text | None = None
    fallback_method: Method | None = None
    hangup_url: Text | None = None
    hangup_method: Method | None = None


class ApplicationOut(ApplicationIn):
    """The URLs that decide what happens in a call.

    In place of the password of a URL stands `***`; a change that says `***` keeps it.
    """

    id: str

    @field_serializer("answer_url", "fallback_url", "hangup_url")
    def _hide(self, url: str) -> str:
        return with_hidden_password(url)


class ApplicationWithWarnings(ApplicationOut):
    """An application that was just created or changed."""

    warnings: list[str] = Field(
        description="URLs that this server will refuse to request, each with a hint; empty if there are none."
    )

    @classmethod
    def of(cls, application: Application, warnings: list[str]) -> "ApplicationWithWarnings":
        """The application, with warnings about its URLs."""
        fields = {name: getattr(application, name) for name in ApplicationOut.model_fields}
        return cls(**fields, warnings=warnings)


class NumberIn(Schema):
    """A number to add."""

    digits: Annotated[str, Field(max_length=16)] = Field(examples=["+15551230000"])
    alias: Annotated[str, Field(max_length=128)] = ""
    application: ApplicationName | None = Field(
        default=None, description="Its name or its id.", examples=["switchboard"]
    )


class NumberChange(Schema):
    """Changes to a number; omitted fields stay."""

    alias: Annotated[str, Field(max_length=128)] | None = None
    application: ApplicationName | None = Field(
        default=None, description="Its name or its id; empty text for none."
    )


class NumberOut(Schema):
    """A telephone number; `digits` without `+`."""

    digits: str = Field(examples=["15551230000"])
    alias: str
    application: str | None


class TokenIn(Schema):
    """An access token to create."""

    name: Name = Field(examples=["alice"], description="The client name that others dial.")
    incoming: bool = True
    outgoing: bool = True
    application: ApplicationName | None = Field(
        default=None,
        description="Application for its calls, by name or id; omitted, the endpoint's.",
    )
    parameters: Annotated[dict[str, str], Field(max_length=32)] = Field(
        default_factory=dict, description="Parameters that the application gets with each call."
    )
    lifetime_s: int = Field(default=3600, ge=60, le=86_400)


class TokenOut(Schema):
    """An access token."""

    token: str
    expires_at: datetime


def _schema_of(values: type, name: str) -> type[Schema]:
    """A body with the fields of a dataclass, as its docstring describes them."""
    said = dict(re.findall(r"^ {8}(\w+): ((?:.+|\n {12})+)", values.__doc__ or "", re.MULTILINE))
    types = get_type_hints(values)
    described = {
        field.name: (types[field.name], Field(description=" ".join(said[field.name].split())))
        for field in fields(values)
    }
    make: Any = create_model  # Its overloads do not know fields from a mapping.
    made: type[Schema] = make(
        name, __base__=Schema, __doc__=(values.__doc__ or "").partition("\n")[0], **described
    )
    return made


if TYPE_CHECKING:
    StreamOut = StreamReport
else:
    StreamOut = _schema_of(StreamReport, "StreamOut")


class MediaOut(Schema):
    """Media statistics of a leg."""

    codec: str = Field(examples=["opus/48000/2"])
    received: StreamOut
    sent: StreamOut
    rtt_ms: float | None


class LegOut(Schema):
    """One party's part in a call."""

    id: str
    direction: Literal["inbound", "outbound"]
    peer: str = Field(examples=["client:bob"])
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    cause: str = Field(examples=["normal"])
    ended_by: str = Field(examples=["peer"])
    media: MediaOut | None


class DialledOut(Schema):
    """How a dial ended."""

    leg: str | None
    answered: bool
    cause: str = Field(examples=["rejected"])
    by: str = Field(description="Who ended it: caller, callee or server.", examples=["callee"])


class EntryOut(Schema):
    """One entry of a call's journal."""

    number: int = Field(
        description="Of the entry of state, from 0; a detail has that of the one before."
    )
    detail: int = Field(
        description="From 1 after each entry of state; 0 for the entry of state itself."
    )
    at: float = Field(description="Seconds since the call started.")
    event: str = Field(examples=["leg-answered"])
    leg: str | None
    details: dict[str, Any]


class CallOut(Schema):
    """The record of a call."""

    id: str
    application: str
    dialect: str
    direction: Literal["inbound", "outbound"]
    caller: str = Field(examples=["client:alice"])
    callee: str = Field(examples=["bob"])
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    duration_s: float
    answered_s: float
    cause: str = Field(examples=["normal"])
    hung_up_by: str = Field(
        description="Who ended the call: caller, callee, application or server; empty for calls"
        " of before this was recorded.",
        examples=["callee"],
    )
    dialled: DialledOut | None = Field(
        description="How the last dial ended; null if no party was dialled."
    )
    legs: list[LegOut]


class CallWithJournal(CallOut):
    """The record of a call, with its journal."""

    journal: list[EntryOut]


class FeedbackOut(Schema):
    """A user's feedback on a call."""

    leg: str = Field(description="The leg of the user.")
    party: str = Field(examples=["alice"])
    created_at: datetime
    score: int = Field(description="1 (bad) to 5 (very good).")
    issues: list[str] = Field(examples=[["one-way-audio"]])
    note: str
    log: list[str] = Field(description="The page's log, only with the user's consent.")

    @classmethod
    def of(cls, given: LegFeedback) -> "FeedbackOut":
        """The stored feedback."""
        feedback = given.feedback
        return cls(
            leg=given.leg,
            party=given.party,
            created_at=feedback.at or datetime.fromtimestamp(0, UTC),
            score=feedback.score,
            issues=list(feedback.issues),
            note=feedback.note,
            log=list(feedback.log),
        )


class SamplesOut(Schema):
    """Quality samples of one leg's page."""

    leg: str
    position: int = Field(description="Number of earlier pieces of this leg.")
    samples: list[dict[str, Any]] = Field(description="One per second, oldest first.")
