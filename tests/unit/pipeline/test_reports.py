"""What is kept of each upload, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from egregora.ids import SourceId
from egregora.ingest import Export, Report, Warning, join  # noqa: A004
from egregora.pipeline.reports import keep_report, read_reports
from egregora.pipeline.slicing import slice_export
from egregora.testing import MemoryBlobs
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of

SOURCE = SourceId("harbour-street")


def export(*names: str, warnings: tuple[Warning, ...] = ()) -> Export:
    """One chat in each file."""
    whole = join(export_of(conversation(9 + number)) for number, _ in enumerate(names))
    files = tuple(replace(file, name=name) for file, name in zip(whole.report.files, names, strict=True))
    return Export(whole.chats, Report(files, warnings))


def test_a_warning_is_told_of_the_chat_whose_file_it_came_from() -> None:
    blobs, cut = MemoryBlobs(), Warning("truncated_file", 1, "the rest is missing", "Ada.txt")
    found = export("Ada.txt", "Bruno.txt", warnings=(cut, Warning("calendar", 1, "converted", "media.json")))
    for chat in found.chats:
        keep_report(blobs, SOURCE, chat, found)
    first, second = read_reports(blobs, SOURCE)
    assert [w.code for w in first.warnings] == ["truncated_file", "calendar"]
    assert [w.code for w in second.warnings] == ["calendar"]


def test_no_name_of_a_file_is_kept_but_numbers_of_lines_are() -> None:
    blobs = MemoryBlobs()
    found = export("Ada.txt", warnings=(Warning("head_lines_dropped", 5, "left out", "Ada.txt", (1, 2, 3)),))
    keep_report(blobs, SOURCE, found.chats[0], found)
    assert all(b"Ada" not in blobs.read(info.key).data and "Ada" not in info.key for info in blobs.list())
    assert read_reports(blobs, SOURCE)[0].lines() == [
        "whatsapp, 2024-03-01 to 2024-03-01: 9 messages read",
        "whatsapp, 2024-03-01 to 2024-03-01: head lines dropped (5, lines 1, 2, 3 …): left out",
    ]


def test_the_same_upload_again_is_looked_up_and_not_written() -> None:
    class Counting(MemoryBlobs):
        writes = 0

        def write(self, key: str, data: bytes, *, if_generation: int | None = None) -> int:
            self.writes += 1
            return super().write(key, data, if_generation=if_generation)

    blobs, found = Counting(), export("a.txt")
    for _ in range(3):
        keep_report(blobs, SOURCE, found.chats[0], found)
    assert blobs.writes == 1


def test_an_upload_that_brings_nothing_new_is_shown_all_the_same() -> None:
    world = MemoryWorld()
    deployment = world.deployment()
    world.run(deployment, export_of(conversation(40)))
    world.clock.advance(3600)
    while delivery := world.tasks.take("publish", timedelta(minutes=1)):
        world.tasks.done(delivery)
    slice_export(deployment, export_of(conversation(24)))
    assert world.tasks.waiting("publish")[0] == 1
    slice_export(deployment, export_of(conversation(24)))
    assert world.tasks.waiting("publish")[0] == 1
