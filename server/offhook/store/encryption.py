"""Encrypts what must not be read from a stolen database: AES-256-GCM under the node's key."""

import base64
import contextlib
import os
import secrets
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from offhook.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_NONCE: Final = struct.Struct(f"{_NONCE_BYTES}s")
_DRAWN: Final = 256
"""Nonces drawn at a time."""
_VERSION: Final = b"\x01"


class _Forks:
    """How many forks this process is away from the first one."""

    count = 0

    @classmethod
    def add(cls) -> None:
        """This process is a copy."""
        cls.count += 1


os.register_at_fork(after_in_child=_Forks.add)


class Cipher:
    """Encrypts and decrypts short secrets.

    An encrypted value is a version byte, a random nonce of 96 bits (NIST SP 800-38D §8.2.2) and the
    ciphertext with its tag. What the value is for is authenticated with it: a value moved
    to another row or column does not decrypt.
    """

    def __init__(self, key: bytes) -> None:
        """A cipher with this key.

        Args:
            key: 32 random bytes.

        Raises:
            UsageError: the key has another length.
        """
        if len(key) != _KEY_BYTES:
            raise UsageError(f"a node key must have {_KEY_BYTES} bytes, not {len(key)}")
        self._aead = AESGCM(key)
        self._nonces: Iterator[tuple[bytes]] = iter(())
        self._forks = 0

    def encrypt(self, plain: str, context: str) -> bytes:
        """Encrypt `plain`.

        Args:
            plain: The secret.
            context: What it is for, such as `account-secret:MA…`.
        """
        nonce = self._nonce()
        encrypted = self._aead.encrypt(nonce, plain.encode(), _VERSION + context.encode())
        return _VERSION + nonce + encrypted

    def _nonce(self) -> bytes:
        """Random bytes that were never used before."""
        # Drawn many at a time: a system call for each would take a third of the time of sealing.
        drawn = next(self._nonces, None) if self._forks == _Forks.count else None
        if drawn is None:
            # After a fork the parent has the rest of what was drawn.
            self._forks = _Forks.count
            self._nonces = _NONCE.iter_unpack(secrets.token_bytes(_DRAWN * _NONCE_BYTES))
            drawn = next(self._nonces)
        return drawn[0]

    def decrypt(self, encrypted: bytes, context: str) -> str:
        """The secret in `encrypted`.

        Raises:
            UsageError: it was encrypted with another key or for another context.
        """
        version, rest = encrypted[:1], encrypted[1:]
        nonce, ciphertext = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            if version != _VERSION:
                raise InvalidTag
            return self._aead.decrypt(nonce, ciphertext, _VERSION + context.encode()).decode()
        except (InvalidTag, ValueError):
            kind = context.partition(":")[0]
            raise UsageError(
                f"cannot decrypt a {kind}: the node key is not the one it was encrypted with;"
                " put back the key file that belongs to this database"
            ) from None


def node_key(path: Path) -> bytes:
    """The node's key; made, readable by its owner alone, when there is none yet.

    Args:
        path: Where the key is kept; its folder must exist.

    Raises:
        UsageError: the file is no key, or others may read it.
    """
    with contextlib.suppress(FileExistsError):
        _make(path)
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise UsageError(f"{path} can be read by others; run: chmod 600 {path}")
        text = file.read(256)
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise UsageError(f"{path} is no node key; put back the one that belongs to this database")
    return key


def _make(path: Path) -> None:
    # Written beside and linked into place, so that two first starts at once agree on one whole key.
    if path.exists():
        raise FileExistsError(path)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with open(os.open(beside, flags, 0o600), "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        beside.unlink(missing_ok=True)
