"""Lets hypothesis look long: a pytest plug-in (`-p nightly`) for `make fuzz`."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "nightly",
    max_examples=1_000,
    deadline=None,
    database=None,
    derandomize=False,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("nightly")
