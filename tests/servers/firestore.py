"""Firestore for tests: Google's emulator behind a relay that counts what is billed and can be told to fail.

    with firestore_server() as server:
        journal = FirestoreJournal("project", client=server.client("project"))
        server.fail(refusal("Commit", StatusCode.ABORTED), lost("Commit", StatusCode.UNAVAILABLE))
        ...
        server.counts

A process is pointed at it by `server.environment`. Every project is a database of its own.
"""

from __future__ import annotations

import itertools
import os
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch
from urllib.request import Request, urlopen

import grpc
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.types import BatchGetDocumentsRequest, CommitRequest, RunQueryResponse

from servers.tools import answers, free_port, lacking, serving, until_exit

EMULATOR = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"
MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_LIMIT = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_OWN = ("grpc-", "user-agent", ":", "te", "content-type")
"""Beginnings of headers that each leg of the way has of its own."""


@dataclass(frozen=True)
class Counts:
    """What Firestore would bill: documents read (an absent one, and a query without result, as one each) and written.

    Deletions count as writes.
    """

    reads: int = 0
    writes: int = 0


@dataclass(frozen=True)
class Fault:
    """What the next call of a method gets as its answer."""

    method: str
    code: grpc.StatusCode
    effect: bool
    """Whether the call takes effect first."""
    meanwhile: Callable[[], object] | None = None
    """Done before the answer goes out."""


def refusal(method: str, code: grpc.StatusCode, meanwhile: Callable[[], object] | None = None) -> Fault:
    """An error that left no trace."""
    return Fault(method, code, effect=False, meanwhile=meanwhile)


def lost(method: str, code: grpc.StatusCode, meanwhile: Callable[[], object] | None = None) -> Fault:
    """The call takes effect, and an error comes in place of its answer."""
    return Fault(method, code, effect=True, meanwhile=meanwhile)


