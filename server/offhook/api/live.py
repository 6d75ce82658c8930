"""`/v1/calls/live` and `/v1/calls/{id}/...`: begin calls, list running ones and control them."""

import re
from typing import Final

from fastapi import APIRouter

from offhook.api.auth import Caller, Deps
from offhook.api.live_schemas import (
    CallIn,
    ControlOut,
    DigitsIn,
    LiveCallOut,
    MuteIn,
    PlayIn,
    RedirectIn,
    SpeakIn,
    StopIn,
)
from offhook.api.schemas import After, Limit, ListOf
from offhook.base.address import Address, Kind, client
from offhook.base.control import (
    ControlAction,
    HangUpCall,
    MuteLeg,
    PlayInto,
    RedirectCall,
    SendDigitsTo,
    SpeakInto,
    StopPlaying,
)
from offhook.base.errors import NotFound
from offhook.base.ids import AccountId, CallId, LegId
from offhook.calls.machine_detection import MachineDetection
from offhook.flow.live import LiveCall
from offhook.flow.outbound import OutboundCall
from offhook.store import validation
from offhook.store.pagination import Page, decode_cursor, page

router = APIRouter(prefix="/calls", tags=["live calls"])

_NUMBER: Final = re.compile(r"\+[1-9][0-9]{1,14}\Z")


@router.get("/live", response_model=ListOf[LiveCallOut])
async def list_live_calls(
    caller: Caller, deps: Deps, after: After = "", limit: Limit = 50
) -> Page[LiveCall]:
    """The account's running calls, oldest first."""
    last = tuple(decode_cursor(after, 2))
    calls = sorted(deps.live_calls.live(caller), key=_position)
    found = [call for call in calls if _position(call) > last]
    return page(found[: limit + 1], limit, _position)


@router.get("/live/{id}", response_model=LiveCallOut)
async def get_live_call(caller: Caller, deps: Deps, id: str) -> LiveCall:
    """One running call."""
    found = next((call for call in deps.live_calls.live(caller) if call.id == id), None)
    if found is None:
        raise NotFound(f"no call {id} is running")
    return found


@router.post("", status_code=201, response_model=LiveCallOut)
async def begin_call(caller: Caller, deps: Deps, wanted: CallIn) -> LiveCall:
    """Call an endpoint or a number; responds once it is invited.

    `GET /v1/calls/live/{id}` shows how far the call is.
    """
    to, shown = _address(wanted.to), _address(wanted.caller)
    call = OutboundCall(
        account=caller,
        to=to,
        caller=wanted.caller if to.kind is Kind.NUMBER else str(shown),
        caller_name=wanted.caller_name,
        application=await deps.store.applications.lookup(caller, wanted.application),
        url=validation.optional_url("url", wanted.url),
        method=wanted.method,
        document=wanted.document,
        ring_s=wanted.ring_s,
        machine=_machine(wanted),
        parameters=wanted.parameters,
    )
    return await deps.live_calls.begin(call)


@router.post("/{id}/hangup")
async def hang_up(caller: Caller, deps: Deps, id: str) -> ControlOut:
    """End a call."""
    return await _control(deps, caller, id, HangUpCall())


@router.post("/{id}/redirect")
async def redirect(caller: Caller, deps: Deps, id: str, wanted: RedirectIn) -> ControlOut:
    """End what the call is doing, and continue with another document."""
    url = validation.optional_url("url", wanted.url)
    action = RedirectCall(url=url, method=wanted.method, document=wanted.document)
    return await _control(deps, caller, id, action)


@router.post("/{id}/play")
async def play(caller: Caller, deps: Deps, id: str, wanted: PlayIn) -> ControlOut:
    """Play a sound file to a leg; responds once the sound plays."""
    url = validation.url("url", wanted.url)
    action = PlayInto(url=url, leg=_leg(wanted.leg), times=wanted.times)
    return await _control(deps, caller, id, action)


@router.post("/{id}/speak")
async def speak(caller: Caller, deps: Deps, id: str, wanted: SpeakIn) -> ControlOut:
    """Speak a text to a leg; responds once it is spoken."""
    action = SpeakInto(
        text=wanted.text,
        language=wanted.language,
        voice=wanted.voice,
        markup=wanted.markup,
        leg=_leg(wanted.leg),
        times=wanted.times,
    )
    return await _control(deps, caller, id, action)


@router.post("/{id}/stop")
async def stop(caller: Caller, deps: Deps, id: str, wanted: StopIn | None = None) -> ControlOut:
    """Stop what is played to a leg; it hears its partner again."""
    leg = None if wanted is None else _leg(wanted.leg)
    return await _control(deps, caller, id, StopPlaying(leg=leg))


@router.post("/{id}/mute")
async def mute(caller: Caller, deps: Deps, id: str, wanted: MuteIn) -> ControlOut:
    """Discard what a leg sends, or let it through again."""
    return await _control(deps, caller, id, MuteLeg(muted=wanted.muted, leg=_leg(wanted.leg)))


@router.post("/{id}/digits")
async def send_digits(caller: Caller, deps: Deps, id: str, wanted: DigitsIn) -> ControlOut:
    """Send DTMF digits to a leg: in its media (RFC 4733), and to a page as events as well.

    Browsers neither play nor report DTMF that they receive. So the page's call emits `digit` for each, and a
    facade the event that its vendor's SDK has for received DTMF, if it has one.
    """
    return await _control(
        deps, caller, id, SendDigitsTo(digits=wanted.digits, leg=_leg(wanted.leg))
    )


def _address(text: str) -> Address:
    """A number, if it has a `+` and its country code; else the name of an endpoint."""
    return Address(Kind.NUMBER, text) if _NUMBER.match(text) else client(text)


def _machine(wanted: CallIn) -> MachineDetection | None:
    if wanted.machine_detection == "off":
        return None
    return MachineDetection(
        message_end=wanted.machine_detection == "detect-message-end",
        timeout_s=wanted.machine_detection_timeout_s,
    )


def _position(call: LiveCall) -> tuple[str, ...]:
    return call.started_at, call.id


def _leg(id: str | None) -> LegId | None:
    return LegId(id) if id else None


async def _control(deps: Deps, caller: AccountId, id: str, action: ControlAction) -> ControlOut:
    return ControlOut(request=await deps.live_calls.control(caller, CallId(id), action))
