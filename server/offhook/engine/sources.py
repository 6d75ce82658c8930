"""Sounds as the compiled engine takes them, the last ones kept ready."""

from collections import OrderedDict
from typing import Final

from offhook_engine import Source

from offhook.base.errors import PeerError
from offhook.base.media import Encoded, Silence, Sound, Tones

_LEVEL_DBM0: Final = -13.0
"""How loud each tone is: comfortable beside speech, and what exchanges send (ITU-T E.180)."""
_KEPT: Final = 64
_KEPT_BYTES: Final = 64_000_000


class Sources:
    """Makes sources of sounds. The same sound played to many legs is made once."""

    def __init__(self) -> None:
        self._made: OrderedDict[Sound, Source] = OrderedDict()
        self._bytes = 0

    def of(self, sound: Sound) -> Source:
        """The source of a sound.

        Raises:
            PeerError: the file is too large.
        """
        source = self._made.get(sound)
        if source is None:
            source = _make(sound)
            self._made[sound] = source
            self._bytes += _size(sound)
            self._forget_oldest()
        self._made.move_to_end(sound)
        return source

    def _forget_oldest(self) -> None:
        while len(self._made) > 1 and (len(self._made) > _KEPT or self._bytes > _KEPT_BYTES):
            oldest, _ = self._made.popitem(last=False)
            self._bytes -= _size(oldest)

    def __len__(self) -> int:
        """How many are kept ready."""
        return len(self._made)


def _size(sound: Sound) -> int:
    return len(sound.content) if isinstance(sound, Encoded) else 0


def _make(sound: Sound) -> Source:
    match sound:
        case Encoded():
            try:
                return Source.encoded(sound.content)
            except ValueError as error:
                raise PeerError(f"cannot play {sound.name}: {error}") from None
        case Tones():
            cadence = [
                ((*tone.hz, 0.0, 0.0)[0], (*tone.hz, 0.0, 0.0)[1], tone.seconds, _LEVEL_DBM0)
                for tone in sound.tones
            ]
            return Source.tones(cadence)
        case Silence():
            return Source.silence(sound.seconds)
