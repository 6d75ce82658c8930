"""Our own link: JSON frames over one WebSocket, as `docs/reference/link.md` says."""
