"""Cloud Storage for tests: fake-gcs-server behind a relay that counts what passes and can be told to fail.

    with storage_server() as server:
        blobs = GcsBlobs(server.make_bucket(), client=server.client())
        server.fail(refusal("write", 503), lost("write"))
        ...
        server.counts["POST", "write"], server.served

A process is pointed at it by `server.environment`. It keeps preconditions of uploads and copies, but not those of
deletes and patches; what a delete asked for stands in `server.requests`.
"""

from __future__ import annotations

import atexit
import itertools
import json
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote, urlsplit

from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client  # type: ignore[import-untyped]

from servers.tools import free_port, go_program, serving

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
"""Headers that each leg of the way has of its own."""
_PIECE = 64 * 1024
_NAME = re.compile(rb'"name": *("(?:[^"\\\\]|\\\\.)*")')
"""The object's name in what comes before its bytes in one request."""
_NOBODY = AnonymousCredentials()  # type: ignore[no-untyped-call]


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


@dataclass(frozen=True)
class Fault:
    """What happens to the next request of a kind instead of what should."""

    kind: str
    status: int = 0
    """Answered at once, with `headers`, and the request goes no further."""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    """The answer's connection breaks after so many bytes of the body; with neither status nor cut, before any."""
    meanwhile: Callable[[], object] | None = None
    """Done before the answer is refused, or once the request has taken effect and before its answer is lost."""


def refusal(kind: str, status: int, *, retry_after: str | None = None) -> Fault:
    """An error as the service words it."""
    return Fault(kind, status, {"Retry-After": retry_after} if retry_after else {})


def broken(kind: str, after: int) -> Fault:
    """A connection that breaks `after` so many bytes of the body."""
    return Fault(kind, cut=after)


def lost(kind: str, meanwhile: Callable[[], object] | None = None) -> Fault:
    """The request takes effect, its answer never comes."""
    return Fault(kind, meanwhile=meanwhile)


