"""What tasks are delivered to in tests: an HTTP server that answers as it is told and remembers what came."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from servers.tools import answering


@dataclass(frozen=True)
class Received:
    """A request as it came; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def name(self) -> str:
        """The task's own name."""
        return self.headers["x-cloudtasks-taskname"]


@dataclass(frozen=True)
class Reply:
    """An answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Target:
    """The server's address and what it has received. `respond` may be replaced at any time, and may take its time."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: list[Received] = []
        self.respond: Callable[[Received], Reply] = lambda _: Reply()
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    def bodies(self) -> list[str]:
        """The bodies of all requests, in the order they came."""
        with self._lock:
            return [received.body.decode() for received in self.received]

    def answer(self, received: Received) -> Reply:
        """Remember a request and answer it."""
        with self._lock:
            self.received.append(received)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return self.respond(received)
        finally:
            with self._lock:
                self._at_once -= 1


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


@contextmanager
def target() -> Iterator[Target]:
    """Run a target until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = made.answer(Received(self.path, headers, body))
            try:
                self.send_response(reply.status)
                for name, value in {"Content-Length": "0", **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
            except OSError:  # the caller has hung up
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """Keep quiet."""

    server = _Server(("127.0.0.1", 0), Handler)
    made = Target(f"http://127.0.0.1:{server.server_address[1]}/")
    with answering(server):
        yield made
