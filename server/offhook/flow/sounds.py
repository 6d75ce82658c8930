"""Gets the sounds of one call: files of the application, and its texts spoken."""

from urllib.parse import urldefrag

from offhook.base.media import Sound
from offhook.base.web import Signing, WebRequest
from offhook.calls.call import Origin
from offhook.flow.ports import Dependencies
from offhook.flow.webhook_request import new_nonce


class SoundLoader:
    """Fetches and synthesizes on behalf of one call."""

    __slots__ = ("_deps", "_origin", "_secret")

    def __init__(self, deps: Dependencies, origin: Origin, secret: str) -> None:
        """Load for the call of `origin`; requests are signed with `secret`."""
        self._deps = deps
        self._origin = origin
        self._secret = secret

    async def fetch(self, url: str) -> Sound:
        """The sound file at `url`.

        Raises:
            WebFailure: it cannot be had.
            UnplayableSound: it cannot be played.
        """
        origin, deps = self._origin, self._deps
        nonce = new_nonce(deps.ids)
        request = WebRequest(
            method="GET",
            url=urldefrag(url).url,
            limits=deps.dialects[origin.dialect].sound_limits,
            signing=Signing(dialect=origin.dialect, secret=self._secret, nonce=nonce),
            account=origin.account,
            call=origin.id,
        )
        return await deps.web.fetch_sound(request)

    async def speak(self, text: str, *, language: str, voice: str, markup: bool) -> Sound:
        """`text`, spoken.

        Raises:
            Unavailable: no voice works now.
        """
        return await self._deps.speech.synthesize(
            text, language=language, voice=voice, markup=markup, account=self._origin.account
        )
