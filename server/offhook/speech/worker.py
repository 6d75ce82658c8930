"""The synthesis process: reads texts from a pipe, writes sound back; a crash of it ends no call.

Started as `python -m offhook.speech.worker` by `offhook.speech.process`, never by people.
"""

import contextlib
import json
import os
import sys
from array import array
from collections.abc import Sequence
from typing import BinaryIO, Final

from offhook.speech import espeak, ipc, wav
from offhook.speech.ssml import Pause

_MEMORY_BYTES: Final = 1 << 30
_FILES: Final = 64
_TAIL_S: Final = 0.1


def sound(pieces: Sequence[ipc.Piece], synthesiser: espeak.Synthesiser) -> bytes:
    """A WAV file of all pieces, one after the other."""
    samples: array[int] = array("h")
    for piece in [*pieces, Pause(_TAIL_S)]:
        if isinstance(piece, Pause):
            samples.frombytes(bytes(2 * round(piece.seconds * synthesiser.rate_hz)))
        else:
            samples.extend(synthesiser.speak(piece))
    rate_hz = synthesiser.rate_hz
    return wav.wav(wav.level(samples, rate_hz), rate_hz)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Serves requests until the pipe closes."""
    try:
        synthesiser = espeak.find()
    except espeak.NoVoice:
        answers.write(ipc.encode({"error": "no-voice"}))
        answers.flush()
        return
    answers.write(ipc.encode({"ready": type(synthesiser).__name__}))
    answers.flush()
    while len(head := requests.read(ipc.HEAD.size)) == ipc.HEAD.size:
        text, _ = ipc.lengths(head)
        request = json.loads(requests.read(text))
        made = sound(ipc.read_pieces(request["pieces"]), synthesiser)
        answers.write(ipc.encode({"number": request["number"]}, made))
        answers.flush()


def main() -> None:
    """Limits what the process can do besides synthesis."""
    # Not every system has limits to set, nor lets them be set so low.
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, _FILES))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    # Libraries print to standard output, which must not mix with the responses.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
