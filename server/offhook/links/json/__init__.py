"""Our own link: JSON frames over one WebSocket, as in `docs/reference/link.md`."""
