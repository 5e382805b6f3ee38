"""Task queues in one SQLite file.

A task's `due` is when it may be taken next: its time at first, the end of its lease while it is worked on, the end of
its pause after a retry. An ended task is deleted; a named one stays as a tombstone without `due`, which keeps the name
taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from egregora.clock import Clock
from egregora.sqlite import Database
from egregora.tasks import Delivery, Queue, Task
from egregora.tasks.backoff import backoff

KEEP_NAMES = timedelta(hours=1)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    name TEXT,
    payload TEXT NOT NULL,
    not_before INTEGER,
    due INTEGER,
    leased INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    ended INTEGER
);
CREATE INDEX IF NOT EXISTS tasks_due ON tasks (queue, due, id) WHERE due IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS tasks_name ON tasks (queue, name) WHERE name IS NOT NULL;
CREATE INDEX IF NOT EXISTS tasks_ended ON tasks (ended) WHERE ended IS NOT NULL;
"""
_INSERT = "INSERT OR IGNORE INTO tasks (queue, name, payload, not_before, due) VALUES (?, ?, ?, ?, ?)"
_TAKE = """
UPDATE tasks SET due = ?, leased = 1, attempt = attempt + 1
WHERE id = (SELECT id FROM tasks WHERE queue = ? AND due <= ? ORDER BY due, id LIMIT 1)
RETURNING id, name, payload, not_before, attempt
"""
# The attempt is the fence: a delivery whose lease ended and whose task was taken again changes nothing.
_DELETE = "DELETE FROM tasks WHERE id = ? AND attempt = ?"
_BURY = "UPDATE tasks SET due = NULL, leased = 0, ended = ? WHERE id = ? AND attempt = ? AND due IS NOT NULL"
_POSTPONE = "UPDATE tasks SET due = ?, leased = 0 WHERE id = ? AND attempt = ? AND due IS NOT NULL"
_RELEASE = "UPDATE tasks SET due = min(due, ?), leased = 0 WHERE leased"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class SqliteTasks:
    """Task queues in the file at `path`, for producers and consumers in many threads and processes.

    A task given back without a time rests as `backoff` says; a name stays taken for `KEEP_NAMES` after its task ended.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._database = Database(path, _SCHEMA)
        self._clock = clock

    def enqueue(self, tasks: Sequence[Task]) -> int:
        """Add tasks, all or none, and return how many were new; one whose name is taken is passed over silently."""
        now = self._clock.now()
        rows = [_row(task, now) for task in tasks]
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM tasks WHERE ended <= ?", (_micros(now - KEEP_NAMES),))
            return connection.executemany(_INSERT, rows).rowcount

    def take(self, queue: Queue, lease: timedelta) -> Delivery | None:
        """Lease the task that has waited longest past its time; None where nothing is due."""
        now = self._clock.now()
        expires = now + lease
        with self._database.connection() as connection:
            rows = connection.execute(_TAKE, (_micros(expires), queue, _micros(now))).fetchall()
        if not rows:
            return None
        number, name, payload, not_before, attempt = rows[0]
        return Delivery(number, Task(queue, payload, name, _moment(not_before)), attempt, expires)

    def done(self, delivery: Delivery) -> None:
        """End a task. Harmless where the lease was lost meanwhile to another delivery."""
        with self._database.connection() as connection:
            if delivery.task.name is None:
                connection.execute(_DELETE, (delivery.id, delivery.attempt))
            else:
                connection.execute(_BURY, (_micros(self._clock.now()), delivery.id, delivery.attempt))

    def retry(self, delivery: Delivery, after: float | None = None) -> None:
        """Give a task back, due after `after` seconds or else by exponential backoff over its attempts."""
        pause = backoff(delivery.attempt) if after is None else timedelta(seconds=after)
        due = _micros(self._clock.now() + pause)
        with self._database.connection() as connection:
            connection.execute(_POSTPONE, (due, delivery.id, delivery.attempt))

    def waiting(self, queue: Queue) -> tuple[int, datetime | None]:
        """How many tasks are queued or leased, and when the next one falls due or its lease ends."""
        query = "SELECT COUNT(*), MIN(due) FROM tasks WHERE queue = ? AND due IS NOT NULL"
        with self._database.connection() as connection:
            count, due = connection.execute(query, (queue,)).fetchone()
        return count, _moment(due)

    def release(self) -> int:
        """Make every leased task due at once, and return how many there were.

        For the one consumer who knows that all others are dead and need not wait for their leases to end.
        """
        with self._database.connection() as connection:
            return connection.execute(_RELEASE, (_micros(self._clock.now()),)).rowcount

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _row(task: Task, now: datetime) -> tuple[str, str | None, str, int | None, int]:
    not_before = None if task.not_before is None else _micros(task.not_before)
    return task.queue, task.name, task.payload, not_before, _micros(now) if not_before is None else not_before


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + micros * _MICROSECOND
