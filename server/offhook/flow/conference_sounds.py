"""What all members of a conference hear beside each other: files, texts and documents of the application."""

import asyncio
import logging
from urllib.parse import urldefrag

from offhook.base.conferences import SoundDocument
from offhook.base.errors import OffhookError, UsageError
from offhook.base.ids import AccountId, ConferenceId
from offhook.base.media import Sound, UnplayableSound
from offhook.base.url_options import apply_url_options
from offhook.base.web import Signing, WebFailure, WebRequest
from offhook.dialects.base import Dialect, DocumentError
from offhook.flow.ports import Dependencies
from offhook.flow.webhook_request import new_nonce, placed
from offhook.verbs.base import Purpose, Verb
from offhook.verbs.play import Play
from offhook.verbs.speak import Speak
from offhook.verbs.wait import Wait

log = logging.getLogger("offhook.flow")


class ConferenceSounds:
    """Loads and plays them, one after the other."""

    def __init__(
        self, deps: Dependencies, account: AccountId, conference: ConferenceId, secret: str
    ) -> None:
        """Nothing plays.

        Args:
            deps: What it needs of the world.
            account: On whose behalf.
            conference: Whose members hear it.
            secret: What requests are signed with.
        """
        self._deps = deps
        self._account = account
        self._conference = conference
        self._secret = secret
        self._turn = asyncio.Lock()

    async def load(self, url: str, dialect: Dialect) -> Sound:
        """The sound file at `url`.

        Raises:
            UsageError: it cannot be had or played.
        """
        request = self._request(url, "GET", dialect, sound=True)
        try:
            return await self._deps.web.fetch_sound(request)
        except WebFailure as failure:
            raise UsageError(f"the sound could not be fetched: {failure}") from failure
        except UnplayableSound as error:
            raise UsageError(f"{error.name} cannot be played: {error}") from error

    async def speak(self, text: str, *, language: str, voice: str, markup: bool) -> Sound:
        """`text`, spoken.

        Raises:
            Unavailable: no voice works now.
        """
        return await self._deps.speech.synthesize(
            text, language=language, voice=voice, markup=markup, account=self._account
        )

    async def play(self, sound: Sound, times: int = 1) -> None:
        """Play it out, after what plays already.

        Raises:
            PeerError: it cannot be played.
        """
        async with self._turn:
            for _ in range(max(1, times)):
                seconds = self._deps.media.play_to_members(self._conference, sound)
                await self._deps.clock.sleep(seconds)

    async def play_document(self, document: SoundDocument, dialect: Dialect) -> None:
        """Play what a document plays, speaks and pauses; what cannot be had is logged and passed over."""
        request = self._request(document.url, document.method, dialect, sound=False)
        try:
            reply = placed(await self._deps.web.fetch(request), request)
            for verb in dialect.parse(reply, Purpose.CONFIRM).verbs:
                await self._perform(verb, dialect)
        except (WebFailure, DocumentError, OffhookError) as error:
            facts = {"id": self._conference, "reason": str(error)}
            log.warning("conference.sound", extra=facts)

    async def _perform(self, verb: Verb, dialect: Dialect) -> None:
        match verb:
            case Play(url=url, times=times):
                await self.play(await self.load(url, dialect), times)
            case Speak(text=text, language=language, voice=voice, markup=markup, times=times):
                spoken = await self.speak(text, language=language, voice=voice, markup=markup)
                await self.play(spoken, times)
            case Wait(seconds=seconds):
                await self._deps.clock.sleep(seconds)
            case _:
                pass

    def _request(self, url: str, method: str, dialect: Dialect, *, sound: bool) -> WebRequest:
        usual = dialect.sound_limits if sound else dialect.limits
        plain, limits = apply_url_options(url, usual, dialect.widest)
        return WebRequest(
            method=method,
            url=urldefrag(plain).url,
            limits=limits,
            signing=Signing(
                dialect=dialect.name, secret=self._secret, nonce=new_nonce(self._deps.ids)
            ),
            account=self._account,
        )
