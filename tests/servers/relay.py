"""A relay before a store that stands in for a service: it counts what passes and can be told to fail.

    server.fail(refusal("write", 503), lost("write"), broken("read", after=100), spoilt("write"))
    ...
    server.counts["PUT", "write"], server.served

What a request is about, its kind, bucket and object, is for the relay of each service to say.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Self

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server", "expect"}
"""Headers that each leg of the way has of its own."""
_PIECE = 64 * 1024


class Asked(NamedTuple):
    """What a request is about. What is about a bucket itself is of the kind "bucket", and is not counted."""

    kind: str
    bucket: str
    name: str
    query: Mapping[str, str]


@dataclass(frozen=True)
class Request:
    """A request that came, and the answer it got."""

    method: str
    kind: str
    """write, read, list, stat, delete; `part` for the pieces of a resumable upload; `other` for patches, copies..."""
    bucket: str
    name: str
    query: Mapping[str, str]
    status: int
    """0: no answer."""
    served: int
    """Bytes of the answer's body."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the request said, names in lower case."""


@dataclass(frozen=True)
class Fault:
    """What happens to the next request of a kind instead of what should."""

    kind: str
    status: int = 0
    """Answered at once, with `headers` and `body`, and the request goes no further."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    cut: int | None = None
    """The answer's connection breaks after so many bytes of the body; with neither status nor cut, before any."""
    meanwhile: Callable[[], object] | None = None
    """Done before the answer is refused, or once the request has taken effect and before its answer is lost."""
    spoils: bool = False
    """A byte of the body turns over on the way, there or back."""


def refusal(kind: str, status: int, *, retry_after: str | None = None, body: bytes = b"{}") -> Fault:
    """An error as the service words it."""
    return Fault(kind, status, {"Retry-After": retry_after} if retry_after else {}, body)


def broken(kind: str, after: int) -> Fault:
    """A connection that breaks `after` so many bytes of the body."""
    return Fault(kind, cut=after)


def lost(kind: str, meanwhile: Callable[[], object] | None = None) -> Fault:
    """The request takes effect, its answer never comes."""
    return Fault(kind, meanwhile=meanwhile)


def spoilt(kind: str) -> Fault:
    """Bytes that are others when they arrive."""
    return Fault(kind, spoils=True)


