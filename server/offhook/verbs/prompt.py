"""Plays the prompts of a verb that takes keys: verbs of their own, in a context that a key ends."""

from collections.abc import Sequence

from offhook.base.events import LegEvent
from offhook.base.journal.script_entries import InnerReceived, InnerRequested
from offhook.base.media import Sound, UnplayableSound
from offhook.base.web import WebFailure
from offhook.calls.call_control import CallControl
from offhook.calls.leg import Leg
from offhook.verbs.base import Context, InnerRequest, Verb, Watch
from offhook.verbs.context import Interrupted
from offhook.verbs.play import Play

_Loaded = Sound | WebFailure | UnplayableSound


class Prompting:
    """A call while its prompts are played, as `offhook.verbs.context.Context`.

    Each event is shown to `watch`, while files are loaded as well; once it says so, the prompts are over.
    """

    def __init__(self, call: Context, watch: Watch, *, barge_in: bool) -> None:
        """Play in `call`; the engine stops what is played with the first packet of a key if `barge_in`."""
        self._call = call
        self._show = watch
        self._over = False
        self._loaded: dict[str, _Loaded] = {}
        self.stops_on_digit = barge_in

    @property
    def control(self) -> CallControl:
        """The call with its legs."""
        return self._call.control

    @property
    def leg(self) -> Leg:
        """Whose party hears the prompts."""
        return self._call.leg

    def answer(self) -> None:
        """Take the leg's call."""
        self._call.answer()

    async def load(self, prompts: Sequence[Verb]) -> None:
        """Load all files before the first of them is played, so that there is no gap between them.

        Raises:
            Interrupted: the prompts are over.
        """
        for url in (verb.url for verb in prompts if isinstance(verb, Play)):
            if url not in self._loaded:
                self._loaded[url] = await self._load(url)

    async def next(self, until: float | None = None, watch: Watch | None = None) -> LegEvent | None:
        """The next thing that happens.

        Raises:
            Interrupted: the prompts are over.
        """
        return await self._call.next(until, self._both(watch))

    async def sound(self, url: str, watch: Watch | None = None) -> Sound:
        """The sound file at `url`.

        Raises:
            Interrupted: the prompts are over.
        """
        loaded = self._loaded.get(url)
        if loaded is None:
            return await self._call.sound(url, self._both(watch))
        if isinstance(loaded, WebFailure | UnplayableSound):
            raise loaded
        return loaded

    async def speech(
        self, text: str, *, language: str, voice: str, markup: bool, watch: Watch | None = None
    ) -> Sound:
        """`text`, spoken.

        Raises:
            Interrupted: the prompts are over.
        """
        return await self._call.speech(
            text, language=language, voice=voice, markup=markup, watch=self._both(watch)
        )

    async def document(
        self,
        ask: InnerRequest,
        again: InnerRequested | None = None,
        watch: Watch | None = None,
    ) -> Sequence[Verb] | None:
        """The verbs of a document that runs within a verb."""
        return await self._call.document(ask, again, self._both(watch))

    def reread(self, received: InnerReceived) -> Sequence[Verb]:
        """The verbs of such a document that came before a restart."""
        return self._call.reread(received)

    def _both(self, watch: Watch | None) -> Watch:
        """Shows events to a verb within the prompts as well; what is over stays so."""
        if self._over:
            raise Interrupted

        def shown(event: LegEvent) -> bool:
            self._over = self._show(event)
            return self._over or (watch is not None and watch(event))

        return shown

    async def _load(self, url: str) -> _Loaded:
        try:
            return await self._call.sound(url, self._both(None))
        except (WebFailure, UnplayableSound) as error:
            return error
