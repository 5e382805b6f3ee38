"""What an instance of a function opens on its first call, and not before: it is forked after its code was imported."""

from __future__ import annotations

import functools
import logging
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from egregora.logs import log_to

Opened = TypeVar("Opened")


def once(make: Callable[[], Opened]) -> Callable[[], Opened]:
    """What `make` makes for the first thread that asks, for all that ask; where it raises, the next one tries again."""
    lock, kept = threading.Lock(), functools.cache(make)

    def opened() -> Opened:
        with lock:
            return kept()

    return opened


@once
def log_to_stdout() -> logging.Handler:
    """Send the logs to where Cloud Logging reads them."""
    return log_to(logging.StreamHandler(sys.stdout))