class RelayServer:
    """The relay, on a free port. Shared safely by threads."""

    one_at_a_time: frozenset[str] = frozenset()
    """Kinds of requests of which the service behind is to see one at a time."""

    def __init__(self, upstream: str) -> None:
        self.requests: list[Request] = []
        self.looked_up: list[str] = []
        """Buckets that were asked about themselves."""
        self.delay = 0.0
        """Seconds that every answer is held back, as a network does."""
        self.watch: Callable[[str], object] | None = None
        """Told of every request, by kind and name, before it takes effect; where it says so, it goes nowhere."""
        self._faults: deque[Fault] = deque()
        self._lock = threading.Lock()
        self.turn = threading.Lock()
        self._server = _Relay(self, upstream)

    def understood(self, method: str, target: str, body: bytes) -> Asked:
        """What a request is about."""
        raise NotImplementedError

    def took_effect(self, asked: Asked, status: int, described: bytes) -> None:
        """Told of every write, with the words in which the service answered it, once that answer is out or lost."""

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """Requests since the last reset by method and kind."""
        return Counter((request.method, request.kind) for request in self.requests)

    @property
    def served(self) -> int:
        """Bytes of objects that were read since the last reset."""
        return sum(request.served for request in self.requests if request.kind == "read")

    def fail(self, *faults: Fault) -> None:
        """Let each fault happen once, to the next request of its kind."""
        with self._lock:
            self._faults.extend(faults)

    def forgive(self) -> None:
        """Let nothing more fail."""
        with self._lock:
            self._faults.clear()

    def reset(self) -> None:
        """Forget what was counted and what was to fail; buckets stay."""
        with self._lock:
            self._faults.clear()
            self.requests.clear()

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Relay until the block ends."""
        self._server.start()
        try:
            yield self
        finally:
            self._server.stop()

    def restart(self, away: float) -> None:
        """Break every connection, be gone for `away` seconds, and come back at the same address.

        Requests under way may have taken effect or not. What the service holds is as it was.
        """
        self._server.stop()
        time.sleep(away)
        self._server = _Relay(self, self._server.upstream, self._server.server_address[1])
        self._server.start()

    def next_fault(self, kind: str) -> Fault | None:
        """What is to happen to a request of this kind that came just now."""
        with self._lock:
            fault = next((fault for fault in self._faults if fault.kind == kind), None)
            if fault:
                self._faults.remove(fault)
            return fault


class _Relay(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, owner: RelayServer, upstream: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.owner, self.upstream = owner, upstream
        self.connections: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody any more, whoever is connected included."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed, or gave up waiting, is no fault of the relay's."""


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client, and one to the server behind."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = _PIECE
    server: _Relay

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)
        self.upstream = HTTPConnection(self.server.upstream, timeout=120)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        self.upstream.close()
        super().finish()

    def handle_expect_100(self) -> bool:
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def relay(self) -> None:
        owner = self.server.owner
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.asked = owner.understood(self.command, self.path, body)
        kind = self.asked.kind
        if kind != "bucket" and owner.watch and owner.watch(f"{kind} {self.asked.name}"):
            self.close_connection = True
            return
        fault = owner.next_fault(kind)
        if owner.delay:
            time.sleep(owner.delay)
        if fault and fault.status:
            if fault.meanwhile:
                fault.meanwhile()
            self.answer(fault.status, fault.headers, fault.body)
        else:
            self.pass_on(_turned(body) if fault and fault.spoils else body, fault)
        self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = relay  # noqa: N815 - as the base class calls them

    def pass_on(self, body: bytes, fault: Fault | None) -> None:
        owner = self.server.owner
        headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
        with owner.turn if self.asked.kind in owner.one_at_a_time else nullcontext():
            self.upstream.request(self.command, self.path, body, headers)
            response = self.upstream.getresponse()
        if fault and fault.cut is None and not fault.spoils:
            described = response.read()
            if fault.meanwhile:
                fault.meanwhile()
            self.close_connection = True
            self.note(0, 0)
            self.tell(response.status, described)
            return
        headers = {name: value for name, value in response.getheaders() if name.lower() not in _HOP}
        if self.asked.kind in {"write", "part"}:
            described = response.read()
            try:
                self.answer(response.status, headers, described)
            finally:  # whoever asked may be gone, and what they asked for stands
                self.tell(response.status, described)
        elif response.length is None or self.command == "HEAD":  # no length was named: say it ourselves
            length = response.getheader("Content-Length")
            self.answer(response.status, headers, response.read(), length=int(length) if length else None)
        elif fault and fault.spoils:
            self.answer(response.status, headers, _turned(response.read()))
        else:
            self.stream(response, response.length, headers, fault.cut if fault else None)

    def tell(self, status: int, described: bytes) -> None:
        """Tell the owner of a write that took effect."""
        if self.asked.kind in {"write", "part"}:
            self.server.owner.took_effect(self.asked, status, described)

    def stream(self, response: HTTPResponse, length: int, headers: Mapping[str, str], cut: int | None) -> None:
        left = length if cut is None else min(cut, length)
        self.close_connection |= left < length
        self.note(response.status, left)
        self.head(response.status, headers, length)
        while left:
            piece = response.read(min(_PIECE, left))
            left -= len(piece)
            self.wfile.write(piece)

    def answer(self, status: int, headers: Mapping[str, str], body: bytes, *, length: int | None = None) -> None:
        self.note(status, len(body))
        self.head(status, headers, len(body) if length is None else length)
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def note(self, status: int, served: int) -> None:
        """Keep what came, before its answer goes out: whoever has the answer finds it counted.

        What is about a bucket itself apart: Google's library looks each up in the background, for its own sake.
        """
        said = {name.lower(): value for name, value in self.headers.items()}
        if self.asked.kind == "bucket":
            self.server.owner.looked_up.append(self.asked.bucket)
        else:
            self.server.owner.requests.append(Request(self.command, *self.asked, status, served, said))

    def head(self, status: int, headers: Mapping[str, str], length: int) -> None:
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header, value)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: what came stands in `requests`."""


def _turned(body: bytes) -> bytes:
    return body[:-1] + bytes([body[-1] ^ 1]) if body else body
