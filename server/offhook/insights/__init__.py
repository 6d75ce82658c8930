"""What can be seen of a running server: counters and gauges for people who watch."""
