"""Fakes and a simulation for tests: calls in virtual time between simulated browsers and servers."""
