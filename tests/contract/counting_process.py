"""Raise a number that is kept in a store, by compare-and-swap, against other processes that do the same.

Usage: counting_process.py blobs|journal|firestore FOLDER TIMES NUMBER, where Firestore's folder is a project
"""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from egregora.blobs.folder import FolderBlobs
from egregora.errors import Conflict, NotFound
from egregora.ids import Partition, RecipeDigest, Signature, SliceDigest, SourceId
from egregora.journal import Entry, Journal
from egregora.journal.firestore import FirestoreJournal
from egregora.journal.sqlite import SqliteJournal

ENTRY = Entry(Signature("s"), SourceId("a"), Partition("p"), SliceDigest("d"), RecipeDigest("r"), "m", "RUNNING", 0)


def raise_blob(folder: Path) -> None:
    """Add one to the number in the blob ``counter``."""
    blobs = FolderBlobs(folder)
    while True:
        try:
            blob = blobs.read("counter")
            number, generation = int(blob.data), blob.generation
        except NotFound:
            number, generation = 0, 0
        try:
            blobs.write("counter", str(number + 1).encode(), if_generation=generation)
        except Conflict:
            continue
        return


def raise_attempt(journal: Journal) -> None:
    """Add one to the attempt of the entry ``s``."""
    while True:
        stored = journal.get(ENTRY.signature)
        try:
            if stored is None:
                journal.create(replace(ENTRY, attempt=1))
            else:
                journal.update(replace(stored.entry, attempt=stored.entry.attempt + 1), stored.version)
        except Conflict:
            continue
        return


def main(port: str, folder: Path, times: int) -> None:
    """Count `times` up."""
    if port == "blobs":
        for _ in range(times):
            raise_blob(folder)
        return
    if port == "firestore":
        with closing(FirestoreJournal(folder.name)) as journal:
            for _ in range(times):
                raise_attempt(journal)
        return
    for _ in range(times):
        with closing(SqliteJournal(folder / "journal.sqlite")) as journal:
            raise_attempt(journal)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
