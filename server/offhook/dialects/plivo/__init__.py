"""Plivo XML, its webhooks and its words."""
