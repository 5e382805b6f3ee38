"""What is kept of each upload, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from egregora.ids import SourceId, sha256
from egregora.ingest import Export, Report, Warning, join  # noqa: A004
from egregora.pipeline.reports import UploadReport, keep_report, read_reports, told
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


@pytest.mark.parametrize(
    ("count", "detail", "lines", "said"),
    [
        (1, "", (), "odd lines (1)"),
        (1, "left out", (7,), "odd lines (1, line 7): left out"),
        (2, "left out", (7, 9), "odd lines (2, lines 7, 9): left out"),
        (1_234, "left out", (7, 8, 9), "odd lines (1,234, lines 7, 8, 9 …): left out"),
    ],
)
def test_a_warning_is_told_with_its_count_and_first_lines(
    count: int, detail: str, lines: tuple[int, ...], said: str
) -> None:
    assert told("odd_lines", count, detail, lines) == said


def report(messages: int = 5, system: int = 0, first: str | None = None, last: str | None = None) -> UploadReport:
    return UploadReport(source=SOURCE, platform="whatsapp", messages=messages, system=system, first=first, last=last)


@pytest.mark.parametrize(
    ("messages", "system", "said"),
    [
        (1, 0, "1 message"),
        (0, 1, "0 messages and 1 notice"),
        (2, 2, "2 messages and 2 notices"),
        (1_234, 5_678, "1,234 messages and 5,678 notices"),
    ],
)
def test_messages_and_notices_of_an_upload_are_counted(messages: int, system: int, said: str) -> None:
    assert report(messages, system).lines() == [f"whatsapp, ? to ?: {said} read"]
    dated = report(messages, system, "2024-03-01T09:00:00", "2024-03-02T09:00:00")
    assert dated.lines() == [f"whatsapp, 2024-03-01 to 2024-03-02: {said} read"]


def test_uploads_stand_in_the_order_of_their_spans_and_size() -> None:
    march, april, may = (f"2024-0{month}-01T09:00:00" for month in (3, 4, 5))
    spans = [(None, None), (None, may), (march, None), (march, april), (march, may), (april, april)]
    ordered = [report(count, 0, first, last) for first, last in spans for count in (5, 50)]
    for shuffled in (ordered[::-1], ordered[::2] + ordered[1::2]):
        blobs = MemoryBlobs()
        for number, each in enumerate(shuffled):
            blobs.write(f"reports/{SOURCE}/{number:02}.json", each.model_dump_json().encode())
        assert read_reports(blobs, SOURCE) == ordered


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
    [kept] = blobs.list()
    assert kept.key == f"reports/{SOURCE}/{sha256(blobs.read(kept.key).data)[:16]}.json", "by a later version, too"


def test_the_same_upload_twice_at_once_is_written_once() -> None:
    blobs, found = MemoryBlobs(), export("a.txt")

    def at_once() -> None:
        keep_report(blobs, SOURCE, found.chats[0], found)

    keep_report(blobs, SOURCE, found.chats[0], found, ask=at_once)
    assert [info.generation for info in blobs.list()] == [1]


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
