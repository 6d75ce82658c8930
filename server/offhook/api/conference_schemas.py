"""Bodies of the requests that control conferences, and of what they return."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from offhook.api.schemas import Method, Schema, Text

MemberName = Annotated[str, Field(min_length=1, max_length=128)]
_MEMBER = Field(examples=["2"], description="Its call, its number or its label.")


class ConferenceMemberOut(Schema):
    """One member of a conference."""

    call: str
    leg: str
    number: int = Field(
        description="Among the members, from 1, in the order in which they entered."
    )
    label: str
    role: str = Field(description="`agent`, `customer` or `supervisor` in a multi-party call.")
    muted: bool
    held: bool
    coaching: bool = Field(description="Only some members hear it.")
    coaches: str | None = Field(description="The call of the one member that hears it.")
    speaking: bool
    starts: bool
    ends: bool


class ConferenceOut(Schema):
    """A conference that runs."""

    id: str
    name: str = Field(examples=["room"])
    kind: str = Field(description="`conference` or `multi-party-call`.")
    state: str = Field(
        description="`init` while members wait, then `in-progress`; `completed` once it is over."
    )
    age_s: float
    members: list[ConferenceMemberOut]


class _OfMember(Schema):
    member: MemberName = _MEMBER


class MuteMemberIn(_OfMember):
    """The others hear a member no more, or again."""

    muted: bool = True


class HoldMemberIn(_OfMember):
    """A member neither hears nor is heard, or is there again."""

    held: bool = True
    url: Text = Field(
        default="",
        examples=["https://voice.example/hold"],
        description="What it hears meanwhile, again and again: a sound file, or a document that plays, "
        "speaks and pauses. By default what its own document says, or the built-in music.",
    )
    method: Method = "POST"


class CoachMemberIn(_OfMember):
    """Only some members hear a member; without both fields all hear it again."""

    coaches: Annotated[str, Field(max_length=128)] | None = Field(
        default=None, examples=["1"], description="The one that hears it: call, number or label."
    )
    agents: bool = Field(default=False, description="All agents hear it.")


class RemoveMemberIn(_OfMember):
    """A member to remove; its call goes on with what follows in its document."""


class AnnounceIn(Schema):
    """A sound file or a text that all members hear, beside those who speak."""

    url: Text = Field(default="", examples=["https://voice.example/notice.mp3"])
    text: Annotated[str, Field(max_length=4000)] = ""
    language: Annotated[str, Field(max_length=32)] = "en-US"
    voice: Annotated[str, Field(max_length=64)] = ""
    markup: bool = Field(default=False, description="`text` is SSML.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.url) == bool(self.text):
            raise ValueError("give either `url` or `text`")
        return self
