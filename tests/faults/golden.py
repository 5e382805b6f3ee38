"""What a version left behind in mid-run, kept as text so that every later version can show that it goes on from there.

    python -m faults.golden             with `tests` on PYTHONPATH: writes tests/golden/<this version>/

    journal.sql, tasks.sql    dumps of the local journal and queue
    blobs.jsonl               a key and its text, one blob a line; slices without their compression

A version's files are written once, before it is released, and never changed afterwards.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import zstandard

from egregora import __version__
from egregora.journal.sqlite import SqliteJournal
from egregora.tasks.sqlite import SqliteTasks
from egregora.testing import Around, ManualClock, MemoryBlobs
from exports import conversation, export_of
from faults.breaking import Fault, blocked, crash_before, spoilt
from faults.system import LIMIT, QUEUES, System, Witness, uploaded

GOLDEN = Path(__file__).parents[1] / "golden"
MESSAGES = conversation(100)


def in_mid_run() -> System:
    """A deployment with windows in every state, one of whose holders has just died."""
    system = uploaded(export_of(MESSAGES), system=System(Witness()))
    system.slice(system.events[0])
    system.deliver("windows")
    system.by(Witness(limit=LIMIT)).deliver("windows")
    for fault in (blocked, crash_before):
        system.deliver("windows", _in_answer(fault))
    failing = system.take("windows")
    assert failing
    for _ in range(system.settings.run.max_attempts + 1):
        system.process(failing, _in_answer(spoilt))
    system.world.clock.advance(60)
    system.publish()
    return system


def _in_answer(fault: Fault) -> Around:
    return lambda call: fault(call) if call.name == "model.answer" else call()


def keep(system: System, folder: Path) -> None:
    """Write a deployment down as text."""
    folder.mkdir(parents=True)
    system.world.tasks.release()
    with tempfile.TemporaryDirectory() as place:
        journal, tasks = Path(place, "journal.sqlite"), Path(place, "tasks.sqlite")
        with closing(SqliteJournal(journal)) as copy:
            for stored in system.world.journal.select():
                copy.create(stored.entry)
        with closing(SqliteTasks(tasks, system.world.clock)) as queue:
            for name in QUEUES:
                queue.enqueue([delivery.task for delivery in iter(lambda name=name: system.take(name), None)])  # type: ignore[misc]
        for file in (journal, tasks):
            with closing(sqlite3.connect(file)) as connection:
                (folder / f"{file.stem}.sql").write_text("\n".join(connection.iterdump()) + "\n", encoding="utf-8")
    (folder / "blobs.jsonl").write_text("".join(_lines(system.world.blobs)), encoding="utf-8")


def bring_back(folder: Path) -> System:
    """A deployment as another version wrote it down, opened by this version's adapters."""
    system = System(Witness())
    with tempfile.TemporaryDirectory() as place:
        for name in ("journal", "tasks"):
            with closing(sqlite3.connect(Path(place, f"{name}.sqlite"))) as connection:
                connection.executescript((folder / f"{name}.sql").read_text(encoding="utf-8"))
        with closing(SqliteJournal(Path(place, "journal.sqlite"))) as journal:
            for stored in journal.select():
                system.world.journal.create(stored.entry)
        later = ManualClock(system.world.clock.now() + timedelta(days=1))
        with closing(SqliteTasks(Path(place, "tasks.sqlite"), later)) as tasks:
            for queue in QUEUES:
                while delivery := tasks.take(queue, timedelta(minutes=10)):
                    system.world.tasks.enqueue([delivery.task])
    for line in (folder / "blobs.jsonl").read_text(encoding="utf-8").splitlines():
        blob = json.loads(line)
        system.world.blobs.write(blob["key"], _packed(blob["key"], blob["text"].encode()))
    return system


def _lines(blobs: MemoryBlobs) -> Iterator[str]:
    for info in blobs.list():
        data = blobs.read(info.key).data
        text = zstandard.ZstdDecompressor().decompressobj().decompress(data) if _is_packed(info.key) else data
        yield json.dumps({"key": info.key, "text": text.decode()}, ensure_ascii=False) + "\n"


def _packed(key: str, text: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(text) if _is_packed(key) else text


def _is_packed(key: str) -> bool:
    return key.endswith(".zst")


if __name__ == "__main__":
    keep(in_mid_run(), GOLDEN / __version__)
