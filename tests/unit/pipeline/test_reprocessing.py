from datetime import timedelta

import pytest

from egregora.errors import Block
from egregora.models import Request
from egregora.pipeline.reprocessing import Reprocessed, Scope, reprocess
from egregora.pipeline.slicing import slice_export
from egregora.settings import RunSettings, Settings, SiteSettings, WindowSettings
from egregora.testing import ScriptedModel
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of

SMALL = Settings(windows=WindowSettings(tokens=1_024, context=0), site=SiteSettings(search=False, markdown=False))


def lose_tasks(world: MemoryWorld) -> int:
    lost = 0
    while delivery := world.tasks.take("windows", timedelta(seconds=1)):
        world.tasks.done(delivery)
        lost += 1
    return lost


def test_lost_tasks_are_found_and_enqueued_again() -> None:
    world, model = MemoryWorld(), ScriptedModel()
    deployment = world.deployment(model, settings=SMALL)
    slice_export(deployment, export_of(conversation(80)))
    lost = lose_tasks(world)
    assert lost > 2
    assert reprocess(deployment) == Reprocessed(lost, 0)
    assert world.work_off(deployment).done == lost
    assert reprocess(deployment) == Reprocessed(0, 0)


def test_a_lost_half_of_a_split_window_is_found() -> None:
    world, model = MemoryWorld(), ScriptedModel(max_input_tokens=3_000)
    wide = Settings(windows=WindowSettings(tokens=200_000), site=SMALL.site)
    deployment = world.deployment(model, settings=wide)
    slice_export(deployment, export_of(conversation(120)))
    delivery = world.tasks.take("windows", timedelta(seconds=1))
    assert delivery is not None
    from egregora.pipeline.payloads import decode_window_task
    from egregora.pipeline.processing import process_window

    process_window(deployment, decode_window_task(delivery.task.payload))
    world.tasks.done(delivery)
    assert lose_tasks(world) == 2
    assert reprocess(deployment).enqueued == 2
    world.work_off(deployment)
    assert {stored.entry.state for stored in world.journal.select()} == {"SPLIT", "DONE"}


def test_a_changed_model_works_on_everything_again_and_reuses_nothing() -> None:
    world, model = MemoryWorld(), ScriptedModel()
    world.run(world.deployment(model, settings=SMALL), export_of(conversation(80)))
    other = ScriptedModel(name="scripted-2")
    deployment = world.deployment(other, settings=SMALL)
    enqueued = reprocess(deployment).enqueued
    tally = world.work_off(deployment)
    assert tally.done == enqueued
    assert other.calls == model.calls
    assert tally.usage.reused == 0


def test_a_changed_writer_prompt_reuses_every_enrichment() -> None:
    from egregora.agents.prompts import load_prompts

    world, model = MemoryWorld(), ScriptedModel()
    world.run(world.deployment(model, settings=SMALL), export_of(conversation(80)))
    windows = model.calls["enricher"]
    deployment = world.deployment(model, settings=SMALL, prompts=load_prompts({"writer.md": "Write like a poet."}))
    reprocess(deployment)
    tally = world.work_off(deployment)
    assert (model.calls["enricher"], model.calls["writer"]) == (windows, 2 * windows)
    assert (tally.usage.calls, tally.usage.reused) == (windows, windows)


def test_the_budget_of_a_day_is_kept_and_the_rest_waits_for_the_next() -> None:
    world, model = MemoryWorld(), ScriptedModel()
    frugal = SMALL.model_copy(update={"run": RunSettings(budget_windows=2)})
    deployment = world.deployment(model, settings=frugal)
    slice_export(deployment, export_of(conversation(200)))
    lost = lose_tasks(world)
    assert reprocess(deployment) == Reprocessed(2, lost - 2)
    world.work_off(deployment)
    assert reprocess(deployment) == Reprocessed(0, lost - 2)
    world.clock.advance(24 * 3600)
    assert reprocess(deployment).enqueued == 2


def test_a_budget_of_money_bounds_a_paid_model() -> None:
    world = MemoryWorld()
    frugal = SMALL.model_copy(update={"run": RunSettings(budget_cost=0.03)})
    deployment = world.deployment(ScriptedModel(), settings=frugal)
    slice_export(deployment, export_of(conversation(120)))
    lost = lose_tasks(world)
    found = reprocess(deployment)
    assert 0 < found.enqueued < lost
    assert found.over_budget == lost - found.enqueued


def test_blocked_windows_are_tried_again_only_when_asked() -> None:
    world = MemoryWorld()
    answer = ScriptedModel()
    model = ScriptedModel(enricher=[Block("safety"), answer.answer(_probe()).text])
    deployment = world.deployment(model, settings=SMALL)
    slice_export(deployment, export_of(conversation(10)))
    world.work_off(deployment)
    assert reprocess(deployment).enqueued == 0
    assert reprocess(deployment, retry=True).enqueued == 1
    assert world.work_off(deployment).done == 1


@pytest.mark.parametrize(("scope", "some"), [(Scope(since="2024-03-02"), True), (Scope(until="2024-02-01"), False)])
def test_a_span_of_time_limits_what_is_enqueued(scope: Scope, some: bool) -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    slice_export(deployment, export_of(conversation(300)))
    lost = lose_tasks(world)
    enqueued = reprocess(deployment, scope).enqueued
    assert (0 < enqueued < lost) if some else enqueued == 0


def _probe() -> Request:
    from egregora.forms import Enrichment
    from egregora.models import Material

    return Request("enricher", "", "", Enrichment, Material(()))
