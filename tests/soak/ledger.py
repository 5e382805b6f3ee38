"""What is counted while a soak runs, and what model calls may have cost more than once by that."""

from __future__ import annotations

import json
import re
import threading
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

_NAME = re.compile(rb"\[([0-9a-f]{16})\]")
FORKING = 0.25
"""Seconds after a kill in which a request may still come in that the dead process had sent."""


class Answer(NamedTuple):
    """An answer of the model: to which request, and when it was asked for, by a clock that never goes back."""

    request: str
    at: float
    late: bool


class Kill(NamedTuple):
    """A process that was killed: of which function, whether with its master, and when it was dead."""

    function: str
    whole: bool
    at: float


@dataclass
class Ledger:
    """Told by everything that happens, from any thread."""

    answers: list[Answer] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    uploads: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    restarts: list[tuple[str, float]] = field(default_factory=list)
    """Servers that were gone for a while, and since when they were back."""
    kept: dict[str, float] = field(default_factory=dict)
    """When the answer at a key was first kept."""
    documents: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, request: str, *, late: bool) -> None:
        """The model answers, or will when nobody waits any more."""
        with self._lock:
            self.answers.append(Answer(request, time.monotonic(), late))

    def killed(self, function: str, *, whole: bool) -> None:
        """A process has just been killed."""
        with self._lock:
            self.kills.append(Kill(function, whole, time.monotonic()))

    def restarted(self, server: str) -> None:
        """A server is back."""
        with self._lock:
            self.restarts.append((server, time.monotonic()))

    def stored(self, described: bytes) -> None:
        """An object was written, as the storage service describes it."""
        name = str(json.loads(described)["name"])
        with self._lock:
            self.documents += name.startswith("documents/")
            if name.startswith("responses/"):
                self.kept.setdefault(name, time.monotonic())


class Calls(NamedTuple):
    """What the model was asked for: answers in all, those that were had before, and how many of these may be."""

    answers: int
    extra: int
    bound: int


def account(ledger: Ledger, responses: Mapping[str, bytes], refused: int) -> Calls:
    """Count the model's answers against what may have been lost.

    An answer may be lost where it came too late, where the process that waited for it was killed before it was kept, or
    the storage server went away meanwhile, or where one of the `refused` writes was the one that should have kept it.
    `responses` are the answers that were kept, by key.
    """
    kept = {name[1].decode(): ledger.kept[key] for key, data in responses.items() if (name := _NAME.search(data))}
    struck = sorted(
        [kill.at for kill in ledger.kills if kill.function == "process_window"]
        + [at for server, at in ledger.restarts if server == "storage"]
    )
    bound = refused
    for answer in ledger.answers:
        place = bisect_right(struck, answer.at - FORKING)
        lost = place < len(struck) and kept.get(answer.request, float("inf")) > struck[place]
        bound += lost or answer.late
    return Calls(len(ledger.answers), len(ledger.answers) - len({answer.request for answer in ledger.answers}), bound)
