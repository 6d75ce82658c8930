"""The media engine of offhook: who hears whom is said here, the sound itself never comes here.

`Engine` runs on threads with sockets; `World` holds simulated engines in virtual time. Both kinds are
asked in the same words (`Legs`) and tell the same events, which `events_of` reads.
"""

from offhook_engine._native import (
    Engine,
    Legs,
    NoSuchLeg,
    NotPlayable,
    SdpRefused,
    SimEngine,
    Source,
    World,
    __version__,
)
from offhook_engine.events import (
    Closed,
    Connected,
    DigitPressed,
    Event,
    Failed,
    LevelReport,
    MediaLost,
    MediaReport,
    MediaResumed,
    MediaStarted,
    MixerPlayFinished,
    Moved,
    PlayFinished,
    Reported,
    Speaking,
    StreamReport,
    event_of,
    events_of,
)

__all__ = [
    "Closed",
    "Connected",
    "DigitPressed",
    "Engine",
    "Event",
    "Failed",
    "Legs",
    "LevelReport",
    "MediaLost",
    "MediaReport",
    "MediaResumed",
    "MediaStarted",
    "MixerPlayFinished",
    "Moved",
    "NoSuchLeg",
    "NotPlayable",
    "PlayFinished",
    "Reported",
    "SdpRefused",
    "SimEngine",
    "Source",
    "Speaking",
    "StreamReport",
    "World",
    "__version__",
    "event_of",
    "events_of",
]
