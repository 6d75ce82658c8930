"""Observability of a running server: logs, counters and gauges."""
