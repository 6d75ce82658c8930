"""Everything over HTTP: the JSON API, the link's WebSocket, pages, health."""
