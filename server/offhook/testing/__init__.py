"""Whole calls in virtual time: simulated people, their devices, their networks and their web servers."""