class FirestoreServer(grpc.GenericRpcHandler):
    """The relay, on a free port. Shared safely by threads."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._lock = threading.Lock()
        self._counts = Counts()
        self._faults: deque[Fault] = deque()
        self.watch: Callable[[str], object] | None = None
        """Told of every call, by its method, before it takes effect; where it says so, the call goes nowhere."""
        self._numbers = itertools.count(1)
        self._channel = grpc.insecure_channel(upstream, options=_LIMIT)
        self._server = self._front()
        self.host = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        """Its address."""

    def _front(self) -> grpc.Server:
        return grpc.server(ThreadPoolExecutor(64), handlers=[self], options=_LIMIT)

    @property
    def environment(self) -> dict[str, str]:
        """What Google's library must find in a process's environment to come here, without credentials."""
        return {"FIRESTORE_EMULATOR_HOST": self.host}

    @property
    def counts(self) -> Counts:
        """What was read and written since the last reset, in every project."""
        with self._lock:
            return self._counts

    def project(self) -> str:
        """A project that nobody has used yet."""
        return f"project-{next(self._numbers)}"

    def client(self, project: str) -> firestore.Client:
        """A client of its own, for an adapter or for the test."""
        with patch.dict(os.environ, self.environment):
            return firestore.Client(project, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]

    def fail(self, *faults: Fault) -> None:
        """Let each fault happen once, to the next call of its method."""
        with self._lock:
            self._faults.extend(faults)

    def forgive(self) -> None:
        """Let nothing more fail."""
        with self._lock:
            self._faults.clear()

    def reset(self, project: str | None = None) -> None:
        """Forget what was counted and what was to fail; with a project, also every document of it."""
        with self._lock:
            self._faults.clear()
            self._counts = Counts()
        if project:
            url = f"http://{self._upstream}/emulator/v1/projects/{project}/databases/(default)/documents"
            with urlopen(Request(url, method="DELETE")):
                pass

    def restart(self, away: float) -> None:
        """Break every connection, be gone for `away` seconds, and come back at the same address.

        Calls under way may have taken effect or not. Documents are as they were.
        """
        self._server.stop(grace=None).wait()
        time.sleep(away)
        self._server = self._front()
        self._server.add_insecure_port(self.host)
        self._server.start()

    @contextmanager
    def running(self) -> Iterator[FirestoreServer]:
        """Relay until the block ends."""
        self._server.start()
        try:
            yield self
        finally:
            self._server.stop(grace=None).wait()
            self._channel.close()

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        """Pass a call on as bytes: on the wire, a single message is a stream of one."""
        path = handler_call_details.method

        def relay(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
            method = path.rpartition("/")[2]
            if method not in _BILLED:
                context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the relay does not know how to count {method}")
            if self.watch and self.watch(method):
                context.abort(grpc.StatusCode.UNAVAILABLE, "as the test asked for")
            fault = self._next_fault(method)
            answers = [] if fault and not fault.effect else self._pass_on(path, next(requests), context)
            if fault:
                if fault.meanwhile:
                    fault.meanwhile()
                context.abort(fault.code, "as the test asked for")
            yield from answers

        return grpc.stream_stream_rpc_method_handler(relay)

    def _pass_on(self, path: str, request: bytes, context: grpc.ServicerContext) -> list[bytes]:
        metadata = tuple((key, value) for key, value in context.invocation_metadata() if not key.startswith(_OWN))
        call: grpc.StreamStreamMultiCallable[bytes, bytes] = self._channel.stream_stream(path)
        try:
            answers = list(call(iter([request]), metadata=metadata))
        except grpc.RpcError as error:
            context.abort(error.code(), error.details() or "")
        more = _BILLED[path.rpartition("/")[2]](request, answers)
        with self._lock:
            self._counts = Counts(self._counts.reads + more.reads, self._counts.writes + more.writes)
        return answers

    def _next_fault(self, method: str) -> Fault | None:
        with self._lock:
            fault = next((fault for fault in self._faults if fault.method == method), None)
            if fault:
                self._faults.remove(fault)
            return fault


def _bill_commit(request: bytes, _: list[bytes]) -> Counts:
    return Counts(writes=len(CommitRequest.deserialize(request).writes))


def _bill_get(request: bytes, _: list[bytes]) -> Counts:
    return Counts(reads=len(BatchGetDocumentsRequest.deserialize(request).documents))


def _bill_query(_: bytes, answers: list[bytes]) -> Counts:
    found = sum("document" in RunQueryResponse.deserialize(answer) for answer in answers)
    return Counts(reads=max(1, found))


_BILLED = {"Commit": _bill_commit, "BatchGetDocuments": _bill_get, "RunQuery": _bill_query}


@contextmanager
def firestore_server() -> Iterator[FirestoreServer]:
    """Run a server, empty at first, until the block ends."""
    jar, port = _emulator(), free_port()
    java = shutil.which("java") or lacking("Java", "install it (Debian: default-jre-headless)")
    command = [java, "-XX:TieredStopAtLevel=1", "-cp", str(jar), MAIN, "start", "--host=127.0.0.1", f"--port={port}"]
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        stack.enter_context(serving(command, ready=lambda: answers(port, "/"), log=Path(folder, "log")))
        yield stack.enter_context(FirestoreServer(f"127.0.0.1:{port}").running())


@cache
def shared_firestore() -> FirestoreServer:
    """The one server of this test process, started on first use and stopped at its end."""
    return until_exit(firestore_server())


def _emulator() -> Path:
    """The emulator's jar: Debian's package of the Cloud SDK, or a Cloud SDK that is on the path."""
    gcloud = shutil.which("gcloud")
    homes = [Path("/usr/lib/google-cloud-sdk"), *([Path(gcloud).resolve().parents[1]] if gcloud else [])]
    how = "install google-cloud-cli-firestore-emulator, or run `gcloud components install cloud-firestore-emulator`"
    found = next((home / EMULATOR for home in homes if (home / EMULATOR).exists()), None)
    return found or lacking("Google's Firestore emulator", how)
