from egregora.errors import Retry
from egregora.forms import Enrichment
from egregora.pipeline.processing import Outcome, Result
from egregora.pipeline.runner import Runner, Tally
from egregora.pipeline.slicing import slice_export
from egregora.settings import Settings, WindowSettings
from egregora.testing import ScriptedModel
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of


def test_an_outage_is_told_while_it_lasts_and_no_longer() -> None:
    world, told = MemoryWorld(), list[Tally]()
    model = ScriptedModel(enricher=[Retry("no connection")] * 2 + [Enrichment(language="en", summary="They met.")])
    deployment = world.deployment(model)
    slice_export(deployment, export_of(conversation(10)))
    Runner(deployment, world.tasks, workers=1, progress=told.append).run()
    assert [tally.delayed for tally in told] == ["no connection", "no connection", ""]
    assert [tally.done for tally in told] == [0, 0, 1]


def test_a_run_counts_posts_and_ends_with_nothing_waiting() -> None:
    world, told = MemoryWorld(), list[Tally]()
    deployment = world.deployment(settings=Settings(windows=WindowSettings(strategy="messages", size=10)))
    slice_export(deployment, export_of(conversation(30)))
    tally = Runner(deployment, world.tasks, workers=2, progress=told.append).run()
    entries = [stored.entry for stored in world.journal.select()]
    assert (tally.done, tally.posts, tally.waiting) == (3, sum(entry.posts for entry in entries), 0)
    assert tally.posts > 0
    assert tally.usage.calls == sum(entry.usage.calls for entry in entries)
    assert len(told) >= 3


def test_only_a_delivery_that_finished_a_window_adds_to_the_tally() -> None:
    world = MemoryWorld()
    deployment = world.deployment()
    slice_export(deployment, export_of(conversation(10)))
    world.work_off(deployment)
    [stored] = world.journal.select()
    assert stored.entry.posts > 0
    for result in set(Result) - {Result.DONE, Result.SPLIT, Result.BLOCKED, Result.FAILED}:
        assert Tally().plus(Outcome(result, stored.entry)) == Tally()
    assert Tally(posts=1).plus(Outcome(Result.DONE, stored.entry)) == Tally(done=1, posts=1 + stored.entry.posts)
