"""A walkie-talkie: its page, its access tokens, and Plivo XML that puts a channel's members together."""

from os import environ
from types import SimpleNamespace
from urllib.parse import parse_qs

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from plivo import plivoxml
from plivo.utils import jwt

ACCOUNT, SECRET = environ["VOICE_ACCOUNT"], environ["VOICE_SECRET"]
APP, SERVER = {"app": environ["VOICE_APPLICATION"]}, environ["VOICE_URL"]
# plivo 4 expects bytes from PyJWT, which returns text since version 2; `app` answers the calls.
jwt.jwt = SimpleNamespace(encode=lambda c, *how, to=jwt.jwt.encode: to(c | APP, *how).encode())
app = FastAPI()
SHARED = {"style.css", "page.js"}


@app.get("/token")
def token(name: str) -> dict[str, str]:
    """An access token for a name; a real application asks for a password before."""
    made = jwt.AccessToken(ACCOUNT, SECRET, name, lifetime=3600)
    made.add_voice_grants(incoming=False, outgoing=True)
    return {"token": made.to_jwt(), "server": SERVER}


@app.get("/{name:path}")
def page(name: str) -> FileResponse:
    """The walkie-talkie, and what all examples share."""
    return FileResponse(f"../shared/{name}" if name in SHARED else "index.html")


@app.post("/answer")
async def answer(request: Request) -> Response:
    """What happens with a call: it is on the channel that its page chose."""
    asked = parse_qs((await request.body()).decode())
    response = plivoxml.ResponseElement()
    response.add(plivoxml.ConferenceElement(asked["X-PH-Channel"][0], stay_alone=True))
    return Response(response.to_string(), media_type="text/xml")


uvicorn.run(app, port=int(environ["PORT"]), log_level="warning")
