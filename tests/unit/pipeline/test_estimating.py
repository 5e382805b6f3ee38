"""What an upload would cost, by the prices of the settings."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from egregora.message import Message
from egregora.pipeline.estimating import Estimate, SourceEstimate, estimate_export, estimate_window
from egregora.pipeline.slicing import slice_export
from egregora.settings import ModelSettings, Settings, WindowSettings
from egregora.testing import ScriptedModel
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of

PRICED = Settings(
    model=ModelSettings(price_input=0.3, price_output=2.5), windows=WindowSettings(strategy="messages", size=10)
)


def later(messages: list[Message], by: timedelta) -> list[Message]:
    return [msgspec.structs.replace(m, time=(datetime.fromisoformat(m.time or "") + by).isoformat()) for m in messages]


def test_a_window_is_read_and_answered_by_both_agents() -> None:
    found = estimate_window(PRICED, "gemini-x", 64_003)
    assert (found.windows, found.input_tokens, found.output_tokens) == (1, 2 * (16_000 + 1_500), 2 * 2_500)
    assert found.cost == pytest.approx((35_000 * 0.3 + 5_000 * 2.5) / 1_000_000, rel=1e-9)
    assert estimate_window(PRICED, "offline-1", 64_003).cost == 0.0


def test_estimates_add_up() -> None:
    assert Estimate(1, 2, 3, 0.25) + Estimate(10, 20, 30, 0.5) == Estimate(11, 22, 33, 0.75)


def test_an_export_is_estimated_as_it_would_be_sliced_and_nothing_is_written() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=PRICED)
    before = [info.key for info in world.blobs.list()]
    told = list[int]()
    [found] = estimate_export(deployment, export_of(conversation(40)), progress=told.append)
    assert sum(told) == 40
    assert (found.source, found.messages, found.windows, found.new.windows) == ("harbour-street", 40, 4, 4)
    # Which source a chat belongs to is decided once, and remembered.
    assert {info.key.split("/")[0] for info in world.blobs.list() if info.key not in before} <= {"sources", "recipes"}
    slice_export(deployment, export_of(conversation(40)))
    windows = [window for stored in deployment.manifests.all() for window in stored.manifest.windows]
    expected = sum((estimate_window(PRICED, deployment.model_name, w.bytes) for w in windows), Estimate())
    assert found.new == expected


def test_what_is_done_is_not_counted_and_what_another_model_did_is() -> None:
    world = MemoryWorld()
    world.run(world.deployment(settings=PRICED), export_of(conversation(40)))
    longer = export_of(conversation(55))
    [found] = estimate_export(world.deployment(settings=PRICED), longer)
    assert (found.windows, found.new.windows) == (6, 2)
    [same] = estimate_export(world.deployment(settings=PRICED), export_of(conversation(40)))
    assert same == SourceEstimate(found.source, 40, 4, Estimate())
    other = world.deployment(ScriptedModel(name="other"), settings=PRICED)
    [again] = estimate_export(other, export_of(conversation(40)))
    assert (again.windows, again.new.windows) == (4, 4)


def test_windows_of_every_month_are_counted_and_another_clock_adds_none() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=PRICED)
    messages = [*conversation(40), *conversation(20, start="2024-04-02T09:00:00")]
    world.run(deployment, export_of(messages))
    for export in (export_of(messages), export_of(later(messages, timedelta(hours=3)))):
        [found] = estimate_export(deployment, export)
        assert (found.windows, found.new) == (6, Estimate())


def test_each_chat_is_estimated_against_what_the_archive_has_of_it_and_by_the_folder_it_lies_in() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=PRICED)
    climbers, bakers = (
        export_of(conversation(30, words=words), name=name) for words, name in [(5, "Climbers"), (9, "Bakers")]
    )
    for export in (climbers, bakers):
        world.run(deployment, export)
    for export in (climbers, bakers):
        [found] = estimate_export(deployment, export)
        assert (found.windows, found.new) == (3, Estimate())
    [moved] = estimate_export(deployment, climbers, folder="mountains")
    assert (moved.source, moved.new.windows) == ("mountains", 3)


def test_new_messages_by_another_clock_are_estimated_as_they_will_be_packed() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=PRICED)
    world.run(deployment, export_of(conversation(40)))
    [found] = estimate_export(deployment, export_of(later(conversation(55), timedelta(hours=3))))
    assert (found.windows, found.new.windows) == (6, 2)


def test_what_crosses_the_edge_of_a_month_by_another_clock_alone_is_estimated_where_it_belongs() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=PRICED)
    messages = conversation(50, start="2024-03-31T16:00:00")
    world.run(deployment, export_of(messages[:40]))
    [found] = estimate_export(deployment, export_of(later(messages, timedelta(hours=3))))
    assert (found.windows, found.new.windows) == (5, 1)
