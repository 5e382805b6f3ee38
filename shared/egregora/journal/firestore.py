"""The journal in Firestore: one document for each entry, in the collection ``windows``, named by its signature.

A document holds the entry's fields as plain values, times as timestamps, and two more:

    write      the mark of the write that made it so. It makes every write a change, so that every version is new, and
               tells a writer whose answer was lost that what stands there now is its own.
    expires    when Firestore may delete it by itself: only of a claim that nobody came back to for `ABANDONED`, which
               is then claimed as if for the first time. What has ended never expires: only the sweep knows what is
               still referred to.

A version is the time of the document's last update. Nothing needs a transaction. Which indexes are kept, and that
`expires` is the TTL field, stands in ``indexes.json`` beside this file, in the form that Firebase's tools read.
Queries are by `source` and `state`, in the order of names: no other field is indexed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import msgspec

from egregora.errors import Conflict, EgregoraError, RateLimited, Reject, Retry
from egregora.ids import Signature, SourceId
from egregora.journal import Entry, State, Stored

if TYPE_CHECKING:
    from google.cloud.firestore import Client, DocumentReference, Query
    from google.cloud.firestore import DocumentSnapshot as Found
    from google.cloud.firestore_v1.types import WriteResult

    DocumentSnapshot = Found[DocumentReference]

COLLECTION = "windows"
ABANDONED = timedelta(days=90)
PAGE = 500
"""Documents in one request."""
TIMEOUT = 15.0
"""Seconds that one try may take."""

Result = TypeVar("Result")


class FirestoreJournal:
    """A journal in a Firestore database in native mode. The client is made on the first call, unless given.

    A call that fails for the moment is tried again for up to `patience` seconds, and raises `Retry` then. It raises
    `Reject` where the database refuses it for good: a missing permission, a missing database.
    """

    def __init__(
        self, project: str, *, database: str = "(default)", client: Client | None = None, patience: float = 30.0
    ) -> None:
        self._project = project
        self._database = database
        self._given = client
        self._patience = patience

    def get(self, signature: Signature) -> Stored | None:
        """Read one entry."""
        return self._patiently(lambda: _stored(self._read(self._document(signature))))

    def get_many(self, signatures: Sequence[Signature]) -> dict[Signature, Stored]:
        """Read many entries at once; what is not there is left out."""
        wanted = [self._document(signature) for signature in dict.fromkeys(signatures)] if signatures else []
        found: dict[Signature, Stored] = {}
        for start in range(0, len(wanted), PAGE):
            for stored in self._patiently(partial(self._read_all, wanted[start : start + PAGE])):
                found[stored.entry.signature] = stored
        return found

    def create(self, entry: Entry) -> Stored:
        """Write the first version of an entry. Raises `Conflict` where one exists."""
        from google.api_core.exceptions import AlreadyExists

        send = partial(self._document(entry.signature).create, retry=None, timeout=TIMEOUT)
        return self._write(entry, send, AlreadyExists)

    def update(self, entry: Entry, version: str) -> Stored:
        """Replace an entry. Raises `Conflict` unless it still stands at `version`."""
        from google.api_core.exceptions import FailedPrecondition, NotFound
        from google.protobuf.timestamp_pb2 import Timestamp

        moment = Timestamp()
        try:
            moment.FromJsonString(version)
        except ValueError as error:
            raise Conflict("no journal entry ever had this version") from error
        option = self._client.write_option(last_update_time=moment)
        send = partial(self._document(entry.signature).update, option=option, retry=None, timeout=TIMEOUT)
        return self._write(entry, send, FailedPrecondition, NotFound)

    def delete(self, signature: Signature) -> None:
        """Forget an entry; one that is not there is no error."""
        self._patiently(lambda: self._document(signature).delete(retry=None, timeout=TIMEOUT))

    def select(self, *, source: SourceId | None = None, states: Sequence[State] = ()) -> Iterator[Stored]:
        """Every entry, or those of one source, or in one of `states`; in the order of signatures."""
        from google.cloud.firestore import FieldFilter

        query = self._client.collection(COLLECTION).order_by("__name__").limit(PAGE)
        if source is not None:
            query = query.where(filter=FieldFilter("source", "==", source))
        if states:
            query = query.where(filter=FieldFilter("state", "in", list(states)))
        while True:
            page = self._patiently(partial(self._read_page, query))
            yield from filter(None, map(_stored, page))
            if len(page) < PAGE:
                return
            query = query.start_after(page[-1])

    def close(self) -> None:
        """Close the client's connection."""
        if "_client" in vars(self):
            self._client.close()  # type: ignore[no-untyped-call]

    @cached_property
    def _client(self) -> Client:
        from google.auth.exceptions import GoogleAuthError
        from google.cloud.firestore import Client

        try:
            return self._given or Client(project=self._project, database=self._database)
        except GoogleAuthError as error:
            raise Reject(f"there are no credentials for Firestore: {error}") from error

    def _document(self, signature: Signature) -> DocumentReference:
        return self._client.collection(COLLECTION).document(signature)

    def _read(self, document: DocumentReference) -> DocumentSnapshot:
        return document.get(retry=None, timeout=TIMEOUT)

    def _read_all(self, documents: list[DocumentReference]) -> list[Stored]:
        snapshots = self._client.get_all(documents, retry=None, timeout=TIMEOUT)
        return list(filter(None, map(_stored, snapshots)))

    def _read_page(self, query: Query) -> list[DocumentSnapshot]:
        from google.api_core.retry import Retry as Tries
        from google.api_core.retry import if_exception_type

        once = Tries(predicate=if_exception_type())  # the client takes no None here
        return list(query.stream(retry=once, timeout=TIMEOUT))

    def _write(self, entry: Entry, send: Callable[[dict[str, Any]], WriteResult], *refusals: type[Exception]) -> Stored:
        """Send an entry until an answer comes. A repeat may be refused because the first try did take effect."""
        mark = uuid4().hex
        fields = {**_fields(entry), "write": mark}
        tries = 0

        def attempt() -> str:
            nonlocal tries
            tries += 1
            try:
                return _version(send(fields))
            except refusals as error:
                now = self._read(self._document(entry.signature)) if tries > 1 else None
                if now and now.exists and now.get("write") == mark:
                    return _version(now)
                raise Conflict("the journal entry was written since it was read") from error

        return Stored(entry, self._patiently(attempt))

    def _patiently(self, call: Callable[[], Result]) -> Result:
        """Repeat what fails for the moment; every call is safe to repeat."""
        from google.api_core import exceptions
        from google.api_core.retry import Retry as Tries
        from google.api_core.retry import if_exception_type
        from google.auth.exceptions import GoogleAuthError

        passing = (
            exceptions.Aborted,
            exceptions.Cancelled,  # nobody cancels here: it is a server that went away with the call in its hands
            exceptions.DeadlineExceeded,
            exceptions.InternalServerError,
            exceptions.ResourceExhausted,
            exceptions.ServiceUnavailable,
            exceptions.Unknown,
        )
        again = Tries(predicate=if_exception_type(*passing), initial=0.1, maximum=5.0, timeout=self._patience)
        try:
            return again(call)()
        except exceptions.RetryError as error:
            limited = isinstance(error.cause, exceptions.ResourceExhausted)
            raise (RateLimited if limited else Retry)(f"Firestore: {_name(error.cause)}") from error
        except exceptions.GoogleAPICallError as error:
            raise Reject(f"Firestore refuses: {_name(error)}: {error.message}") from error
        except GoogleAuthError as error:
            kind: type[EgregoraError] = Retry if error.retryable else Reject
            raise kind(f"Firestore cannot be signed in to: {error}") from error


def _fields(entry: Entry) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(entry, builtin_types=(datetime,))
    del fields["signature"]
    abandoned = entry.updated + ABANDONED if entry.state == "RUNNING" and entry.updated else None
    return {**fields, "expires": abandoned}


def _stored(snapshot: DocumentSnapshot) -> Stored | None:
    fields = snapshot.to_dict()
    if fields is None:
        return None
    entry = msgspec.convert({name: _plain(value) for name, value in fields.items()} | {"signature": snapshot.id}, Entry)
    return Stored(entry, _version(snapshot))


def _plain(value: object) -> object:
    """Firestore's moments are of a class of their own, which knows nanoseconds."""
    return datetime.combine(value.date(), value.timetz()) if isinstance(value, datetime) else value


def _version(written: DocumentSnapshot | WriteResult) -> str:
    moment: Any = written.update_time  # a datetime that knows its nanoseconds
    return str(moment.timestamp_pb().ToJsonString())


def _name(error: object) -> str:
    return type(error).__name__
