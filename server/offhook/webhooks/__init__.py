"""Requests to users' web servers: documents, callbacks and the outbox that sends them."""
