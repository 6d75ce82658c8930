"""Bodies of the requests that control running calls, and of what they return."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from offhook.api.schemas import ApplicationName, Method, Schema, Text

LegChoice = Annotated[str | None, Field(max_length=64)]
Key = Annotated[str, Field(min_length=1, max_length=128)]
Value = Annotated[str, Field(max_length=1024)]
Times = Annotated[int, Field(ge=0, le=1000)]


class LiveLegOut(Schema):
    """One party's part in a running call."""

    id: str
    direction: str = Field(examples=["inbound"])
    peer: str = Field(examples=["client:alice"])
    state: str = Field(examples=["up"], description="`new`, `ringing`, `up` or `ended`.")
    bridged_with: str | None = Field(description="The leg that it is bridged with.")


class LiveCallOut(Schema):
    """A running call."""

    id: str
    application: str
    dialect: str
    direction: str
    caller: str = Field(examples=["client:alice"])
    callee: str = Field(examples=["bob"])
    started_at: str
    state: str = Field(description="The state of the leg that began the call.")
    answered_s: float = Field(description="Seconds since it was answered; 0 before.")
    legs: list[LiveLegOut]


class CallIn(Schema):
    """A call to begin: the party rings, and once it answers the documents run for it."""

    to: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        examples=["bob"],
        description="The name of an endpoint, or a number with `+` and its country code.",
    )
    caller: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        default="anonymous",
        examples=["support"],
        description="Who calls, as shown to the party. For a number: one of the account's, or `anonymous`.",
    )
    caller_name: Annotated[str, Field(max_length=128)] = ""
    application: ApplicationName = Field(
        examples=["switchboard"], description="Decides on the call: its name or its id."
    )
    url: Text = Field(
        default="", description="Of the first document; by default the application's answer URL."
    )
    method: Method = "POST"
    document: Annotated[str, Field(max_length=64_000)] | None = Field(
        default=None, description="The first document itself, in the application's dialect."
    )
    ring_s: Annotated[float, Field(gt=0, le=600)] = 60.0
    machine_detection: Literal["off", "enable", "detect-message-end"] = Field(
        default="off",
        description="Whether to find out who answered, a person or a machine, before the first document is "
        "requested; `detect-message-end` also waits for the end of a machine's greeting, and its beep.",
    )
    machine_detection_timeout_s: Annotated[float, Field(ge=3, le=60)] = 30.0
    parameters: Annotated[dict[Key, Value], Field(max_length=32)] = Field(
        default_factory=dict[str, str],
        examples=[{"ticket": "7"}],
        description="Sent to the application with every request, and to the party's page.",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.url and self.document is not None:
            raise ValueError("give either `url` or `document`")
        return self


class ControlOut(Schema):
    """A request that took effect."""

    request: str = Field(description="Its id, which is in the call's journal.")


class RedirectIn(Schema):
    """Another document for a call: from `url`, or `document` itself."""

    url: Text = Field(default="", examples=["https://voice.example/menu"])
    method: Method = "POST"
    document: Annotated[str, Field(max_length=64_000)] | None = Field(
        default=None, examples=["<Response><Say>Goodbye.</Say></Response>"]
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.url) == (self.document is not None):
            raise ValueError("give either `url` or `document`")
        return self


class _OnLeg(Schema):
    leg: LegChoice = Field(
        default=None, description="By default the leg that began the call.", examples=[None]
    )


class PlayIn(_OnLeg):
    """A sound file to play to a leg, in place of what it hears now."""

    url: Text = Field(examples=["https://voice.example/notice.mp3"])
    times: Times = Field(default=1, description="0 plays until it is stopped.")


class SpeakIn(_OnLeg):
    """A text to speak to a leg, in place of what it hears now."""

    text: Annotated[str, Field(min_length=1, max_length=4000)] = Field(
        examples=["Your call may take a little longer."]
    )
    language: Annotated[str, Field(max_length=32)] = "en-US"
    voice: Annotated[str, Field(max_length=64)] = ""
    markup: bool = Field(default=False, description="`text` is SSML.")
    times: Times = Field(default=1, description="0 speaks until it is stopped.")


class StopIn(_OnLeg):
    """Stop what is played to a leg."""


class MuteIn(_OnLeg):
    """Discard what a leg sends, or let it through again."""

    muted: bool = True


class DigitsIn(_OnLeg):
    """DTMF digits to send to a leg."""

    digits: Annotated[str, Field(pattern=r"^[0-9A-D*#wW]{1,100}$")] = Field(
        examples=["1ww23#"], description="`w` waits for half a second, `W` for a second."
    )
