"""The key under which handles are made: 32 random bytes in a file that only its owner reads."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from egregora.errors import Reject

SIZE = 32


def load_or_make_key(path: Path) -> bytes:
    """Read the key at `path`, or make one where there is none; of several makers at once, all get the same key.

    Raises `Reject` where the file holds anything but a key or cannot be read.
    """
    if not path.exists():
        _make(path)
    try:
        key = path.read_bytes()
    except OSError as error:
        raise Reject(f"the key at {path} cannot be read: {error.strerror}") from error
    if len(key) != SIZE:
        raise Reject(
            f"the key at {path} has {len(key)} bytes instead of {SIZE}: restore it from a copy;"
            " with a new one everybody would get another handle"
        )
    return key


def is_exposed(path: Path) -> bool:
    """Whether others than its owner may read or write the key at `path`."""
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _make(path: Path) -> None:
    """Put a whole new key in place, unless another maker is first."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(SIZE))
                file.flush()
                os.fsync(file.fileno())
            # A link, unlike a rename, fails where the name is taken.
            with contextlib.suppress(FileExistsError):
                os.link(new, path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise Reject(f"the key at {path} cannot be made: {error.strerror}") from error
