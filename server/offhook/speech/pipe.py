"""What our process and the worker's say to each other: requests in JSON, answers with sound behind them."""

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


def write(words: dict[str, Any], sound: bytes = b"") -> bytes:
    """One message."""
    text = json.dumps(words, separators=(",", ":")).encode()
    return HEAD.pack(len(text), len(sound)) + text + sound


def lengths(head: bytes) -> tuple[int, int]:
    """How much JSON and sound follow a head.

    Raises:
        ValueError: more than anybody would send.
    """
    text, sound = HEAD.unpack(head)
    if text > LONGEST_JSON or sound > LONGEST_SOUND:
        raise ValueError("the other end of the pipe does not speak our language")
    return text, sound


def request(number: int, pieces: Sequence[Piece]) -> bytes:
    """Asks for pieces to be spoken one after the other."""
    spelled = [
        {"pause": piece.seconds} if isinstance(piece, Pause) else asdict(piece) for piece in pieces
    ]
    return write({"number": number, "pieces": spelled})


def read_pieces(spelled: Sequence[dict[str, Any]]) -> list[Piece]:
    """The pieces that `request` spelled."""
    return [_piece(piece) for piece in spelled]


def _piece(piece: dict[str, Any]) -> Piece:
    if "pause" in piece:
        return Pause(piece["pause"])
    piece["names"] = tuple(piece["names"])
    return Utterance(**piece)
