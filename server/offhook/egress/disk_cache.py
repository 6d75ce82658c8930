"""A cache directory that accounts share: bounded, consistent after a crash, readable by this user only."""

import contextlib
import hashlib
import itertools
import json
import os
import re
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

_NAMES: Final = itertools.count()
_KEY: Final = re.compile(r"[0-9a-f]{64}\Z")
_OWNER_LETTERS: Final = 16
_LONGEST_HEADER: Final = 4096


class DiskCache:
    """Files by account and key: a line of JSON about the content, its digest included, then the content."""

    def __init__(self, folder: Path | None, *, most_bytes: int = 500_000_000) -> None:
        """A cache.

        Args:
            folder: Where the files are, made when first needed; nothing to keep none.
            most_bytes: How much they may take together. When it is too much, the account that has most
                of it loses what it has not used for longest, so that an account within its equal
                share loses nothing.
        """
        self._folder = folder
        self._most = most_bytes

    def put(self, key: str, about: Mapping[str, object], content: bytes, *, account: str) -> None:
        """Keep `content`; a full disk or a missing folder is no error.

        Args:
            key: 64 lower-case hex digits.
            about: JSON values.
            content: What to keep.
            account: Who is charged for it, and finds it.
        """
        if self._folder is None or not _KEY.match(key) or len(content) > self._most:
            return
        metadata = {**about, "sha256": hashlib.sha256(content).hexdigest()}
        header = json.dumps(metadata).encode() + b"\n"
        beside = self._folder / f"new-{os.getpid()}-{next(_NAMES)}"
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                with open(os.open(beside, flags, 0o600), "wb") as file:
                    file.write(header + content)
                beside.replace(self._folder / (_owner(account) + key))
            finally:
                beside.unlink(missing_ok=True)
            self._tidy(self._folder)

    def get(self, key: str, *, account: str) -> tuple[Mapping[str, object], bytes] | None:
        """What the account keeps under `key`, metadata first; nothing if it is damaged."""
        if self._folder is None or not _KEY.match(key):
            return None
        path = self._folder / (_owner(account) + key)
        try:
            with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                header = file.readline(_LONGEST_HEADER)
                content = file.read(self._most + 1)
            about = json.loads(header)
            if about["sha256"] != hashlib.sha256(content).hexdigest():
                return None
            os.utime(path)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return cast("Mapping[str, object]", about), content

    def _tidy(self, folder: Path) -> None:
        found = [(entry.stat(), entry) for entry in os.scandir(folder) if entry.is_file()]
        used: Counter[str] = Counter()
        oldest: dict[str, deque[tuple[int, str]]] = {}
        for stat, entry in sorted(found, key=lambda one: one[0].st_mtime_ns):
            owner = entry.name[:_OWNER_LETTERS]
            used[owner] += stat.st_size
            oldest.setdefault(owner, deque()).append((stat.st_size, entry.path))
        total = used.total()
        while total > self._most:
            (largest, _), *_ = used.most_common(1)
            size, path = oldest[largest].popleft()
            Path(path).unlink(missing_ok=True)
            used[largest] -= size
            total -= size


def _owner(account: str) -> str:
    """The account in a file's name, where no letter of it can mean anything to a file system."""
    return hashlib.sha256(account.encode("utf-8", "surrogatepass")).hexdigest()[:_OWNER_LETTERS]
