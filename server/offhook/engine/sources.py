"""Sounds as the compiled engine takes them, the last ones kept ready."""

from collections import OrderedDict
from typing import Final

from offhook_engine import NotPlayable, Source

from offhook.base.errors import PeerError
from offhook.base.media import Decoded, Encoded, Silence, Sound, Tones, UnplayableSound

_LEVEL_DBM0: Final = -13.0
"""How loud each tone is: comfortable beside speech, and what exchanges send (ITU-T E.180)."""
_KEPT: Final = 64
_KEPT_BYTES: Final = 64_000_000


def decoded(content: bytes, *, content_type: str, name: str, most_hz: int) -> Decoded:
    """Decode a sound file, as `egress.decoding.Decoder`; the interpreter goes on meanwhile.

    Args:
        content: The file.
        content_type: What its server calls it.
        name: What it is called.
        most_hz: The highest sampling rate that is kept.

    Raises:
        UnplayableSound: it cannot be played.
    """
    try:
        source = Source.encoded(content, content_type, name, most_hz)
    except NotPlayable as error:
        reason, sentence = error.args
        raise UnplayableSound(name, reason, sentence) from None
    return Decoded(
        name=name, seconds=source.seconds or 0.0, size_bytes=source.size_bytes, source=source
    )


class Sources:
    """Makes sources of sounds. The same sound played to many legs is made once."""

    def __init__(self) -> None:
        self._made: OrderedDict[Sound, Source] = OrderedDict()
        self._bytes = 0

    def of(self, sound: Sound) -> Source:
        """The source of a sound.

        Raises:
            PeerError: the file cannot be played.
        """
        if isinstance(sound, Decoded) and isinstance(sound.source, Source):
            return sound.source
        source = self._made.get(sound)
        if source is None:
            source = _make(sound)
            self._made[sound] = source
            self._bytes += source.size_bytes
            self._forget_oldest()
        self._made.move_to_end(sound)
        return source

    def _forget_oldest(self) -> None:
        while len(self._made) > 1 and (len(self._made) > _KEPT or self._bytes > _KEPT_BYTES):
            _, oldest = self._made.popitem(last=False)
            self._bytes -= oldest.size_bytes

    def __len__(self) -> int:
        """How many are kept ready."""
        return len(self._made)


def _make(sound: Sound) -> Source:
    match sound:
        case Encoded():
            try:
                return Source.encoded(sound.content)
            except NotPlayable as error:
                raise PeerError(f"cannot play {sound.name}: {error.args[1]}") from None
        case Decoded():
            raise PeerError(f"cannot play {sound.name}: it was decoded elsewhere")
        case Tones():
            cadence = [
                ((*tone.hz, 0.0, 0.0)[0], (*tone.hz, 0.0, 0.0)[1], tone.seconds, _LEVEL_DBM0)
                for tone in sound.tones
            ]
            return Source.tones(cadence)
        case Silence():
            return Source.silence(sound.seconds)