class StorageServer:
    """The relay, on a free port. Shared safely by threads."""

    def __init__(self, upstream: str) -> None:
        self.requests: list[Request] = []
        self.delay = 0.0
        """Seconds that every answer is held back, as a network does."""
        self.watch: Callable[[str], object] | None = None
        """Told of every request, by kind and name, before it takes effect; where it says so, it goes nowhere."""
        self.finalized: Callable[[bytes], object] | None = None
        """Told of every object that was written, in the words in which the service describes it: JSON."""
        self._faults: deque[Fault] = deque()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._server = _Relay(self, upstream)

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """What Google's library must find in a process's environment to come here, without credentials."""
        return {"STORAGE_EMULATOR_HOST": self.url}

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """Requests since the last reset by method and kind."""
        return Counter((request.method, request.kind) for request in self.requests)

    @property
    def served(self) -> int:
        """Bytes of objects that were read since the last reset."""
        return sum(request.served for request in self.requests if request.kind == "read")

    def client(self) -> Client:
        """A client of its own, for an adapter or for the test."""
        options = {"api_endpoint": self.url}
        return Client(project="test", credentials=_NOBODY, client_options=options)

    def make_bucket(self, name: str | None = None) -> str:
        """Make an empty bucket and return its name."""
        with self.client() as client:
            return str(client.create_bucket(name or f"bucket-{next(self._numbers)}").name)

    def fail(self, *faults: Fault) -> None:
        """Let each fault happen once, to the next request of its kind."""
        with self._lock:
            self._faults.extend(faults)

    def reset(self) -> None:
        """Forget what was counted and what was to fail; buckets stay."""
        with self._lock:
            self._faults.clear()
            self.requests.clear()

    @contextmanager
    def running(self) -> Iterator[StorageServer]:
        """Relay until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def _next_fault(self, kind: str) -> Fault | None:
        with self._lock:
            fault = next((fault for fault in self._faults if fault.kind == kind), None)
            if fault:
                self._faults.remove(fault)
            return fault


class _Relay(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, owner: StorageServer, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner, self.upstream = owner, upstream

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
        self.upstream = HTTPConnection(self.server.upstream, timeout=120)

    def finish(self) -> None:
        self.upstream.close()
        super().finish()

    def relay(self) -> None:
        owner = self.server.owner
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.kind, self.bucket, self.name, self.query = _understood(self.command, self.path)
        if self.kind == "write" and not self.name and (told := _NAME.search(body, 0, 4096)):
            self.name = json.loads(told[1])
        if self.kind != "bucket" and owner.watch and owner.watch(f"{self.kind} {self.name}"):
            self.close_connection = True
            return
        fault = owner._next_fault(self.kind)
        if owner.delay:
            time.sleep(owner.delay)
        if fault and fault.status:
            if fault.meanwhile:
                fault.meanwhile()
            self.answer(fault.status, fault.headers, b"{}")
        else:
            self.pass_on(body, fault)
        self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = relay  # noqa: N815 - as the base class calls them

    def pass_on(self, body: bytes, fault: Fault | None) -> None:
        owner = self.server.owner
        self.upstream.request(self.command, self.path, body, dict(self.headers.items()))
        response = self.upstream.getresponse()
        if fault and fault.cut is None:
            response.read()
            if fault.meanwhile:
                fault.meanwhile()
            self.close_connection = True
            self.note(0, 0)
            return
        headers = {name: value for name, value in response.getheaders() if name.lower() not in _HOP}
        if self.kind in {"write", "part"}:
            described = response.read()
            self.answer(response.status, headers, described)
            if owner.finalized and response.status == HTTPStatus.OK and described.startswith(b"{"):
                owner.finalized(described)
        elif response.length is None or self.command == "HEAD":  # no length was named: say it ourselves
            self.answer(response.status, headers, response.read())
        else:
            self.stream(response, response.length, headers, fault.cut if fault else None)

    def stream(self, response: HTTPResponse, length: int, headers: Mapping[str, str], cut: int | None) -> None:
        left = length if cut is None else min(cut, length)
        self.close_connection |= left < length
        self.note(response.status, left)
        self.head(response.status, headers, length)
        while left:
            piece = response.read(min(_PIECE, left))
            left -= len(piece)
            self.wfile.write(piece)

    def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.note(status, len(body))
        self.head(status, headers, len(body))
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def note(self, status: int, served: int) -> None:
        """Keep what came, before its answer goes out: whoever has the answer finds it counted.

        Not what is about a bucket itself: Google's library looks each up in the background, for its own sake.
        """
        request = Request(self.command, self.kind, self.bucket, self.name, self.query, status, served)
        if self.kind != "bucket":
            self.server.owner.requests.append(request)

    def head(self, status: int, headers: Mapping[str, str], length: int) -> None:
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: what came stands in `requests`."""


def _understood(method: str, target: str) -> tuple[str, str, str, Mapping[str, str]]:
    """The kind of a request, its bucket, its object and its query."""
    parts = urlsplit(target)
    query = MappingProxyType(dict(parse_qsl(parts.query)))
    _, found, rest = parts.path.partition("/storage/v1/b/")
    bucket, _, name = rest.partition("/o")
    name = unquote(name.removeprefix("/"))
    if not found or "/o" not in rest:
        kind = "bucket"
    elif parts.path.startswith("/upload/"):
        kind = "write" if method == "POST" else "part"
    elif method == "DELETE":
        kind = "delete"
    elif method == "GET":
        media = parts.path.startswith("/download/") or query.get("alt") == "media"
        kind = "list" if not name else "read" if media else "stat"
    else:
        kind = "other"
    return kind, unquote(bucket), name or query.get("name", ""), query


@contextmanager
def storage_server() -> Iterator[StorageServer]:
    """Run a server, empty at first, until the block ends."""
    program = go_program("github.com/fsouza/fake-gcs-server", "v1.56.1")
    port = free_port()
    upstream = f"127.0.0.1:{port}"
    command = [str(program), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port)]
    command += ["-backend", "memory", "-public-host", "127.0.0.1", "-log-level", "error"]
    with (
        TemporaryDirectory() as folder,
        serving(command, ready=lambda: _healthy(upstream), log=Path(folder, "log")),
        StorageServer(upstream).running() as server,
    ):
        yield server


@cache
def shared_storage() -> StorageServer:
    """The one server of this test process, started on first use and stopped at its end."""
    stack = ExitStack()
    server = stack.enter_context(storage_server())
    atexit.register(stack.close)
    return server


def _healthy(address: str) -> bool:
    connection = HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", "/_internal/healthcheck")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
