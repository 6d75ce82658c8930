"""`/v1/conferences`: list the conferences that run, and control their members."""

from dataclasses import replace

from fastapi import APIRouter

from offhook.api.auth import Caller, Deps
from offhook.api.conference_schemas import (
    AnnounceIn,
    CoachMemberIn,
    ConferenceOut,
    HoldMemberIn,
    MuteMemberIn,
    RemoveMemberIn,
)
from offhook.api.schemas import After, Limit, ListOf
from offhook.base.conference_control import (
    AnnounceText,
    AnnounceUrl,
    CoachMember,
    ConferenceAction,
    EndConference,
    HoldMember,
    MuteMember,
    RemoveMember,
)
from offhook.base.conferences import SoundDocument
from offhook.base.errors import NotFound
from offhook.base.ids import AccountId
from offhook.flow.live_conferences import LiveConference
from offhook.store import validation
from offhook.store.pagination import Page, decode_cursor, page

router = APIRouter(prefix="/conferences", tags=["conferences"])


@router.get("", response_model=ListOf[ConferenceOut])
async def list_conferences(
    caller: Caller, deps: Deps, after: After = "", limit: Limit = 50
) -> Page[LiveConference]:
    """The account's conferences that run, with their members."""
    last = tuple(decode_cursor(after, 1))
    all = sorted(deps.conferences.live(caller), key=_position)
    found = [each for each in all if _position(each) > last]
    return page(found[: limit + 1], limit, _position)


@router.get("/{id}", response_model=ConferenceOut)
async def get_conference(caller: Caller, deps: Deps, id: str) -> LiveConference:
    """One conference, by its id or its name."""
    return deps.conferences.find(caller, id)


@router.post("/{id}/mute", response_model=ConferenceOut)
async def mute_member(caller: Caller, deps: Deps, id: str, wanted: MuteMemberIn) -> LiveConference:
    """Let the others hear a member no more, or again."""
    return await _control(deps, caller, id, MuteMember(member=wanted.member, muted=wanted.muted))


@router.post("/{id}/hold", response_model=ConferenceOut)
async def hold_member(caller: Caller, deps: Deps, id: str, wanted: HoldMemberIn) -> LiveConference:
    """Put a member on hold, with music, or take it back."""
    url = validation.optional_url("url", wanted.url)
    music = SoundDocument(url=url, method=wanted.method) if url else None
    action = HoldMember(member=wanted.member, held=wanted.held, music=music)
    return await _control(deps, caller, id, action)


@router.post("/{id}/coach", response_model=ConferenceOut)
async def coach(caller: Caller, deps: Deps, id: str, wanted: CoachMemberIn) -> LiveConference:
    """Let only some members hear a member, or all of them again."""
    action = CoachMember(member=wanted.member, coaches=wanted.coaches, agents=wanted.agents)
    return await _control(deps, caller, id, action)


@router.post("/{id}/remove", response_model=ConferenceOut)
async def remove_member(
    caller: Caller, deps: Deps, id: str, wanted: RemoveMemberIn
) -> LiveConference:
    """Remove a member; its call goes on with what follows in its document."""
    return await _control(deps, caller, id, RemoveMember(member=wanted.member))


@router.post("/{id}/announce", response_model=ConferenceOut)
async def announce(caller: Caller, deps: Deps, id: str, wanted: AnnounceIn) -> LiveConference:
    """Play or speak to all members; responds once the sound plays."""
    action: ConferenceAction = AnnounceText(
        text=wanted.text, language=wanted.language, voice=wanted.voice, markup=wanted.markup
    )
    if wanted.url:
        action = AnnounceUrl(url=validation.url("url", wanted.url))
    return await _control(deps, caller, id, action)


@router.post("/{id}/end", response_model=ConferenceOut)
async def end_conference(caller: Caller, deps: Deps, id: str) -> LiveConference:
    """End a conference for all members."""
    return await _control(deps, caller, id, EndConference())


def _position(conference: LiveConference) -> tuple[str, ...]:
    return (conference.id,)


async def _control(
    deps: Deps, caller: AccountId, id: str, action: ConferenceAction
) -> LiveConference:
    """Carry out a request. Returns the conference as it is afterwards."""
    before = deps.conferences.find(caller, id)
    await deps.conferences.control(caller, before.id, action)
    try:
        return deps.conferences.find(caller, before.id)
    except NotFound:
        return replace(before, state="completed", members=())
