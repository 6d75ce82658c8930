"""The protocol between server and synthesis worker: JSON requests, responses of JSON and sound."""

import json
import struct
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from offhook.speech.espeak import Utterance
from offhook.speech.ssml import Pause

HEAD: Final = struct.Struct(">II")
"""Length of the JSON, length of the sound."""
LONGEST_JSON: Final = 1_000_000
LONGEST_SOUND: Final = 20_000_000

Piece = Utterance | Pause


def encode(fields: dict[str, Any], sound: bytes = b"") -> bytes:
    """One message."""
    text = json.dumps(fields, separators=(",", ":")).encode()
    return HEAD.pack(len(text), len(sound)) + text + sound


def lengths(head: bytes) -> tuple[int, int]:
    """How much JSON and sound follow a head.

    Raises:
        ValueError: the lengths exceed the limits.
    """
    text, sound = HEAD.unpack(head)
    if text > LONGEST_JSON or sound > LONGEST_SOUND:
        raise ValueError("the other end of the pipe does not speak our language")
    return text, sound


def request(number: int, pieces: Sequence[Piece]) -> bytes:
    """A request to speak pieces one after the other."""
    encoded = [
        {"pause": piece.seconds} if isinstance(piece, Pause) else asdict(piece) for piece in pieces
    ]
    return encode({"number": number, "pieces": encoded})


def read_pieces(encoded: Sequence[dict[str, Any]]) -> list[Piece]:
    """The pieces that `request` encoded."""
    return [_piece(piece) for piece in encoded]


def _piece(piece: dict[str, Any]) -> Piece:
    if "pause" in piece:
        return Pause(piece["pause"])
    piece["names"] = tuple(piece["names"])
    return Utterance(**piece)
