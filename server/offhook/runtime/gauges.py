"""Registers what `/metrics` reads from the parts of a running server."""

from offhook.api.serve import Listener
from offhook.insights.metrics import Metrics
from offhook.links.json.socket_server import SocketServer
from offhook.runtime.wiring import CallParts


def register(metrics: Metrics, calls: CallParts, sockets: SocketServer, listener: Listener) -> None:
    """Let `metrics` read them at each scrape."""
    links, router = sockets.links, calls.router
    metrics.gauges("calls", lambda: {"active": calls.dispatcher.calls})
    metrics.gauges("media", calls.engine.gauges)
    metrics.gauges("journal", calls.records.figures)
    metrics.totals("journal", lambda: {"dropped_entries": calls.records.dropped})
    metrics.gauges(
        "links",
        lambda: {
            "open": len(links),
            "connected": links.connected,
            "registered": len(router.registrations),
        },
    )
    metrics.totals(
        "links",
        lambda: {
            "calls": router.calls,
            "invitations": router.forking.invitations,
            "lost": router.continuity.losses,
            "resumed": router.continuity.returns,
            "denied": sockets.denied,
        },
    )
    metrics.gauges("connections", listener.admission.gauges)
    metrics.totals("connections_refused", listener.admission.totals)
    metrics.totals("media", calls.engine.totals)
