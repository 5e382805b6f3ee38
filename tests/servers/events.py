"""Eventarc for tests: what a storage server tells of uploads, delivered as CloudEvents until they are taken."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from servers.functions import Answered, post_to

FINALIZED = "google.cloud.storage.object.v1.finalized"
PAUSE = 0.2
"""Seconds between two deliveries of one event."""


class Events:
    """Delivers what is announced of objects in `bucket` to `url`, again and again until the answer is good.

    `token` makes what a caller shows. The first `copies` deliveries of each event are made at the same time.
    """

    def __init__(self, bucket: str, url: str, token: Callable[[], str]) -> None:
        self.answers: list[Answered] = []
        """Every answer, in the order they came."""
        self.copies = 1
        self._bucket = bucket
        self._url = urlsplit(url)
        self._token = token
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._open = 0
        self._closing = threading.Event()

    def announce(self, described: bytes) -> None:
        """Deliver the event of an object that was written, described as the service does; others are passed over."""
        if json.loads(described).get("bucket") == self._bucket:
            for _ in range(self.copies):
                self.deliver(described)

    def deliver(self, described: bytes, number: str | None = None) -> None:
        """Begin to deliver one event."""
        with self._changed:
            self._open += 1
        number = number or str(next(self._numbers))
        threading.Thread(target=self._deliver, args=(described, event_headers(id=number)), daemon=True).start()

    def wait(self, timeout: float = 60.0) -> None:
        """Wait until every event was taken. Raises `TimeoutError`, saying what was answered last."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._open, timeout):
                last = [(answer.status, answer.text) for answer in self.answers[-3:]]
                raise TimeoutError(f"{self._open} events are not delivered yet; last answers: {last}")

    def close(self) -> None:
        """Deliver no more."""
        self._closing.set()
        self.wait()

    def _deliver(self, described: bytes, headers: Mapping[str, str]) -> None:
        taken = False
        while not taken and not self._closing.is_set():
            try:
                told = {**headers, "Authorization": f"Bearer {self._token()}"}
                answer = post_to(self._url.hostname or "", self._url.port or 80, described, told)
            except (OSError, http.client.HTTPException):
                answer = Answered(0, "", {})
            taken = 200 <= answer.status < 300
            with self._changed:
                self.answers.append(answer)
            if not taken:
                self._closing.wait(PAUSE)
        with self._changed:
            self._open -= 1
            self._changed.notify_all()


def event_headers(**attributes: Any) -> Mapping[str, str]:
    """The attributes of an upload's event, some of them changed."""
    told = {
        "id": "1",
        "specversion": "1.0",
        "type": FINALIZED,
        "source": "//storage.googleapis.com/projects/_/buckets/exports",
        **attributes,
    }
    return {f"ce-{name}": value for name, value in told.items()}
