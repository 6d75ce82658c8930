"""Plays the prompts of a verb that takes keys: verbs of their own, in a context that a key ends."""

from collections.abc import Sequence

from offhook.base.events import LegEvent
from offhook.base.media import Sound, UnplayableSound
from offhook.base.web import WebFailure
from offhook.verbs.base import Context, Verb, Watch
from offhook.verbs.context import Interrupted
from offhook.verbs.nested import NestedContext
from offhook.verbs.play import Play

_Loaded = Sound | WebFailure | UnplayableSound


class Prompting(NestedContext):
    """A call while its prompts are played.

    Each event is shown to `watch`, while files are loaded as well; once it says so, the prompts are over, and
    all that waits raises `Interrupted`.
    """

    def __init__(self, call: Context, watch: Watch, *, barge_in: bool) -> None:
        """Play in `call`; the engine stops what is played with the first packet of a key if `barge_in`."""
        self.outer = call
        self._show = watch
        self._barge_in = barge_in
        self._over = False
        self._loaded: dict[str, _Loaded] = {}

    @property
    def stops_on_digit(self) -> bool:
        """Whether a key stops the prompts."""
        return self._barge_in

    async def load(self, prompts: Sequence[Verb]) -> None:
        """Load all files before the first of them is played, so that there is no gap between them.

        Raises:
            Interrupted: the prompts are over.
        """
        for url in (verb.url for verb in prompts if isinstance(verb, Play)):
            if url not in self._loaded:
                self._loaded[url] = await self._load(url)

    async def sound(self, url: str, watch: Watch | None = None) -> Sound:
        """The sound file at `url`.

        Raises:
            Interrupted: the prompts are over.
        """
        loaded = self._loaded.get(url)
        if loaded is None:
            return await super().sound(url, watch)
        if isinstance(loaded, WebFailure | UnplayableSound):
            raise loaded
        return loaded

    def watching(self, watch: Watch | None) -> Watch:
        """Show events to a verb within the prompts as well; what is over stays so.

        Raises:
            Interrupted: the prompts are over.
        """
        if self._over:
            raise Interrupted

        def shown(event: LegEvent) -> bool:
            self._over = self._show(event)
            return self._over or (watch is not None and watch(event))

        return shown

    async def _load(self, url: str) -> _Loaded:
        try:
            return await super().sound(url)
        except (WebFailure, UnplayableSound) as error:
            return error
