"""A conference: people join by a link and see who speaks; the first one mutes and removes others."""

from os import environ
from types import SimpleNamespace
from urllib.parse import parse_qsl

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from plivo.utils import jwt
from plivo.xml import ConferenceElement, ResponseElement

ACCOUNT, SECRET = environ["VOICE_ACCOUNT"], environ["VOICE_SECRET"]
APP, SERVER = {"app": environ["VOICE_APPLICATION"]}, environ["VOICE_URL"]
# plivo 4 expects bytes from PyJWT, which returns text since version 2; `app` answers the calls.
jwt.jwt = SimpleNamespace(encode=lambda c, *how, to=jwt.jwt.encode: to(c | APP, *how).encode())
app, people = FastAPI(), dict[str, dict[str, str]]()


@app.get("/token")
def token(name: str) -> dict[str, str]:
    made = jwt.AccessToken(ACCOUNT, SECRET, name, lifetime=3600)
    made.add_voice_grants(incoming=False, outgoing=True)
    return {"token": made.to_jwt(), "server": SERVER}


@app.get("/people")
def of_room(room: str) -> list[dict[str, str]]:
    return [each for each in people.values() if each["room"] == room]


@app.get("/{name:path}")
def page(name: str) -> FileResponse:
    return FileResponse(f"../shared/{name}" if name in {"style.css", "page.js"} else "index.html")


@app.post("/people/{call}/{action}")  # a real application checks that the moderator asks
def moderate(call: str, action: str) -> None:
    people[call]["muted"] = "yes" if action == "mute" else ""
    url = f"{SERVER}/v1/calls/{call.replace('-', '')}/{action.removeprefix('un')}"
    httpx.post(url, json={"muted": action == "mute"}, auth=(ACCOUNT, SECRET))


@app.post("/{document}")
async def xml(request: Request, document: str) -> Response:
    asked = dict(parse_qsl((await request.body()).decode()))
    response, call, to = ResponseElement(), asked["CallUUID"], f"{request.base_url}event"
    if document == "answer":
        response.add(ConferenceElement(asked["X-PH-Room"], callback_url=to, floor_event=True))
        people[call] = {"call": call, "room": asked["X-PH-Room"], "name": asked["X-PH-Name"]}
    elif asked["ConferenceAction"] == "exit":
        people.pop(call, None)
    elif asked["ConferenceAction"] == "floor":
        for each in of_room(people[call]["room"]):
            each["speaks"] = call
    return Response(response.to_string(), media_type="text/xml")


uvicorn.run(app, port=int(environ["PORT"]), log_level="warning")
