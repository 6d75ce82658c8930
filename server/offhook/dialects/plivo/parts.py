"""What this dialect brings to a server."""

from typing import Final

from offhook.dialects.known import Parts
from offhook.dialects.plivo import demo
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.plivo.tokens import PlivoTokens

PARTS: Final = Parts(speaking=Plivo, tokens=PlivoTokens(), demo=demo.page)
