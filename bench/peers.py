"""The processes of a measurement: the generator, our engine and rtpengine, each pinned to a core."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self, TextIO

ROOT = Path(__file__).resolve().parent.parent
SID = ROOT / ".build/sid"
"""A folder with Debian's newest release, in which `tools/packages bench` installs the peers of today."""
GENERATOR_CORE, ENGINE_CORE = 0, 1
"""The generator's core and that of the engine under test."""
GCM, COUNTER_MODE = "AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_80"
"""What browsers of today and both engines agree on, and what older clients have."""
BATCH = 100
"""Calls set up at a time, so that no handshake waits long enough to be repeated."""


def may_be_preferred() -> bool:
    """Whether we may ask to run before others, so that a busy machine disturbs less."""
    asked = subprocess.run(["nice", "-n", "-15", "true"], capture_output=True, check=False)
    return asked.returncode == 0 and not asked.stderr


PREFERRED = may_be_preferred()


class Precedence:
    """How processes are started: see `--realtime`."""

    realtime = False


def start(
    core: int, command: list[str], *, stdin: int | None, stdout: int | TextIO, stderr: TextIO | None
) -> subprocess.Popen[str]:
    """Starts the command on that core, where there is one and `taskset` to ask for it."""
    if shutil.which("taskset") and core < (os.cpu_count() or 1):
        command = ["taskset", "-c", str(core), *command]
    if Precedence.realtime:
        command = ["chrt", "-f", "5", *command]
    elif PREFERRED:
        command = ["nice", "-n", "-15", *command]
    process = subprocess.Popen(
        command,
        text=True,
        cwd=ROOT,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=PREFERRED,
    )
    # Linux weighs whole groups against each other before it looks at niceness within one.
    group = Path(f"/proc/{process.pid}/autogroup")
    if PREFERRED and group.exists():
        group.write_text("-15")
    return process


