"""A softphone: its page, its access tokens, and TwiML that says what happens with a call."""

from os import environ
from urllib.parse import parse_qs

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant
from twilio.twiml.voice_response import Dial, VoiceResponse

ACCOUNT, SECRET = environ["VOICE_ACCOUNT"], environ["VOICE_SECRET"]
APPLICATION, SERVER = environ["VOICE_APPLICATION"], environ["VOICE_URL"]
app = FastAPI()
SHARED = {"style.css", "page.js"}


@app.get("/token")
def token(name: str) -> dict[str, str]:
    """An access token for a name; a real application asks for a password before."""
    made = AccessToken(ACCOUNT, ACCOUNT, SECRET, identity=name, ttl=3600)
    made.add_grant(VoiceGrant(outgoing_application_sid=APPLICATION, incoming_allow=True))
    return {"token": made.to_jwt(), "server": SERVER}


@app.get("/{name:path}")
def page(name: str) -> FileResponse:
    """The softphone, and what all examples share."""
    return FileResponse(f"../shared/{name}" if name in SHARED else "index.html")


@app.post("/answer")
async def answer(request: Request) -> Response:
    """What happens with a call: it rings a number, or the client of that name."""
    asked = parse_qs((await request.body()).decode())
    to = asked["To"][0]
    response = VoiceResponse()
    if to.startswith("+"):
        dial = Dial(answer_on_bridge=True, caller_id="anonymous")
        dial.number(to)
    else:
        dial = Dial(answer_on_bridge=True)
        dial.client(to)
    response.append(dial)
    return Response(str(response), media_type="text/xml")


uvicorn.run(app, port=int(environ["PORT"]), log_level="warning")
