"""What a program can request of a conference that runs: values."""

from dataclasses import dataclass, field

from offhook.base.conferences import SoundDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteMember:
    """The others hear a member no more, or again.

    Attributes:
        member: Its call, its number or its label.
    """

    member: str
    muted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldMember:
    """A member neither hears nor is heard, or is there again.

    Attributes:
        member: Its call, its number or its label.
        music: What it hears meanwhile; nothing for what its document says, or the built-in music.
    """

    member: str
    held: bool = True
    music: SoundDocument | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachMember:
    """Only some members hear a member from now on, or all of them again.

    Attributes:
        member: Its call, its number or its label.
        coaches: The member that hears it, likewise.
        agents: All agents hear it.
    """

    member: str
    coaches: str | None = None
    agents: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMember:
    """A member leaves; its call goes on with what follows in its document.

    Attributes:
        member: Its call, its number or its label.
    """

    member: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceUrl:
    """All members hear a sound file, beside those who speak."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceText:
    """All members hear a text, beside those who speak.

    Attributes:
        language: A language tag, such as `en-US`.
        voice: As the dialects name it; possibly empty.
        markup: `text` is SSML.
    """

    text: str = field(repr=False)
    language: str
    voice: str = ""
    markup: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EndConference:
    """It is over for all members."""


ConferenceAction = (
    MuteMember
    | HoldMember
    | CoachMember
    | RemoveMember
    | AnnounceUrl
    | AnnounceText
    | EndConference
)
