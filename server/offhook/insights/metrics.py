"""Counters and gauges in Prometheus' text format."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\Z")
_MOST_SERIES: Final = 2_000
"""Series of one server. Labels come from small sets; a mistake must not fill the memory."""

Read = Callable[[], Mapping[str, float]]


class Metrics(Collector):
    """Counts (`flow.ports.Metrics`), and reads gauges from their sources on each scrape."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self._counts: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}
        self._gauges: list[tuple[str, Read]] = []
        self._totals: list[tuple[str, Read]] = []

    def count(self, name: str, labels: Mapping[str, str] | None = None) -> None:
        """One more of `name`."""
        key = (name, tuple(sorted((labels or {}).items())))
        if key in self._counts or len(self._counts) < _MOST_SERIES:
            self._counts[key] = self._counts.get(key, 0) + 1

    def gauges(self, prefix: str, read: Read) -> None:
        """Show figures that go up and down, such as the legs there are, read when looked at."""
        self._gauges.append((prefix, read))

    def totals(self, prefix: str, read: Read) -> None:
        """Show figures that only go up, such as packets since the start, read when looked at."""
        self._totals.append((prefix, read))

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """All figures as metrics of `prometheus_client`."""
        yield from self._counted()
        for prefix, read in self._gauges:
            for name, value in sorted(read().items()):
                yield GaugeMetricFamily(_full(prefix, name), _help(prefix, name), value=value)
        for prefix, read in self._totals:
            for name, value in sorted(read().items()):
                yield CounterMetricFamily(_full(prefix, name), _help(prefix, name), value=value)

    def _counted(self) -> Iterator[Metric]:
        families: dict[tuple[str, tuple[str, ...]], CounterMetricFamily] = {}
        for (name, labels), value in sorted(self._counts.items()):
            names = tuple(label for label, _ in labels)
            family = families.get((name, names))
            if family is None:
                family = CounterMetricFamily(_full("", name), _help("", name), labels=names)
                families[name, names] = family
            family.add_metric([text for _, text in labels], value)
        yield from families.values()


def _full(prefix: str, name: str) -> str:
    joined = f"{prefix}_{name}" if prefix else name
    if not _NAME.match(joined):
        joined = re.sub(r"[^a-z0-9_]", "_", joined.lower())
    return f"offhook_{joined}"


def _help(prefix: str, name: str) -> str:
    return f"{prefix} {name}".replace("_", " ").strip().capitalize() + "."
