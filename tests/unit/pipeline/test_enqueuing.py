"""Asking for a publish: one for a burst, and none that begins without a window that counts on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from egregora.archive.manifest import Manifest, WindowRef
from egregora.ids import Partition, Signature, SliceDigest, SourceId
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.enqueuing import BATCH, CLOCKS_DIFFER, ask_for_publish, enqueue_leaves, unfinished
from egregora.pipeline.leaves import Leaf
from egregora.pipeline.payloads import WindowTask, decode_window_task
from egregora.settings import RunSettings, Settings
from egregora.testing import ManualClock
from egregora.testing.deployment import MemoryWorld

LEASE = timedelta(hours=1)
APART = CLOCKS_DIFFER.total_seconds()


def asking(world: MemoryWorld, every: float, *, ahead: float = 0) -> Deployment:
    """A function on this world whose clock is `ahead` of the queue's."""
    settings = Settings(run=RunSettings(publish_every=every))
    clock = ManualClock(world.clock.now() + timedelta(seconds=ahead))
    return replace(world.deployment(settings=settings), clock=clock)


def pass_time(world: MemoryWorld, until: float, finished: list[int], published: set[int]) -> None:
    """Let the queue's time come to be `until` seconds later; each publish begins the moment it is due."""
    end = world.clock.now() + timedelta(seconds=until)
    while (due := world.tasks.waiting("publish")[1]) is not None and due <= end:
        world.clock.advance(max(0.0, (due - world.clock.now()).total_seconds()))
        delivery = world.tasks.take("publish", LEASE)
        assert delivery is not None
        published.update(finished)
        world.tasks.done(delivery)
    world.clock.advance((end - world.clock.now()).total_seconds())


@given(
    every=st.sampled_from([0.1, 1.0, 7.3, 30.0, 300.0]) | st.floats(0.1, 600),
    windows=st.lists(st.tuples(st.floats(0, 90), st.floats(-APART, APART)), min_size=1, max_size=12),
)
@example(every=30.0, windows=[(29.0, 0.0), (2.0, -4.0)])
@example(every=30.0, windows=[(30.0, APART), (0.0, -APART), (35.0, -APART)])
def test_every_window_is_published_however_much_clocks_differ(every: float, windows: list[tuple[float, float]]) -> None:
    world = MemoryWorld()
    finished: list[int] = []
    published: set[int] = set()
    for number, (pause, ahead) in enumerate(windows):
        pass_time(world, pause, finished, published)
        finished.append(number)
        ask_for_publish(asking(world, every, ahead=ahead))
    pass_time(world, every + 2 * APART, finished, published)
    assert published == set(finished)


@given(every=st.integers(1, 600), pauses=st.lists(st.integers(0, 200), min_size=1, max_size=30))
def test_there_is_one_publish_for_all_windows_of_a_bucket(every: int, pauses: list[int]) -> None:
    world = MemoryWorld()
    buckets = set()
    for pause in pauses:
        world.clock.advance(pause)
        buckets.add(world.clock.now().timestamp() // every)
        ask_for_publish(asking(world, every))
    assert world.tasks.waiting("publish")[0] == len(buckets)


def test_a_burst_of_a_hundred_windows_asks_for_one_publish() -> None:
    world = MemoryWorld()
    for _ in range(100):
        ask_for_publish(asking(world, 30))
        world.clock.advance(0.2)
    assert world.tasks.waiting("publish")[0] == 1


@given(every=st.floats(0.1, 600), start=st.floats(0, 1e6))
def test_no_window_waits_longer_than_a_bucket_and_what_clocks_may_differ(every: float, start: float) -> None:
    world = MemoryWorld()
    world.clock.advance(start)
    ask_for_publish(asking(world, every))
    _, due = world.tasks.waiting("publish")
    assert due is not None
    waits = (due - world.clock.now()).total_seconds()
    assert waits + 1e-5 >= APART
    assert waits <= every + APART + 1e-5


def test_a_publish_that_was_asked_for_is_not_asked_for_again() -> None:
    world, calls = MemoryWorld(), list[str]()
    deployment = world.deployment(hook=lambda call, when: calls.append(call) if when == "before" else None)
    number = ask_for_publish(deployment)
    assert ask_for_publish(deployment, asked=number) == number
    assert calls == ["tasks.enqueue"]
    world.clock.advance(deployment.settings.run.publish_every)
    assert ask_for_publish(deployment, asked=number) == number + 1
    assert calls == ["tasks.enqueue"] * 2
    world.clock.advance(3600)
    delivery = world.tasks.take("publish", LEASE)
    assert delivery is not None
    assert (delivery.task.name, delivery.task.payload) == (f"publish-{number}", "{}")


def test_every_leaf_is_enqueued_with_its_root_and_parent_in_batches_that_a_queue_takes() -> None:
    world, calls = MemoryWorld(), list[str]()
    deployment = world.deployment(hook=lambda call, when: calls.append(call) if when == "before" else None)
    roots = [
        WindowRef(slice=SliceDigest(f"root{number}"), first=None, last=None, messages=1, bytes=1)
        for number in range(BATCH + 1)
    ]
    plan = Manifest(
        source=SourceId("club"),
        partition=Partition("2024-03"),
        recipe=deployment.recipe_digest,
        model=deployment.model_name,
        windows=tuple(roots),
    )
    leaves = [
        Leaf(root, SliceDigest(f"half{number}"), Signature(f"s{number}"), Signature(f"p{number}"), None)
        for number, root in enumerate(roots)
    ]
    calls.clear()
    assert enqueue_leaves(deployment, plan, iter(leaves)) == BATCH + 1
    assert calls == ["tasks.enqueue"] * 2
    sent = []
    while delivery := world.tasks.take("windows", LEASE):
        sent.append(decode_window_task(delivery.task.payload))
        world.tasks.done(delivery)
    assert sent == [
        WindowTask(
            source=plan.source,
            partition=plan.partition,
            root=leaf.root.slice,
            slice=leaf.slice,
            recipe=plan.recipe,
            model=plan.model,
            parent=leaf.parent,
        )
        for leaf in leaves
    ]
    assert [leaf.slice for leaf in unfinished(deployment, plan)] == [root.slice for root in roots]
