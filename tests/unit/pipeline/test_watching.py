"""Looking on while others work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from egregora.errors import Block, Split
from egregora.forms import Enrichment
from egregora.ids import SourceId
from egregora.journal import Usage
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.payloads import decode_window_task
from egregora.pipeline.processing import process_window
from egregora.pipeline.runner import Tally
from egregora.pipeline.slicing import slice_export
from egregora.pipeline.watching import watch_windows
from egregora.settings import Settings, WindowSettings
from egregora.testing import ManualClock, ScriptedModel
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of

SMALL = Settings(windows=WindowSettings(tokens=1_000, context=0))


class WorkingClock(ManualClock):
    """While somebody waits, one window is worked on."""

    world: MemoryWorld
    deployment: Deployment

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        delivery = self.world.tasks.take("windows", timedelta(minutes=11))
        if delivery:
            process_window(self.deployment, decode_window_task(delivery.task.payload))
            self.world.tasks.done(delivery)


def working(model: ScriptedModel) -> tuple[MemoryWorld, Deployment, SourceId]:
    clock = WorkingClock()
    world = MemoryWorld(clock)
    clock.world, clock.deployment = world, world.deployment(model, settings=SMALL)
    sliced = slice_export(clock.deployment, export_of(conversation(200)))
    return world, clock.deployment, sliced[0].source


ANSWER = Enrichment(language="en", summary="They talked.")


def spent(deployment: Deployment) -> Usage:
    return sum((stored.entry.usage for stored in deployment.journal.select()), Usage())


def watch(deployment: Deployment, source: SourceId, progress: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Look on from this moment."""
    return watch_windows(deployment, [source], since=deployment.clock.now(), progress=progress)


def test_it_ends_when_every_window_is_terminal_and_tells_of_each_step() -> None:
    _, deployment, source = working(
        ScriptedModel(enricher=lambda request: Block("no") if " 107: " in request.content else ANSWER)
    )
    told = list[Tally]()
    tally = watch(deployment, source, told.append)
    assert (tally.waiting, tally.blocked) == (0, 1)
    assert tally.done + tally.blocked == told[0].waiting
    assert tally.posts == tally.done
    assert tally.usage.calls == spent(deployment).calls
    assert [one.waiting for one in told] == sorted((one.waiting for one in told), reverse=True)


def test_windows_that_are_split_meanwhile_are_followed_to_their_halves() -> None:
    _, deployment, source = working(
        ScriptedModel(enricher=lambda request: Split("too long") if len(request.material.messages) > 20 else ANSWER)
    )
    tally = watch(deployment, source)
    assert tally.split
    assert tally.done > tally.split
    assert tally.usage.calls == spent(deployment).calls


def test_windows_above_halves_of_halves_are_counted_too() -> None:
    _, deployment, source = working(
        ScriptedModel(enricher=lambda request: Split("too long") if len(request.material.messages) > 4 else ANSWER)
    )
    tally = watch(deployment, source)
    entries = [stored.entry for stored in deployment.journal.select()]
    split = {entry.signature for entry in entries if entry.state == "SPLIT"}
    assert tally.split == len(split)
    assert any(entry.parent in split for entry in entries if entry.state == "SPLIT")


def test_what_was_terminal_when_the_command_began_is_not_counted() -> None:
    _, deployment, source = working(ScriptedModel())
    watch(deployment, source)
    deployment.clock.sleep(1)
    assert watch(deployment, source) == Tally()


def test_what_ended_between_the_beginning_and_the_first_look_is_counted() -> None:
    world, deployment, source = working(ScriptedModel())
    began = deployment.clock.now()
    while world.tasks.waiting("windows")[0]:
        deployment.clock.sleep(1)
    tally = watch_windows(deployment, [source], since=began)
    assert tally.done == len(list(deployment.journal.select()))
    assert tally.waiting == 0


def test_what_ended_at_the_very_beginning_is_counted() -> None:
    world, deployment, source = working(ScriptedModel())
    began = deployment.clock.now()
    world.work_off(deployment)
    assert watch_windows(deployment, [source], since=began).done == len(list(deployment.journal.select()))


def test_windows_of_every_month_and_source_are_waited_for_and_failed_ones_counted() -> None:
    clock = WorkingClock()
    world = MemoryWorld(clock)
    by_ten = Settings(windows=WindowSettings(strategy="messages", size=10))
    clock.world, clock.deployment = world, world.deployment(ScriptedModel(enricher=[Split("no")]), settings=by_ten)
    april = conversation(20, start="2024-04-01T09:00:00", words=0)
    for name, messages in [("Club", [*conversation(20, words=0), *april]), ("Bakers", conversation(10, words=0))]:
        slice_export(clock.deployment, export_of(messages, name=name))
    told = list[Tally]()
    sources = clock.deployment.manifests.sources()
    tally = watch_windows(clock.deployment, sources, since=clock.now(), progress=told.append)
    assert told[0].waiting == 5
    failed = [stored.entry for stored in world.journal.select(states=["FAILED"])]
    assert tally.failed == len(failed) > 0
    assert (tally.done, tally.blocked, tally.waiting) == (0, 0, 0)


def test_a_plan_that_is_replaced_meanwhile_is_followed_in_its_new_form() -> None:
    world, deployment, source = working(ScriptedModel())
    deliveries = iter(range(100))

    def progress(tally: Tally) -> None:
        if next(deliveries) == 1:
            slice_export(deployment, export_of(conversation(260)))

    watch(deployment, source, progress)
    assert world.tasks.waiting("windows")[0] == 0


class ImpatientClock(ManualClock):
    """Notes how long somebody waits; after a while the work is done."""

    world: MemoryWorld
    deployment: Deployment

    def __init__(self, waits: int) -> None:
        super().__init__()
        self.slept = list[float]()
        self.waits = waits

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.slept.append(seconds)
        if len(self.slept) in {3, self.waits}:
            delivery = self.world.tasks.take("windows", timedelta(minutes=11))
            assert delivery
            process_window(self.deployment, decode_window_task(delivery.task.payload))
            self.world.tasks.done(delivery)


def test_it_looks_soon_while_something_happens_and_seldom_while_nothing_does() -> None:
    clock = ImpatientClock(waits=12)
    world = MemoryWorld(clock)
    settings = Settings(windows=WindowSettings(strategy="messages", size=10))
    clock.world, clock.deployment = world, world.deployment(ScriptedModel(), settings=settings)
    [sliced] = slice_export(clock.deployment, export_of(conversation(20)))
    tally = watch(clock.deployment, sliced.source)
    assert clock.slept == [1.0, 1.5, 2.25, 1.0, 1.5, 2.25, 3.375, 5.0625, 7.59375, 11.390625, 15.0, 15.0]
    assert (tally.done, tally.waiting) == (2, 0)
