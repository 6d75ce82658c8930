"""What this dialect brings to a server."""

from typing import Final

from offhook.dialects.known import Parts
from offhook.dialects.twilio import demo
from offhook.dialects.twilio.dialect import Twilio
from offhook.dialects.twilio.tokens import TwilioTokens

PARTS: Final = Parts(speaking=Twilio, tokens=TwilioTokens(), demo=demo.page)
