"""Click to call: a button on a page, and a queue of callers with agents behind it, in TwiML."""

from os import environ
from urllib.parse import parse_qsl

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant
from twilio.twiml.voice_response import Dial, VoiceResponse

ACCOUNT, SECRET = environ["VOICE_ACCOUNT"], environ["VOICE_SECRET"]
APPLICATION, SERVER = environ["VOICE_APPLICATION"], environ["VOICE_URL"]
app, waiting = FastAPI(), set[str]()
FILES = {"style.css": "../shared/style.css", "page.js": "../shared/page.js", "agent": "agent.html"}


@app.get("/token")
def token(name: str) -> dict[str, str]:
    """An access token; a real application lets only its agents have one for `agent`."""
    made = AccessToken(ACCOUNT, ACCOUNT, SECRET, identity=name, ttl=3600)
    made.add_grant(VoiceGrant(outgoing_application_sid=APPLICATION, incoming_allow=False))
    return {"token": made.to_jwt(), "server": SERVER}


@app.get("/waiting")
def count() -> int:
    """How many visitors wait."""
    return len(waiting)


@app.get("/{name:path}")
def page(name: str) -> FileResponse:
    """The visitors' page, the agents' page at `/agent`, and what all examples share."""
    return FileResponse(FILES.get(name, "shop.html"))


@app.post("/{document}")
async def twiml(request: Request, document: str) -> Response:
    """What happens: visitors wait in the queue, and agents take the one who has waited longest."""
    asked = dict(parse_qsl((await request.body()).decode()))
    response = VoiceResponse()
    if document == "wait":
        response.say(f"You are number {asked['QueuePosition']} in the queue.")
        response.pause(length=8)
    elif document in ("taken", "left"):
        waiting.discard(asked["CallSid"])
    elif asked["To"] == "agent":
        response.append(dial := Dial(timeout=5))
        dial.queue("visitors", url="/taken")
    else:
        waiting.add(asked["CallSid"])
        response.enqueue("visitors", wait_url="/wait", action="/left")
    return Response(str(response), media_type="text/xml")


uvicorn.run(app, port=int(environ["PORT"]), log_level="warning")
