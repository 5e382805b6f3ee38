"""A journal in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from egregora.errors import Conflict
from egregora.ids import Signature, SourceId
from egregora.journal import Entry, State, Stored


class MemoryJournal:
    """A journal in memory, shared safely by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stored: dict[Signature, Stored] = {}
        self._last = 0

    def copy(self) -> MemoryJournal:
        """The same entries, from here on by themselves."""
        made = MemoryJournal()
        made._stored, made._last = dict(self._stored), self._last
        return made

    def get(self, signature: Signature) -> Stored | None:
        """Read one entry."""
        with self._lock:
            return self._stored.get(signature)

    def get_many(self, signatures: Sequence[Signature]) -> dict[Signature, Stored]:
        """Read many entries at once; what is not there is left out."""
        with self._lock:
            return {signature: self._stored[signature] for signature in signatures if signature in self._stored}

    def create(self, entry: Entry) -> Stored:
        """Write the first version of an entry. Raises `Conflict` where one exists."""
        with self._lock:
            if entry.signature in self._stored:
                raise Conflict("the journal has this entry already")
            return self._put(entry)

    def update(self, entry: Entry, version: str) -> Stored:
        """Replace an entry. Raises `Conflict` unless it still stands at `version`."""
        with self._lock:
            stored = self._stored.get(entry.signature)
            if stored is None or stored.version != version:
                raise Conflict("the journal entry was written since it was read")
            return self._put(entry)

    def delete(self, signature: Signature) -> None:
        """Forget an entry; one that is not there is no error."""
        with self._lock:
            self._stored.pop(signature, None)

    def select(self, *, source: SourceId | None = None, states: Sequence[State] = ()) -> Iterator[Stored]:
        """Every entry, or those of one source, or in one of `states`; in the order of signatures."""
        with self._lock:
            everything = sorted(self._stored.values(), key=lambda stored: stored.entry.signature)
        for stored in everything:
            entry = stored.entry
            if (source is None or entry.source == source) and (not states or entry.state in states):
                yield stored

    def _put(self, entry: Entry) -> Stored:
        self._last += 1
        stored = self._stored[entry.signature] = Stored(entry, str(self._last))
        return stored
