"""The model of a soak: the same answer to the same request, if it answers at all."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from hashlib import sha256

from gemini_server import Recorded, Reply, a_post, answer, dropped, rate_limited, said, slow, unavailable
from soak.ledger import Ledger

SPOILT = 29
"""One answer of so many is no JSON: the same in every run, so that every run asks for its repair."""
SLOWEST = 1.0
"""Seconds that an answer takes at most, unless it is late."""


class TroubledModel:
    """Answers requests, and tells the ledger of each answer.

    While `troubled`, answers take their time, and a share `rate` of requests fails; `patience` is how many seconds an
    answer is waited for.

    Answers bear the request's name, by which the ledger finds out whether they were kept.
    """

    def __init__(self, ledger: Ledger, rng: random.Random, *, rate: float, patience: float) -> None:
        self.troubled = True
        self._ledger = ledger
        self._rng = rng
        self._rate = rate
        self._late = patience + 2
        self._lock = threading.Lock()

    def __call__(self, request: Recorded) -> Reply:
        """What the server says."""
        fault, seconds = self._drawn()
        if fault:
            self._ledger.faults["model"] += 1
        if fault in _REFUSALS:
            return _REFUSALS[fault]
        name = sha256(said(request).encode()).hexdigest()[:16]
        self._ledger.answered(name, late=fault == "late")
        reply = _answer(request, name)
        return slow(reply, seconds)

    def _drawn(self) -> tuple[str, float]:
        """What is wrong, if anything is, and how long the answer takes."""
        with self._lock:
            if not self.troubled:
                return "", 0.0
            seconds = self._rng.uniform(0, SLOWEST)
            if self._rng.random() >= self._rate:
                return "", seconds
            fault = self._rng.choice((*_REFUSALS, "late"))
            return fault, self._late if fault == "late" else seconds


_REFUSALS = {
    "429": rate_limited(retry_after="1"),
    "429 in a while": rate_limited(retry_delay="3s"),
    "500": unavailable(500),
    "503": unavailable(),
    "no answer": dropped(),
}


def _answer(request: Recorded, name: str) -> Reply:
    first_try = len(request.body["contents"]) == 1
    if first_try and int(name, 16) % SPOILT == 0:
        return answer(f"{{no json [{name}]")
    post = a_post(request)
    if post is None:
        return answer({"language": "en", "summary": f"They talked [{name}]."})
    return replace(post, body=post.body.replace(b"It began.", f"It began [{name}].".encode()))
