"""Figures as Prometheus reads them."""

from offhook.insights.metrics import Metrics
from prometheus_client.parser import text_string_to_metric_families


def samples(metrics: Metrics) -> dict[str, float]:
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            labels = ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_counts_are_kept_by_their_labels() -> None:
    metrics = Metrics()
    metrics.count("calls_started", {"dialect": "one"})
    metrics.count("calls_started", {"dialect": "one"})
    metrics.count("calls_started", {"dialect": "two"})
    metrics.count("calls_crashed")
    found = samples(metrics)
    assert found["offhook_calls_started_total{dialect=one}"] == 2
    assert found["offhook_calls_started_total{dialect=two}"] == 1
    assert found["offhook_calls_crashed_total"] == 1


def test_gauges_and_totals_are_read_on_scrape() -> None:
    metrics, legs = Metrics(), {"legs": 1}
    metrics.gauges("media", lambda: legs)
    metrics.totals("media", lambda: {"packets-in": 7})
    legs["legs"] = 5
    found = samples(metrics)
    assert found["offhook_media_legs"] == 5
    assert found["offhook_media_packets_in_total"] == 7


def test_the_number_of_label_values_is_bounded() -> None:
    metrics = Metrics()
    for number in range(3_000):
        metrics.count("tries", {"who": str(number)})
    metrics.count("tries", {"who": "0"})
    found = samples(metrics)
    assert len(found) == 2_000
    assert found["offhook_tries_total{who=0}"] == 2
