"""Persistent state: accounts and what they own, call records, pending callbacks."""
