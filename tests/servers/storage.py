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

import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote, urlsplit

from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client  # type: ignore[import-untyped]

from servers.relay import Asked, RelayServer
from servers.tools import answers, free_port, go_program, serving, until_exit

_NAME = re.compile(rb'"name": *("(?:[^"\\\\]|\\\\.)*")')
"""The object's name in what comes before its bytes in one request."""
_NOBODY = AnonymousCredentials()  # type: ignore[no-untyped-call]


class StorageServer(RelayServer):
    """The relay. `finalized` is told of every object that was written, as the service describes it: JSON."""

    def __init__(self, upstream: str) -> None:
        super().__init__(upstream)
        self.finalized: Callable[[bytes], object] | None = None
        self._numbers = itertools.count(1)

    @property
    def environment(self) -> dict[str, str]:
        """What Google's library must find in a process's environment to come here, without credentials."""
        return {"STORAGE_EMULATOR_HOST": self.url}

    def client(self) -> Client:
        """A client of its own, for an adapter or for the test."""
        options = {"api_endpoint": self.url}
        return Client(project="test", credentials=_NOBODY, client_options=options)

    def make_bucket(self, name: str | None = None) -> str:
        """Make an empty bucket and return its name."""
        with self.client() as client:
            return str(client.create_bucket(name or f"bucket-{next(self._numbers)}").name)

    def understood(self, method: str, target: str, body: bytes) -> Asked:
        """A write's object may be named in what comes before its bytes."""
        asked = _understood(method, target)
        if asked.kind == "write" and not asked.name and (told := _NAME.search(body, 0, 4096)):
            return asked._replace(name=json.loads(told[1]))
        return asked

    def took_effect(self, asked: Asked, status: int, described: bytes) -> None:
        """Tell `finalized`; not of a session's beginning, which describes an object that is still to come."""
        begins = asked.kind == "write" and asked.query.get("uploadType") == "resumable"
        if self.finalized and status == HTTPStatus.OK and described.startswith(b"{") and not begins:
            self.finalized(described)


def _understood(method: str, target: str) -> Asked:
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
    return Asked(kind, unquote(bucket), name or query.get("name", ""), query)


@contextmanager
def storage_server(*, on_disk: bool = False) -> Iterator[StorageServer]:
    """Run a server, empty at first, until the block ends.

    It looks through all that it holds for each object, unless that lies `on_disk`: for tens of thousands of them.
    """
    program = go_program("github.com/fsouza/fake-gcs-server", "v1.56.1")
    port = free_port()
    command = [str(program), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port)]
    command += ["-public-host", "127.0.0.1", "-log-level", "error"]
    with (
        TemporaryDirectory() as folder,
        TemporaryDirectory() as disk,
        serving(
            command + (["-backend", "filesystem", "-filesystem-root", disk] if on_disk else ["-backend", "memory"]),
            ready=lambda: answers(port, "/_internal/healthcheck"),
            log=Path(folder, "log"),
        ),
        StorageServer(f"127.0.0.1:{port}").running() as server,
    ):
        yield server


@cache
def shared_storage() -> StorageServer:
    """The one server of this test process, started on first use and stopped at its end."""
    return until_exit(storage_server())