class Process:
    """A program that obeys JSON orders, line by line."""

    def __init__(self, core: int, command: list[str]) -> None:
        self.process = start(
            core, command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def do(self, what: str, **rest: object) -> dict[str, Any]:
        """Gives an order and waits for what comes of it."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"do": what, **rest}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "it ended"}')
        if "error" in answer:
            raise RuntimeError(f"{what}: {answer['error']}")
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Generator(Process):
    """Simulated browsers that offer one SRTP profile."""

    def __init__(self, profile: str = GCM) -> None:
        program = ROOT / "target/release/offhook-generator"
        super().__init__(GENERATOR_CORE, [str(program), profile])


class Offhook(Process):
    """Our engine, driven by Python as users drive it.

    Args:
        complexity: That of its Opus encoders, whatever the load; else it falls with load.
    """

    name = "offhook"

    def __init__(self, complexity: int | None = None) -> None:
        fixed = [] if complexity is None else [str(complexity)]
        super().__init__(ENGINE_CORE, [sys.executable, "bench/under_test.py", *fixed])

    def set_up(self, generator: Generator, calls: int, a: str, b: str) -> dict[str, Any]:
        """New calls between a party with codec `a` and one with codec `b`."""
        spent: dict[str, Any] = {"connected": 0, "seconds": 0.0, "profiles": []}
        for first in range(0, calls, BATCH):
            offers: list[str] = []
            for _ in range(min(BATCH, calls - first)):
                for codec in (a, b):
                    # As with rtpengine, the engine is the server of the handshake.
                    offers += generator.do("describe", count=1, codec=codec, setup="active")["sdp"]
            answers = self.do("calls", sdp=offers)["sdp"]
            add(spent, generator.do("connect", sdp=answers, limit_s=30))
        return spent

    def place(
        self,
        generator: Generator,
        parties: int,
        codec: str,
        *,
        level: bool = False,
        events: bool = False,
    ) -> dict[str, Any]:
        """New parties, each alone."""
        spent: dict[str, Any] = {"connected": 0, "seconds": 0.0, "profiles": []}
        for first in range(0, parties, BATCH):
            offers = generator.do(
                "describe",
                count=min(BATCH, parties - first),
                codec=codec,
                setup="active",
                level=level,
                events=events,
            )["sdp"]
            answers = self.do("legs", sdp=offers)["sdp"]
            add(spent, generator.do("connect", sdp=answers, limit_s=30))
        return spent

    def gather(
        self, generator: Generator, parties: int, codec: str, room: int, *, level: bool
    ) -> dict[str, Any]:
        """New parties in conferences of `room` members each."""
        spent = self.place(generator, parties, codec, level=level)
        self.do("confer", room=room)
        return spent

    def play(self, path: str, *, spread_s: float = 0.0, stop_on_digit: bool = False) -> None:
        """Plays a file to each party again and again, from moments that lie that long apart in all."""
        self.do("play", path=path, spread_s=spread_s, stop_on_digit=stop_on_digit)

    def forget(self) -> None:
        self.do("forget")


def rtpengine() -> list[str] | None:
    """How to start rtpengine: today's, from the folder, else the one that is installed; None without one."""
    if (SID / "usr/bin/rtpengine").exists():
        return [str(ROOT / "bench/rtpengine-of-sid")]
    return ["rtpengine"] if shutil.which("rtpengine") else None


def rtpengine_version() -> str | None:
    """Its version, if there is one."""
    program = rtpengine()
    if program is None:
        return None
    said = subprocess.run([*program, "--version"], capture_output=True, text=True, check=False)
    return (said.stdout + said.stderr).strip().removeprefix("Version: ")


class Rtpengine:
    """Debian's rtpengine, userspace only, by its `ng` protocol (bencode or JSON over UDP)."""

    name = "rtpengine"

    def __init__(self, port: int = 22_222) -> None:
        command = [
            *(rtpengine() or ["rtpengine"]), "--foreground", "--log-stderr", "--log-level=3", "--table=-1",
            "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{port}", "--num-threads=1",
            "--port-min=10000", "--port-max=40000", "--dtls-cert-cipher=prime256v1", "--config-file=none",
        ]  # fmt: skip
        self.log = (ROOT / ".build/log/rtpengine.log").resolve()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("w") as log:
            self.process = start(ENGINE_CORE, command, stdin=None, stdout=log, stderr=log)
        self.ng = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.ng.connect(("127.0.0.1", port))
        self.ng.settimeout(2.0)
        self.cookie = 0
        self.calls: list[str] = []
        for _ in range(50):
            try:
                self.ask(command="ping")
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"rtpengine does not answer; see {self.log}")

    @property
    def pid(self) -> int:
        return self.process.pid

    def ask(self, **order: object) -> dict[str, Any]:
        """One command and its answer."""
        self.cookie += 1
        cookie = f"bench{self.cookie}"
        self.ng.send(f"{cookie} {json.dumps(order)}".encode())
        while True:
            got, _, answer = self.ng.recv(65_535).partition(b" ")
            if got.decode() == cookie:
                parsed = json.loads(answer)
                if parsed.get("result") not in {"ok", "pong"}:
                    raise RuntimeError(f"rtpengine refused {order['command']}: {parsed}")
                return parsed

    def set_up(self, generator: Generator, calls: int, a: str, b: str) -> dict[str, Any]:
        """New calls between a party with codec `a` and one with codec `b`."""
        spent: dict[str, Any] = {"connected": 0, "seconds": 0.0, "profiles": []}
        for first in range(0, calls, BATCH):
            answers: list[str] = []
            for _ in range(min(BATCH, calls - first)):
                answers += self.call(generator, a, b)
            add(spent, generator.do("connect", sdp=answers, limit_s=30))
        return spent

    def call(self, generator: Generator, a: str, b: str) -> list[str]:
        """One call: what the engine says to its two parties."""
        name = f"call{len(self.calls)}-{self.cookie}"
        self.calls.append(name)
        (offer,) = generator.do("describe", count=1, codec=a, setup="actpass")["sdp"]
        (answer,) = generator.do("describe", count=1, codec=b, setup="active")["sdp"]
        terms: dict[str, Any] = {
            "call-id": name,
            "ICE": "force",
            "ICE-lite": "both",
            "DTLS": "passive",
            "transport-protocol": "UDP/TLS/RTP/SAVPF",
            "rtcp-mux": ["offer", "require"],
            "replace": ["origin"],
        }
        if a != b:
            terms["codec"] = {"mask": [a], "transcode": [b]}
        to_b = self.ask(command="offer", sdp=offer, **{"from-tag": "a"}, **terms)["sdp"]
        del terms["rtcp-mux"]
        terms.pop("codec", None)
        to_a = self.ask(command="answer", sdp=answer, **{"from-tag": "a", "to-tag": "b"}, **terms)
        return [to_a["sdp"], to_b]

    def forget(self) -> None:
        while self.calls:
            self.ask(command="delete", **{"call-id": self.calls.pop(), "delete-delay": 0})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ng.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


Peer = Offhook | Rtpengine


def add(spent: dict[str, Any], part: dict[str, Any]) -> None:
    """Adds what one batch took; a call that never came about makes all figures worthless."""
    if part["missing"]:
        raise RuntimeError(f"{part['missing']} parties never connected")
    spent["connected"] += part["connected"]
    spent["seconds"] += part["seconds"]
    spent["profiles"] = part["profiles"]


def resident_kb(pid: int) -> int:
    """Memory of a process that is really there, in kB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def cpu_s(pid: int) -> float:
    """CPU time a process took, user and system, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
