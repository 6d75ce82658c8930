"""Asterisk's conferences beside ours: that of Debian's newest release, configured for the run."""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from peers import ENGINE_CORE, ROOT, SID, Generator, add, start
from sip import Caller

PROGRAM = SID / "usr/sbin/asterisk"
SIP_PORT = 15_060
BATCH = 100
MODULES = (
    "app_confbridge", "bridge_simple", "bridge_softmix", "chan_pjsip", "codec_opus_open_source",
    "codec_resample", "codec_ulaw", "func_channel", "pbx_config", "res_format_attr_opus",
    "res_pjproject", "res_pjsip", "res_pjsip_endpoint_identifier_anonymous", "res_pjsip_pubsub",
    "res_pjsip_sdp_rtp", "res_pjsip_session", "res_rtp_asterisk", "res_sorcery_astdb",
    "res_sorcery_config", "res_sorcery_memory", "res_srtp", "res_timing_timerfd",
)  # fmt: skip
DEFAULTS = ("acl", "ccss", "cdr", "cel", "features", "indications", "pjproject", "stasis", "udptl")
"""What it wants a file for, though all of it stays as it is."""
OPUS = "codec_opus_open_source.so"


def asterisk_version() -> str | None:
    """Its version; None where it is not to be had."""
    if not PROGRAM.exists():
        return None
    said = subprocess.run(
        [str(ROOT / "bench/asterisk-of-sid"), "-V"], capture_output=True, text=True, check=False
    )
    return said.stdout.strip().removeprefix("Asterisk ") or None


def has_opus() -> bool:
    """Whether it can encode Opus: its makers' codec is not free, so not every package has one."""
    return any((SID / "usr/lib").glob(f"*/asterisk/modules/{OPUS}"))


def configuration(folder: str, codec: str) -> dict[str, str]:
    """The files of a server on 127.0.0.1 whose extensions `room...` are conferences.

    Args:
        folder: Where they will be, as the server sees it.
        codec: `opus` or `PCMU`.
    """
    allowed, rate_hz = ("opus", 16_000) if codec == "opus" else ("ulaw", 8_000)
    names = ("astetcdir", "astvarlibdir", "astdbdir", "astspooldir", "astrundir", "astlogdir")
    return {f"{name}.conf": "" for name in DEFAULTS} | {
        "asterisk.conf": section("directories", **dict.fromkeys(names, folder))
        + section("options", nocolor="yes"),
        "modules.conf": section("modules", autoload="no")
        + "".join(f"load = {module}.so\n" for module in MODULES),
        "logger.conf": section("logfiles", console="error,warning"),
        "rtp.conf": section("general", rtpstart=10_000, rtpend=40_000, icesupport="no"),
        "pjsip.conf": section(
            "transport", type="transport", protocol="udp", bind=f"127.0.0.1:{SIP_PORT}"
        )
        + section(
            "anonymous", type="endpoint", context="rooms", disallow="all", allow=allowed,
            media_encryption="sdes", direct_media="no", timers="no", rtcp_mux="yes",
            media_address="127.0.0.1",
        ),
        "extensions.conf": section("rooms")
        + "exten = _room.,1,Answer()\nsame = n,ConfBridge(${EXTEN},rooms,members)\n",
        # What its own documentation recommends for large conferences is on: silence is not mixed.
        "confbridge.conf": section("general")
        + section("rooms", type="bridge", internal_sample_rate=rate_hz, mixing_interval=20)
        + section("members", type="user", quiet="yes", dsp_drop_silence="yes"),
    }  # fmt: skip


def section(name: str, **values: object) -> str:
    """One section of a file."""
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())


class Asterisk:
    """A server with conferences.

    Args:
        codec: The one that it allows.
    """

    name = "asterisk"

    def __init__(self, codec: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="asterisk-", dir=SID / "tmp"))
        inside = f"/{self.folder.relative_to(SID)}"
        for name, text in configuration(inside, codec).items():
            (self.folder / name).write_text(text)
        # It looks its host's name up, and asks the network where it does not find it.
        (SID / "etc/hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n")
        self.log = (ROOT / ".build/log/asterisk.log").resolve()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [str(ROOT / "bench/asterisk-of-sid"), "-f", "-C", f"{inside}/asterisk.conf"]
        with self.log.open("w") as log:
            self.process = start(ENGINE_CORE, command, stdin=None, stdout=log, stderr=log)
        self.caller = Caller(SIP_PORT)

    @property
    def pid(self) -> int:
        return self.process.pid

    def gather(
        self, generator: Generator, parties: int, codec: str, room: int, *, level: bool
    ) -> dict[str, Any]:
        """New parties in conferences of `room` members each."""
        spent: dict[str, Any] = {"connected": 0, "seconds": 0.0, "profiles": []}
        self.wait_until_ready()
        for first in range(0, parties, BATCH):
            numbers = range(first, min(parties, first + BATCH))
            offers = generator.do(
                "describe", count=len(numbers), codec=codec, setup="actpass", level=level,
                described_keys=True,
            )["sdp"]  # fmt: skip
            answers = self.caller.call([f"room{n // room}" for n in numbers], offers)
            add(spent, generator.do("connect", sdp=answers, limit_s=1))
        return spent

    def wait_until_ready(self) -> None:
        """Waits until it listens.

        Raises:
            RuntimeError: it does not.
        """
        for _ in range(100):
            if f":{SIP_PORT:04X} " in Path("/proc/net/udp").read_text():
                return
            time.sleep(0.1)
        raise RuntimeError(f"Asterisk does not listen; see {self.log}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.caller.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
