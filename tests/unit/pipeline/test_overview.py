"""How things stand, told of every source."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from egregora.errors import Block
from egregora.forms import Enrichment
from egregora.ids import SourceId
from egregora.journal import Usage
from egregora.models import Request
from egregora.pipeline.overview import Trouble, overview
from egregora.pipeline.payloads import decode_window_task
from egregora.pipeline.processing import Outcome, Result, process_window
from egregora.pipeline.reprocessing import Scope, reprocess
from egregora.pipeline.slicing import slice_export
from egregora.settings import Settings, WindowSettings
from egregora.testing import ScriptedModel
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of

SMALL = Settings(windows=WindowSettings(tokens=1_000, context=0))


def enrich(request: Request) -> Block | Enrichment:
    refused = request.material.messages[0].text.startswith("0:")
    return Block("safety") if refused else Enrichment(language="en", summary="They met.")


def test_windows_are_counted_by_state_and_troubles_told_with_their_reason() -> None:
    world = MemoryWorld()
    deployment = world.deployment(ScriptedModel(enricher=enrich), settings=SMALL)
    slice_export(deployment, export_of(conversation(120)))
    [waiting] = overview(deployment)
    windows = [window for stored in deployment.manifests.all() for window in stored.manifest.windows]
    assert waiting.states == {"WAITING": len(windows)}
    assert (waiting.posts, waiting.usage, waiting.troubles) == (0, Usage(), [])
    world.work_off(deployment)
    [found] = overview(deployment)
    entries = [stored.entry for stored in world.journal.select()]
    assert found.source == "harbour-street"
    assert (found.messages, found.first, found.last) == (120, windows[0].first, windows[-1].last)
    assert found.states == {"DONE": len(windows) - 1, "BLOCKED": 1}
    assert found.posts == sum(entry.posts for entry in entries) > 0
    assert found.usage == sum((entry.usage for entry in entries), Usage())
    [blocked] = [entry for entry in entries if entry.state == "BLOCKED"]
    assert found.troubles == [Trouble(blocked.signature, "BLOCKED", windows[0].first, windows[0].last, "safety")]
    assert found.uploads == ["whatsapp, 2024-03-01 to 2024-03-01: 120 messages read"]


def test_a_window_under_way_is_one_that_waits_and_every_source_stands_in_order() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    for name in ("Climbers", "Bakers"):
        slice_export(deployment, export_of(conversation(9), name=name))

    during = list[dict[str, int]]()

    def hook(call: str, when: str) -> None:
        if (call, when) == ("model.answer", "before"):
            during.extend(one.states for one in overview(deployment))

    delivery = world.tasks.take("windows", timedelta(minutes=1))
    assert delivery
    process_window(world.deployment(settings=SMALL, hook=hook), decode_window_task(delivery.task.payload))
    assert [one.source for one in overview(deployment)] == ["bakers", "climbers"]
    assert during[:2] == [{"WAITING": 1}, {"WAITING": 1}]


def test_what_was_spent_is_told_of_the_source_it_was_spent_on() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    for name, count in (("Climbers", 9), ("Bakers", 60)):
        slice_export(deployment, export_of(conversation(count), name=name))
    world.work_off(deployment)
    bakers, climbers = overview(deployment)
    assert bakers.usage.calls > climbers.usage.calls == 2


def test_what_is_logged_of_a_delivery_are_figures_and_a_reason() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    slice_export(deployment, export_of(conversation(9)))
    world.work_off(deployment)
    [entry] = [stored.entry for stored in world.journal.select()]
    told = replace(entry, usage=Usage(100, 20, 0.12345678, 2), seconds=1.23456, reason="why", posts=2, attempt=3)
    assert Outcome(Result.DONE, told).facts == {
        "attempt": 3,
        "posts": 2,
        "tokens": 120,
        "cost": 0.123457,
        "seconds": 1.235,
        "reason": "why",
    }
    assert Outcome(Result.HELD).facts == {}


def test_a_span_of_dates_holds_the_windows_that_touch_it_both_ends_included() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=Settings(windows=WindowSettings(strategy="days", size=1)))
    slice_export(deployment, export_of(conversation(12, minutes=6 * 60)))  # 1 March 9:00 to 4 March 3:00
    slice_export(deployment, export_of(conversation(12, minutes=6 * 60), name="Bakers"))

    def held(**span: str) -> int:
        return reprocess(deployment, Scope(SourceId("bakers"), **span), budget=False).enqueued

    assert held() == 4
    assert held(since="2024-03-02") == held(until="2024-03-03") == 3
    assert held(since="2024-03-02", until="2024-03-02") == 1
    assert held(since="2024-03-02T23") == 2
    assert held(since="2024-03-05") == held(until="2024-02-29") == 0
    assert held(since="2024-03", until="2024") == 4
    assert reprocess(deployment, Scope(until="2024-03-01"), budget=False).enqueued == 2
