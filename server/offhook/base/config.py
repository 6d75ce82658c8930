"""All settings of a server in one place: what they are called, what they may be, where they come from."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from offhook.base.container_links import is_container_link
from offhook.base.errors import UsageError
from offhook.base.hosts import Hosts, host_of

PREFIX: Final = "OFFHOOK_"
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off", ""})
_UNSPECIFIED: Final = frozenset(str(ipaddress.ip_address(zero)) for zero in (bytes(4), bytes(16)))
HOLD_MUSIC: Final = ("built-in", "off")
_LEVELS: Final = ("debug", "info", "warning", "error")
# RFC 6454 section 6.2; a page of a file has no host (`file://`).
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@\\]*", re.IGNORECASE)
_WEB_URL: Final = re.compile(
    r"https?://(\[[0-9a-f:.]+\]|[^\s/?#@\\\[\]]+)(:\d+)?(/[^\s?#]*)?", re.IGNORECASE
)
_FORMATS: Final = ("auto", "text", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings of one server.

    Each can be given in a TOML file under its own name, in the environment in capitals after
    `OFFHOOK_` (lists with commas), or as a flag with dashes; the later of these wins.

    Attributes:
        data_dir: Where the node key and the embedded database live; `default_directory` unless given.
        database_url: `postgresql://user:password@host/name`; empty for SQLite in `data_dir`.
        listen: Address for HTTP and links.
        port: TCP port for HTTP and links, 0 to 65535; 0 lets the system choose.
        tls_cert: Certificate chain, a PEM file. Needed on any address but loopback.
        tls_key: Its private key, a PEM file.
        insecure_http: Plain HTTP on any address; browsers then give no microphone.
        public_url: Where people reach the server; empty for its own address.
        media_listen: Addresses for media; empty for `listen`.
        media_port: UDP and TCP port of the first media worker; 0 lets the system choose.
        public_address: Addresses advertised to browsers in place of `media_listen`, when behind a NAT.
        workers: Media threads, 1 to 64.
        trusted_proxies: Addresses of what stands in front, whose `X-Forwarded-For` is believed.
        allowed_origins: Further web origins whose pages may log in, as `https://app.example`.
        webhook_allow: Hosts and networks that applications may have although they are private.
        demo: Make and serve the demonstration, if the server is new.
        hold_music: What a party hears that is held: `built-in` or `off`.
        conference_speakers: How many speakers of a conference are mixed at once, 1 to 10.
        simulated_carrier: Telephone numbers without a carrier, for development: `off`, `built-in`, a TOML or
            JSON file with a table of numbers, or `auto`: the built-in ones with the demonstration.
        stun_urls: STUN servers for browsers, as `stun:stun.example:3478`; never our own media ports.
        turn_urls: TURN servers for browsers, as `turn:turn.example:3478?transport=udp`.
        turn_secret: What those servers' credentials are made with (coturn's `static-auth-secret`).
        turn_ttl_s: Seconds that credentials are good for, 60 to 604800.
        samples_days: Days that the quality samples of calls are kept, 1 to 3650.
        recordings_days: Days that recordings are kept, 1 to 3650.
        recordings_login: The sound of a recording is given only to its account, not to all who know its link.
        max_calls: Calls at once, 1 to 100000.
        media_recovery_s: Seconds that a call may be without a path for its audio while its page is
            connected, 5 to 600; then it ends.
        restart_wait_s: Seconds that a link and its calls wait for their page, after a lost socket and after a
            restart, 5 to 600; a server that was away for longer has lost them.
        max_connections: Connections for HTTP and links at once, up to 65536; 0 for three quarters of
            the descriptors that the process may have. Half of them are kept for those signed in.
        max_connections_per_address: Connections that one IPv4 address or IPv6 /64 may have before
            sign-in, 8 to 65536; for trusted proxies there is no such limit.
        drain_s: Seconds that calls may go on when the server is stopped.
        log_level: `debug`, `info`, `warning` or `error`.
        log_format: `text` for people, `json` for programs; `auto` is text on a terminal, else JSON.
    """

    data_dir: Path = field(default_factory=lambda: default_directory({}))
    database_url: str = ""
    listen: str = "127.0.0.1"
    port: int = 8480
    tls_cert: str = ""
    tls_key: str = ""
    insecure_http: bool = False
    public_url: str = ""
    media_listen: tuple[str, ...] = ()
    media_port: int = 0
    public_address: tuple[str, ...] = ()
    workers: int = 1
    trusted_proxies: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    webhook_allow: tuple[str, ...] = ()
    demo: bool = True
    hold_music: str = "built-in"
    conference_speakers: int = 3
    simulated_carrier: str = "auto"
    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = field(default="", repr=False)
    turn_ttl_s: float = 86_400.0
    samples_days: float = 30.0
    recordings_days: float = 30.0
    recordings_login: bool = False
    max_calls: int = 2_000
    media_recovery_s: float = 30.0
    restart_wait_s: float = 60.0
    max_connections: int = 0
    max_connections_per_address: int = 128
    drain_s: float = 30.0
    log_level: str = "info"
    log_format: str = "auto"

    def __post_init__(self) -> None:
        """Reject invalid settings, and say what would be valid."""
        self._within("port", 0, 65_535)
        self._within("media_port", 0, 65_535)
        self._within("workers", 1, 64)
        self._within("max_calls", 1, 100_000)
        self._within("conference_speakers", 1, 10)
        self._within("media_recovery_s", 5, 600)
        self._within("restart_wait_s", 5, 600)
        self._within("max_connections", 0, 65_536)
        self._within("max_connections_per_address", 8, 65_536)
        self._within("drain_s", 0, 86_400)
        self._within("turn_ttl_s", 60, 604_800)
        self._within("samples_days", 1, 3_650)
        self._within("recordings_days", 1, 3_650)
        if self.hold_music not in HOLD_MUSIC:
            raise UsageError(f"hold_music must be one of {', '.join(HOLD_MUSIC)}")
        self._check_turn()
        if self.media_port and self.media_port + self.workers - 1 > 65_535:
            raise UsageError(f"media_port must leave room for {self.workers} workers below 65536")
        if self.log_level not in _LEVELS:
            raise UsageError(f"log_level must be one of {', '.join(_LEVELS)}")
        if self.log_format not in _FORMATS:
            raise UsageError(f"log_format must be one of {', '.join(_FORMATS)}")
        for name in ("listen", "media_listen", "public_address", "trusted_proxies"):
            value = getattr(self, name)
            for address in (value,) if isinstance(value, str) else value:
                _address(name, address)
        self._check_tls()
        self._check_urls()
        if str(self.data_dir) in ("", "."):
            raise UsageError("data_dir must name a directory of its own")
        if any(_is_any(address) for address in self.public_address):
            raise UsageError("public_address must be an address that browsers can send to")
        if not self.public_address and any(_is_any(a) for a in self.media_addresses):
            raise UsageError(
                "public_address must say where browsers reach the media: "
                "no browser can send to an address like 0.0.0.0"
            )

    def _within(self, name: str, least: int, most: int) -> None:
        value = getattr(self, name)
        if not least <= value <= most:
            raise UsageError(f"{name} must be {least} to {most}, not {value}")

    def _check_turn(self) -> None:
        if bool(self.turn_urls) != bool(self.turn_secret):
            raise UsageError("turn_urls and turn_secret must be given together")
        for url in self.turn_urls:
            if not url.startswith(("turn:", "turns:")) or any(c.isspace() for c in url):
                raise UsageError(f"turn_urls must be like turn:host:port, not {url!r}")

    def _check_tls(self) -> None:
        if bool(self.tls_cert) != bool(self.tls_key):
            raise UsageError("tls_cert and tls_key must be given together")
        if not self.loopback and not self.tls_cert and not self.insecure_http:
            raise UsageError(
                f"plain HTTP is only for loopback, not for {self.listen}: browsers would give no "
                "microphone and passwords could be read; give tls_cert and tls_key, "
                "or insecure_http if something in front speaks TLS"
            )

    def _check_urls(self) -> None:
        for origin in self.allowed_origins:
            if origin not in ("*", "null") and not _ORIGIN.fullmatch(origin):
                raise UsageError(
                    "allowed_origins must be like https://app.example, without a path, or *, "
                    f"not {origin!r}"
                )
        if self.public_url and not _WEB_URL.fullmatch(self.public_url):
            raise UsageError(
                f"public_url must be like https://calls.example, not {self.public_url!r}"
            )
        for url in self.stun_urls:
            if not url.startswith(("stun:", "stuns:")) or any(c.isspace() for c in url):
                raise UsageError(f"stun_urls must be like stun:host:port, not {url!r}")

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return ipaddress.ip_address(self.listen).is_loopback

    @property
    def media_addresses(self) -> tuple[str, ...]:
        """Where media is bound."""
        return self.media_listen or (self.listen,)

    @property
    def hosts(self) -> Hosts:
        """Host names and addresses that mean this server."""
        own = (self.listen, *self.media_addresses, *self.public_address, host_of(self.public_url))
        return Hosts.of(each for each in own if each not in _UNSPECIFIED)

    @property
    def database(self) -> str:
        """The URL of the database."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'offhook.db'}"

    @property
    def key_file(self) -> Path:
        """Where the node key is."""
        return self.data_dir / "node.key"

    @property
    def database_file(self) -> Path | None:
        """The file of an embedded database; nothing for a database server."""
        kind, _, path = self.database.partition(":///")
        return Path(path) if kind.startswith("sqlite") else None


def default_directory(environment: Mapping[str, str]) -> Path:
    """Where a server keeps its data by default: independent of the directory it starts in.

    systemd names the directory of a unit's `StateDirectory=`. For everyone else it is the user's data
    directory (XDG Base Directory Specification 0.8: a relative `XDG_DATA_HOME` is ignored).

    Raises:
        UsageError: this user has no home directory.
    """
    state = environment.get("STATE_DIRECTORY", "").split(":")[0]
    if state.startswith("/"):
        return Path(state)
    data = environment.get("XDG_DATA_HOME", "")
    if data.startswith("/"):
        return Path(data) / "offhook"
    home = environment.get("HOME", "")
    try:
        return (Path(home) if home else Path.home()) / ".local" / "share" / "offhook"
    except RuntimeError:
        raise UsageError("this user has no home directory: say where with data_dir") from None


def merged(
    file: Mapping[str, object], environment: Mapping[str, str], flags: Mapping[str, object]
) -> Config:
    """The settings that the three sources make together.

    Args:
        file: A parsed TOML file.
        environment: All variables of the process; those of other names are passed over, and so are
            those that Kubernetes sets for a service called `offhook`.
        flags: What was given on the command line; nothing stands for a flag that was not.

    Raises:
        UsageError: a setting is unknown or makes no sense; the message names it and its source.
    """
    kinds = {each.name: each.type for each in fields(Config)}
    values: dict[str, Any] = {}
    for name, value in file.items():
        if name not in kinds:
            raise UsageError(f"the configuration file has no setting {name!r}")
        values[name] = _typed(name, value, kinds[name], "the configuration file")
    for variable, text in environment.items():
        name = variable.removeprefix(PREFIX).lower()
        if variable.startswith(PREFIX) and not is_container_link(variable, text):
            if name not in kinds:
                raise UsageError(f"there is no setting for the variable {variable}")
            values[name] = _typed(name, text, kinds[name], variable)
    for name, value in flags.items():
        if value is not None and value != ():
            flag = f"--{name.replace('_', '-')}"
            values[name] = _typed(name, value, kinds[name], flag)
    if "data_dir" not in values:
        values["data_dir"] = default_directory(environment)
    return Config(**values)


def _typed(name: str, value: object, kind: object, source: str) -> object:
    """`value` as the setting's type, whether it came as text or as a value."""
    try:
        if kind is bool:
            return _boolean(value)
        if kind is int or kind is float:
            return _figure(value, kind)
        if kind == tuple[str, ...]:
            parts = value.split(",") if isinstance(value, str) else value
            return tuple(str(part).strip() for part in parts if str(part).strip())  # type: ignore[union-attr]
        if not isinstance(value, str | Path):
            raise ValueError("must be text")
        return Path(value) if kind is Path else str(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name} ({source}): {error}") from None


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text not in _TRUE | _FALSE:
        raise ValueError("must be true or false")
    return text in _TRUE


def _figure(value: object, kind: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be a number")
    if kind is int:
        if isinstance(value, float):
            raise ValueError("must be a whole number")
        return int(value)
    return float(value)


def _address(name: str, text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise UsageError(f"{name} must be an IPv4 or IPv6 address, not {text!r}") from None


def _is_any(text: str) -> bool:
    return ipaddress.ip_address(text).is_unspecified
