import contextlib
from datetime import timedelta

import pytest

from egregora.errors import Block, RateLimited, Split
from egregora.forms import Enrichment
from egregora.message import Message
from egregora.models import Request
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.estimating import estimate_window
from egregora.pipeline.payloads import decode_window_task
from egregora.pipeline.processing import process_window
from egregora.pipeline.reprocessing import Reprocessed, Scope, Spent, reprocess
from egregora.pipeline.slicing import slice_export
from egregora.privacy.directives import Directive
from egregora.privacy.people import learn
from egregora.settings import RunSettings, Settings, SiteSettings, WindowSettings
from egregora.testing import ScriptedModel
from egregora.testing.deployment import MemoryWorld
from egregora.testing.hooks import Hook
from exports import PEOPLE, conversation, export_of

ANSWER = Enrichment(language="en", summary="They met.")
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


def test_windows_without_a_time_lie_before_every_day() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    slice_export(deployment, export_of([Message(author="Chidi", text="undated")]))
    assert lose_tasks(world) == 1
    assert reprocess(deployment, Scope(since="2024-03-02")).enqueued == 0
    assert reprocess(deployment, Scope(until="2024-03-02")).enqueued == 1


def budgeted(world: MemoryWorld, hook: Hook | None = None, **run: float) -> Deployment:
    return world.deployment(settings=SMALL.model_copy(update={"run": RunSettings(**run)}), hook=hook)


def test_the_budget_is_passed_over_where_it_is_not_wanted() -> None:
    world = MemoryWorld()
    slice_export(budgeted(world), export_of(conversation(60)))
    lost = lose_tasks(world)
    assert reprocess(budgeted(world, budget_windows=1), budget=False) == Reprocessed(lost, 0)
    assert lost > 1


def test_a_window_that_costs_all_that_may_be_spent_is_enqueued() -> None:
    world = MemoryWorld()
    slice_export(budgeted(world), export_of(conversation(9)))
    assert lose_tasks(world) == 1
    [stored] = budgeted(world).manifests.all()
    price = estimate_window(SMALL, budgeted(world).model_name, stored.manifest.windows[0].bytes).cost
    assert price > 0
    assert reprocess(budgeted(world, budget_cost=price)) == Reprocessed(1, 0)


def test_two_at_once_share_the_budget_of_the_day() -> None:
    world, found = MemoryWorld(), list[Reprocessed]()
    slice_export(budgeted(world), export_of(conversation(60)))
    lost = lose_tasks(world)

    def hook(call: str, when: str) -> None:
        if (call, when) == ("blobs.write", "before") and not found:
            found.append(Reprocessed())
            found[0] = reprocess(budgeted(world, budget_windows=1))

    assert reprocess(budgeted(world, hook, budget_windows=1)) == Reprocessed(0, lost)
    assert found == [Reprocessed(1, lost - 1)]
    assert world.tasks.waiting("windows")[0] == 1


def test_a_half_that_was_begun_is_booked_at_its_own_size() -> None:
    def enrich(request: Request) -> Split | Enrichment:
        return Split() if len(request.material.messages) > 10 else ANSWER

    world = MemoryWorld()
    wide = Settings(windows=WindowSettings(strategy="messages", size=20))
    deployment = world.deployment(ScriptedModel(enricher=enrich, writer=[RateLimited()]), settings=wide)
    slice_export(deployment, export_of(conversation(20)))
    for _ in range(3):
        delivery = world.tasks.take("windows", timedelta(seconds=1))
        assert delivery
        with contextlib.suppress(RateLimited):
            process_window(deployment, decode_window_task(delivery.task.payload))
        world.tasks.done(delivery)
    halves = [stored.entry for stored in world.journal.select(states=["RUNNING"])]
    assert len(halves) == 2
    assert reprocess(deployment).enqueued == 2
    [booked] = world.blobs.list("budget/")
    costs = [estimate_window(wide, deployment.model_name, half.bytes).cost for half in halves]
    assert Spent.model_validate_json(world.blobs.read(booked.key).data).cost == pytest.approx(sum(costs))


