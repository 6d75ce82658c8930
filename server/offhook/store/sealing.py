"""Seals values in the journal's file, so that a copy of it discloses nothing without the node's key."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Protocol


class Sealer(Protocol):
    """As `store.encryption.Cipher`."""

    def encrypt(self, plain: str, context: str) -> bytes:
        """Seal a text.

        Args:
            plain: The text.
            context: What it is for: it is opened for nothing else.
        """
        ...

    def decrypt(self, encrypted: bytes, context: str) -> str:
        """The text.

        Raises:
            UsageError: it was sealed with another key or for another context.
        """
        ...


def seal(text: bytes, context: str, sealer: Sealer) -> str:
    """JSON text as base64, sealed for `context`."""
    return base64.b64encode(sealer.encrypt(text.decode(), context)).decode()


def unseal(sealed: str, context: str, sealer: Sealer) -> Mapping[str, Any]:
    """The JSON object that `seal` was given.

    Raises:
        UsageError: it was sealed with another key or for another context.
    """
    found: Mapping[str, Any] = json.loads(sealer.decrypt(base64.b64decode(sealed), context))
    return found
