"""Kills, restarts and faults at a rate: what happens when is made up from a seed, before it begins."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException

import grpc

from servers import firestore, relay
from servers.stack import Stack
from soak.ledger import Ledger

Code = grpc.StatusCode

RATES = {"kill": 16.0, "storage": 12.0, "firestore": 10.0, "tasks": 6.0, "restart": 3.0, "twice": 6.0, "reprocess": 2.0}
"""How often in a minute."""
AIMS = {"process_window": 55, "slice_export": 20, "publish_site": 20, "reprocess": 5}
"""How often each function is hit by a kill, of a hundred."""
WHOLE = 0.15
"""The share of kills that end a whole instance, so that another starts from nothing."""


@dataclass(frozen=True)
class Strike:
    """One thing that happens, so many seconds after the beginning; `luck` decides on what exactly."""

    at: float
    kind: str
    luck: int


def strikes(rng: random.Random, seconds: float, rates: dict[str, float]) -> list[Strike]:
    """All that happens in `seconds`, in its order: of each kind as many as its rate says, at random moments."""
    made = [
        Strike(rng.uniform(0, seconds), kind, rng.getrandbits(32))
        for kind, rate in rates.items()
        for _ in range(round(rate * seconds / 60))
    ]
    return sorted(made, key=lambda strike: strike.at)


class Trouble:
    """Does to a stack what was made up for it, and tells the ledger."""

    def __init__(self, stack: Stack, ledger: Ledger) -> None:
        self._stack = stack
        self._ledger = ledger
        self._callers = ThreadPoolExecutor(4, "caller")
        self._calls: list[Future[None]] = []

    def run(self, planned: Sequence[Strike], stopping: threading.Event) -> None:
        """Strike at each moment, or as soon after as the one before is done. Returns when all of it is done."""
        begin = time.monotonic()
        with self._callers:
            for strike in planned:
                if stopping.wait(max(0.0, begin + strike.at - time.monotonic())):
                    break
                self._strike(strike.kind, random.Random(strike.luck))
        for call in self._calls:
            call.result()

    def _strike(self, kind: str, rng: random.Random) -> None:
        doing: dict[str, Callable[[random.Random], None]] = {
            "kill": self._kill,
            "storage": self._fail_storage,
            "firestore": self._fail_firestore,
            "tasks": self._fail_tasks,
            "restart": self._restart,
            "twice": self._deliver_twice,
            "reprocess": self._reprocess,
        }
        doing[kind](rng)

    def _kill(self, rng: random.Random) -> None:
        name = rng.choices(list(AIMS), list(AIMS.values()))[0]
        function = self._stack.functions[name]
        if rng.random() < WHOLE:
            function.now.kill()
            self._ledger.killed(name, whole=True)
            function.restart()
        else:
            while not function.now.kill_worker():  # one was killed a moment ago: the next is being forked
                time.sleep(0.01)
            self._ledger.killed(name, whole=False)

    def _fail_storage(self, rng: random.Random) -> None:
        for _ in range(rng.randint(1, 3)):
            kind = rng.choice(("read", "write", "list", "stat"))
            status = rng.choice((429, 500, 502, 503))
            faults = [relay.refusal(kind, status), relay.lost(kind), relay.broken("read", after=rng.randint(0, 2000))]
            self._stack.storage.fail(rng.choice(faults))
            self._ledger.faults["storage"] += 1

    def _fail_firestore(self, rng: random.Random) -> None:
        codes = (Code.ABORTED, Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED, Code.INTERNAL)
        for _ in range(rng.randint(1, 3)):
            how = rng.choice((firestore.refusal, firestore.lost))
            self._stack.firestore.fail(how(rng.choice(("Commit", "Commit", "BatchGetDocuments")), rng.choice(codes)))
            self._ledger.faults["firestore"] += 1

    def _fail_tasks(self, rng: random.Random) -> None:
        times, codes = rng.randint(1, 3), (Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED)
        self._stack.tasks.fail_creates(
            rng.choice(codes), times=times, moment="before" if rng.random() < 0.5 else "after"
        )
        self._ledger.faults["tasks"] += times

    def _restart(self, rng: random.Random) -> None:
        stack = self._stack
        servers = {"storage": stack.storage.restart, "firestore": stack.firestore.restart, "tasks": stack.tasks.restart}
        name = rng.choice(list(servers))
        servers[name](rng.uniform(0.2, 2.0))
        self._ledger.restarted(name)

    def _deliver_twice(self, rng: random.Random) -> None:
        times = rng.randint(1, 4)
        self._stack.tasks.deliver_twice(times)
        self._ledger.faults["delivered twice"] += times

    def _reprocess(self, rng: random.Random) -> None:
        """Call it as Cloud Scheduler does, which tries again another day where it is not answered."""

        def call() -> None:
            with suppress(OSError, HTTPException):
                self._stack.call("reprocess", rng.choice((b"{}", b'{"budget": false}')))

        self._calls.append(self._callers.submit(call))
