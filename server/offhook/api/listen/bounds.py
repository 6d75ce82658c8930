"""All bounds of the listener in one place: sizes, counts, rates and times."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a peer may take before and while it is served.

    A connection is *unauthenticated* until it signs in. A *source* is an IPv4 address or
    an IPv6 /64. Trusted proxies have no bound of their own by source.

    Attributes:
        head_bytes: Request line and headers together.
        headers: Header fields of one request, trailers included.
        head_s: Seconds from the connection, or the first byte of a further request, until the head
            is complete. A TLS handshake is part of it.
        body_s: Seconds from the end of the head until the body is complete.
        body_wire_bytes: A body with its chunk framing, whether or not the application takes it.
        pipelined: Requests that may wait on a connection while one before them is served.
        idle_s: Seconds that a connection may be kept between requests.
        write_s: Seconds within which `write_bytes` of a full write buffer must have been read.
        write_bytes: See there; less counts as nothing.
        linger_s: Seconds that a connection may take to close once it is being closed.
        linger_bytes: Bytes that are dropped meanwhile, so that a refusal can still be read.
        sign_in_s: Seconds a WebSocket may take to sign in.
        message_s: Seconds that a WebSocket message may take from its first byte to its last.
        fragments: Frames of one WebSocket message.
        control_per_s: Pings and pongs of a WebSocket a second, in the long run.
        control_burst: Pings and pongs of a WebSocket at once.
        early_bytes: What a WebSocket may send ahead before it has signed in.
        ahead_bytes: The same once it has signed in; more than one read from the system.
        unauthenticated: Unauthenticated connections in all; half of all connections if that is less.
        per_source: Unauthenticated connections of one source.
        connections_per_s: New connections of one source a second, in the long run.
        connections_burst: New connections of one source at once.
        requests_per_s: Requests of one source that are not signed in a second, in the long run.
        requests_burst: Requests of one source that are not signed in, at once.
        per_turn: Connections accepted, and unauthenticated requests begun, in one turn of the event
            loop. Authenticated requests run in between.
        handshakes_per_turn: TLS handshakes begun in one turn of the event loop.
        log_s: Seconds between lines of the log that say what was refused.
    """

    head_bytes: int = 16_384
    headers: int = 100
    head_s: float = 10.0
    body_s: float = 10.0
    body_wire_bytes: int = 262_144
    pipelined: int = 16
    idle_s: float = 5.0
    write_s: float = 20.0
    write_bytes: int = 16_384
    linger_s: float = 2.0
    linger_bytes: int = 65_536
    sign_in_s: float = 30.0
    message_s: float = 10.0
    fragments: int = 64
    control_per_s: float = 2.0
    control_burst: int = 20
    early_bytes: int = 16_384
    ahead_bytes: int = 524_288
    unauthenticated: int = 1_024
    per_source: int = 128
    connections_per_s: float = 500.0
    connections_burst: int = 2_000
    requests_per_s: float = 200.0
    requests_burst: int = 2_000
    per_turn: int = 8
    handshakes_per_turn: int = 2
    log_s: float = 60.0
