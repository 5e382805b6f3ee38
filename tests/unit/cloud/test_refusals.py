from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from egregora.errors import Reject, Unreadable
from egregora.ids import Partition, RecipeDigest, SliceDigest, SourceId
from egregora.pipeline.payloads import WindowTask, decode_window_task
from egregora.pipeline.publishing import publish_site
from egregora.pipeline.refusals import LISTED, read_refusals, refuse
from egregora.pipeline.runner import Runner
from egregora.pipeline.sweeping import sweep
from egregora.tasks import Task
from egregora.testing.deployment import MemoryWorld

TASK = WindowTask(
    source=SourceId("family"), partition=Partition("2024-03"), root=SliceDigest("a"), slice=SliceDigest("a"),
    recipe=RecipeDigest("b"), model="offline-1",
)  # fmt: skip
NAME = "WhatsApp Chat with Anna.zip"


def test_a_refusal_keeps_the_fault_and_no_name() -> None:
    world = MemoryWorld()
    deployment = world.deployment()
    refuse(deployment, "upload", Unreadable("is encrypted; export it again", where=NAME), "exports", NAME, "17")
    [refusal] = read_refusals(world.blobs).newest
    assert (refusal.kind, refusal.reason, refusal.at) == ("upload", "is encrypted; export it again", world.clock.now())
    [kept] = world.blobs.list("refusals/")
    assert kept.key == f"refusals/upload/{refusal.id}.json"
    assert b"Anna" not in world.blobs.read(kept.key).data


def test_the_same_again_changes_nothing_and_another_generation_is_another_refusal() -> None:
    world = MemoryWorld()
    deployment = world.deployment()
    for generation in ("17", "17", "18"):
        refuse(deployment, "upload", Unreadable(), "exports", NAME, generation)
        world.clock.advance(60)
    first, second = reversed(read_refusals(world.blobs).newest)
    assert second.at - first.at == timedelta(minutes=2)


def test_the_status_page_shows_the_newest_and_counts_the_rest() -> None:
    world = MemoryWorld()
    deployment = world.deployment()
    for number in range(LISTED + 3):
        refuse(deployment, "upload" if number % 2 else "task", Reject(f"reason <{number}>"), str(number))
        world.clock.advance(86400)
    publish_site(deployment)
    page = world.site()["status/index.html"].decode()
    assert "reason &lt;22&gt;" in page
    assert "23 March 2024, 12:00 UTC" in page
    assert "reason &lt;3&gt;" in page
    assert "reason &lt;2&gt;" not in page
    assert "And 3 more" in page


def test_a_site_without_refusals_does_not_speak_of_them() -> None:
    world = MemoryWorld()
    publish_site(world.deployment())
    assert "could not be read" not in world.site()["status/index.html"].decode()


def test_refusals_are_swept_like_all_that_is_old() -> None:
    world = MemoryWorld()
    deployment = world.deployment()
    refuse(deployment, "task", Reject(), "old")
    world.clock.advance(86400 * (deployment.settings.run.keep_days + 1))
    refuse(deployment, "task", Reject("new"), "new")
    sweep(deployment)
    assert [refusal.reason for refusal in read_refusals(world.blobs).newest] == ["new"]


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"\xff", b"null", b"[]", b"{}", b'{"source": "\xff"}', b"[" * 100_000,
        TASK.encode().encode().replace(b'"version":1', b'"version":99'),
        replace(TASK, source=SourceId("../../config")).encode().encode(),
        replace(TASK, partition=Partition("")).encode().encode(),
        replace(TASK, slice=SliceDigest("a\x00")).encode().encode(),
    ],
)  # fmt: skip
def test_a_payload_that_is_no_task_is_known_before_anything_is_done(payload: bytes) -> None:
    with pytest.raises(Reject):
        decode_window_task(payload)


def test_the_local_runner_records_a_payload_that_is_none_and_goes_on() -> None:
    world = MemoryWorld()
    deployment = world.deployment()
    world.tasks.enqueue([Task("windows", "no payload")])
    Runner(deployment, world.tasks, workers=1, progress=lambda _: None).run()
    [refusal] = read_refusals(world.blobs).newest
    assert (refusal.kind, refusal.reason) == ("task", "the task's payload cannot be read")