def test_what_is_over_the_budget_is_counted_over_all_partitions() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL.model_copy(update={"run": RunSettings(budget_windows=1)}))
    slice_export(deployment, export_of([*conversation(60), *conversation(60, start="2024-04-01T09:00:00")]))
    lost = lose_tasks(world)
    assert len(list(deployment.manifests.all())) == 2
    assert reprocess(deployment) == Reprocessed(1, lost - 1)


def test_only_troubled_windows_within_the_scope_are_tried_again() -> None:
    def enrich(request: Request) -> Block | Enrichment:
        refused = not request.material.messages[0].text.startswith("0:")
        return Block("safety") if refused else Enrichment(language="en", summary="They met.")

    world = MemoryWorld()
    by_days = Settings(windows=WindowSettings(strategy="days", size=1))
    deployment = world.deployment(ScriptedModel(enricher=enrich), settings=by_days)
    slice_export(deployment, export_of(conversation(12, minutes=6 * 60)))
    world.work_off(deployment)
    assert reprocess(deployment, Scope(until="2024-03-02"), retry=True).enqueued == 1
    states = [stored.entry.state for stored in deployment.journal.select()]
    assert sorted(states) == ["BLOCKED", "BLOCKED", "DONE", "RUNNING"]


def other_model(world: MemoryWorld, hook: Hook | None = None) -> Deployment:
    return world.deployment(ScriptedModel(name="scripted-2"), settings=SMALL, hook=hook)


def test_under_another_model_a_plan_remembers_what_is_on_show_unless_somebody_opted_out_of_it() -> None:
    world = MemoryWorld()
    first = world.deployment(settings=SMALL)
    world.run(first, export_of(conversation(60)))
    [old] = first.manifests.all()
    deployment = other_model(world)
    reprocess(deployment)
    [new] = deployment.manifests.all()
    assert (new.manifest.recipe, new.manifest.model) == (deployment.recipe_digest, "scripted-2")
    assert new.manifest.windows == old.manifest.windows
    assert [entry.window for entry in new.manifest.superseded] == list(old.manifest.windows)
    ada = deployment.handles.of_name(PEOPLE[0])
    deployment.people.update(
        old.manifest.source, lambda people: learn(people, [], [Directive(ada, "opt-out", None, None)])
    )
    reprocess(world.deployment(ScriptedModel(name="scripted-3"), settings=SMALL))
    [newest] = deployment.manifests.all()
    assert newest.manifest.superseded == ()


def test_where_an_upload_was_first_its_plan_is_the_one_that_is_worked_on() -> None:
    world = MemoryWorld()
    world.run(world.deployment(settings=SMALL), export_of(conversation(60)))
    pending = [True]

    def hook(call: str, when: str) -> None:
        if (call, when) == ("blobs.write", "before") and pending:
            pending.clear()
            slice_export(other_model(world), export_of(conversation(110)))
            lose_tasks(world)

    found = reprocess(other_model(world, hook))
    [stored] = world.deployment().manifests.all()
    assert sum(window.messages for window in stored.manifest.windows) == 110
    assert found.enqueued == len(stored.manifest.windows)
    roots = set()
    while delivery := world.tasks.take("windows", timedelta(seconds=1)):
        roots.add(decode_window_task(delivery.task.payload).root)
        world.tasks.done(delivery)
    assert roots == {window.slice for window in stored.manifest.windows}


def test_a_source_that_is_forgotten_meanwhile_stays_forgotten() -> None:
    world = MemoryWorld()
    world.run(world.deployment(settings=SMALL), export_of(conversation(60)))

    def hook(call: str, when: str) -> None:
        if (call, when) == ("blobs.write", "before"):
            for stored in list(world.deployment().manifests.all()):
                world.deployment().manifests.delete(stored.manifest.source, stored.manifest.partition)

    deployment = other_model(world, hook)
    reprocess(deployment)
    assert list(deployment.manifests.all()) == []
    assert world.work_off(deployment).done == 0


def _probe() -> Request:
    from egregora.models import Material

    return Request("enricher", "", "", Enrichment, Material(()))
