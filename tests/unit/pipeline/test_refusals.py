"""What is kept of what was refused."""

from __future__ import annotations

import logging
from datetime import timedelta

from egregora.blobs import Blob
from egregora.errors import NotFound, Reject, Unreadable
from egregora.logs import logger
from egregora.pipeline.refusals import LISTED, Refusals, find_refusal, read_refusals, refuse
from egregora.testing.deployment import MemoryWorld


def test_a_refusal_is_found_by_what_was_refused() -> None:
    world = MemoryWorld()
    refusal = refuse(world.deployment(), "task", Reject("no task"), "payload")
    assert find_refusal(world.blobs, "task", "payload") == refusal
    assert find_refusal(world.blobs, "task", "another") is None
    assert find_refusal(world.blobs, "upload", "payload") is None
    assert (refusal.kind, refusal.reason, refusal.at) == ("task", "no task", world.clock.now())


def test_the_first_refusal_of_the_same_stands() -> None:
    world = MemoryWorld()
    first = refuse(world.deployment(), "upload", Unreadable("is damaged", where="Anna.zip"), "bucket", "Anna.zip", "1")
    world.clock.advance(60)
    refuse(world.deployment(), "upload", Unreadable("is encrypted", where="Anna.zip"), "bucket", "Anna.zip", "1")
    assert read_refusals(world.blobs) == Refusals((first,), 1)
    assert first.reason == "is damaged"


def test_a_refusal_asks_for_a_publish() -> None:
    world = MemoryWorld()
    refuse(world.deployment(), "task", Reject(), "payload")
    assert world.tasks.waiting("publish")[0] == 1


def test_the_newest_refusals_are_listed_newest_first_and_all_are_counted() -> None:
    world = MemoryWorld()
    assert read_refusals(world.blobs) == Refusals()
    refused = []
    for number in range(LISTED + 2):
        refused.append(refuse(world.deployment(), "task", Reject(str(number)), str(number)))
        world.clock.advance(1)
    assert read_refusals(world.blobs) == Refusals(tuple(refused[:1:-1]), LISTED + 2)


def test_a_refusal_that_is_swept_while_all_are_read_is_left_out() -> None:
    world = MemoryWorld()
    swept = refuse(world.deployment(), "task", Reject("old"), "old")
    kept = refuse(world.deployment(), "task", Reject("new"), "new")

    class Sweeping:
        def __getattr__(self, name: str) -> object:
            return getattr(world.blobs, name)

        def read(self, key: str) -> Blob:
            if swept.id in key:
                raise NotFound
            return world.blobs.read(key)

    assert read_refusals(Sweeping()) == Refusals((kept,), 2)  # type: ignore[arg-type]
    assert kept.at - swept.at == timedelta(0)


def test_a_refusal_is_logged_by_its_id_and_reason() -> None:
    records = list[logging.LogRecord]()

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler = Listening()
    logger.addHandler(handler)
    try:
        refusal = refuse(MemoryWorld().deployment(), "upload", Unreadable("is damaged", where="Anna.zip"), "Anna.zip")
    finally:
        logger.removeHandler(handler)
    [record] = records
    assert (record.levelno, record.getMessage()) == (logging.WARNING, "refused")
    assert vars(record)["facts"] == {"kind": "upload", "id": refusal.id, "reason": "is damaged"}
