"""What a task carries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from egregora.errors import Reject
from egregora.ids import Partition, RecipeDigest, Signature, SliceDigest, SourceId, signature
from egregora.pipeline.payloads import VERSION, WindowTask, decode_window_task

TASK = WindowTask(
    source=SourceId("club"),
    partition=Partition("2024-03"),
    root=SliceDigest("a"),
    slice=SliceDigest("b"),
    recipe=RecipeDigest("r"),
    model="offline-1",
    parent=Signature("p"),
)


@pytest.mark.parametrize("task", [TASK, replace(TASK, parent=None)])
def test_a_task_comes_back_as_it_was_sent(task: WindowTask) -> None:
    assert decode_window_task(task.encode()) == task
    assert decode_window_task(task.encode().encode()) == task
    assert task.signature == signature(task.slice, task.recipe, task.model)


def test_a_task_of_another_version_is_refused_by_both_numbers() -> None:
    with pytest.raises(Reject, match=f"version 7, this code knows {VERSION}"):
        decode_window_task(replace(TASK, version=7).encode())


@pytest.mark.parametrize("payload", ["", "null", "{}", b"\xff", '{"version":1}'])
def test_what_is_no_task_cannot_be_read(payload: str | bytes) -> None:
    with pytest.raises(Reject, match=r"^the task's payload cannot be read$"):
        decode_window_task(payload)


@pytest.mark.parametrize("field", ["source", "partition", "root", "slice"])
def test_what_would_lead_out_of_the_store_is_refused(field: str) -> None:
    with pytest.raises(Reject, match="path"):
        decode_window_task(replace(TASK, **{field: ".."}).encode())  # type: ignore[arg-type]
