import contextlib
from collections.abc import Callable

import pytest

from egregora.errors import BadAnswer, Block, RateLimited, Reject, Retry, Split
from egregora.forms import DraftPost, Enrichment, Topic, Writing
from egregora.journal import Entry
from egregora.message import Message
from egregora.models import Request
from egregora.pipeline.catalogue import load_document
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.leaves import Leaf, find_leaves
from egregora.pipeline.payloads import WindowTask, decode_window_task
from egregora.pipeline.processing import Result, process_window
from egregora.pipeline.slicing import slice_export
from egregora.settings import Settings, SiteSettings, WindowSettings
from egregora.testing import ScriptedModel
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of

ONE_WINDOW = Settings(windows=WindowSettings(tokens=200_000), site=SiteSettings(search=False, markdown=False))


def leaves(deployment: Deployment) -> list[Leaf]:
    return [
        leaf
        for stored in deployment.manifests.all()
        for leaf in find_leaves(
            deployment.journal, stored.manifest.windows, deployment.recipe_digest, deployment.model_name
        )
    ]


def sliced(world: MemoryWorld, model: ScriptedModel, messages: list[Message]) -> tuple[Deployment, WindowTask]:
    deployment = world.deployment(model, settings=ONE_WINDOW)
    slice_export(deployment, export_of(messages))
    return deployment, next_task(world)


def next_task(world: MemoryWorld) -> WindowTask:
    from datetime import timedelta

    delivery = world.tasks.take("windows", timedelta(seconds=1))
    assert delivery is not None
    world.tasks.done(delivery)
    return decode_window_task(delivery.task.payload)


def waiting(world: MemoryWorld) -> int:
    return world.tasks.waiting("windows")[0]


def test_a_window_becomes_a_document_that_its_entry_points_to() -> None:
    world = MemoryWorld()
    deployment, task = sliced(world, ScriptedModel(), conversation(20))
    outcome = process_window(deployment, task)
    assert outcome.result is Result.DONE
    assert outcome.entry is not None
    assert outcome.entry.output == f"documents/{task.signature}/1.json"
    assert b"[]" not in world.blobs.read(outcome.entry.output).data  # what it does not have takes no room
    assert outcome.entry.usage.calls == 2


def test_an_entry_tells_what_the_plan_does_of_a_window_and_of_a_half_what_is_in_it() -> None:
    world = MemoryWorld()
    deployment, task = sliced(world, ScriptedModel(max_input_tokens=3_200), conversation(120))
    [whole] = [window for stored in deployment.manifests.all() for window in stored.manifest.windows]
    entry = process_window(deployment, task).entry
    assert entry is not None
    assert (entry.first, entry.last, entry.messages, entry.bytes) == (
        whole.first,
        whole.last,
        whole.messages,
        whole.bytes,
    )
    assert (entry.source, entry.partition, entry.slice, entry.parent) == (task.source, task.partition, task.slice, None)
    halves = []
    for child in entry.children:
        half = next_task(world)
        assert (half.slice, half.root, half.parent) == (child, task.root, task.signature)
        halves.append(process_window(deployment, half).entry)
    first, second = halves
    assert first is not None
    assert second is not None
    assert (first.first, second.last) == (whole.first, whole.last)
    assert first.messages + second.messages == whole.messages
    assert first.bytes + second.bytes == whole.bytes
    assert first.parent == second.parent == task.signature


def test_a_finished_window_keeps_its_figures() -> None:
    world = MemoryWorld()
    deployment, task = sliced(world, ScriptedModel(), conversation(20))

    def hook(call: str, when: str) -> None:
        if (call, when) == ("model.answer", "before"):
            world.clock.advance(1.5)

    entry = process_window(world.deployment(ScriptedModel(), settings=ONE_WINDOW, hook=hook), task).entry
    assert entry is not None
    document = load_document(deployment, entry.output or "")
    assert (entry.posts, entry.seconds, entry.dropped) == (len(document.posts), 3.0, 0)
    assert document.attempt == entry.attempt == 1
    assert (entry.usage.input_tokens > 0, entry.usage.sent_bytes > 0) == (True, True)


def test_a_window_asks_for_a_publish_when_it_ends_and_when_its_end_is_met_again() -> None:
    world = MemoryWorld()
    deployment, task = sliced(world, ScriptedModel(), conversation(20))
    for _ in range(2):
        world.clock.advance(2 * ONE_WINDOW.run.publish_every)
        before = world.tasks.waiting("publish")[0]
        process_window(deployment, task)
        assert world.tasks.waiting("publish")[0] == before + 1


def test_a_task_whose_slice_was_swept_is_dropped() -> None:
    world, model = MemoryWorld(), ScriptedModel()
    deployment, task = sliced(world, model, conversation(20))
    deployment.slices.delete(task.slice)
    assert process_window(deployment, task).result is Result.DROPPED
    assert list(world.journal.select()) == []


def test_a_task_of_a_source_that_was_forgotten_is_dropped() -> None:
    world = MemoryWorld()
    deployment, task = sliced(world, ScriptedModel(), conversation(20))
    deployment.manifests.delete(task.source, task.partition)
    assert process_window(deployment, task).result is Result.DROPPED


def test_the_mark_of_an_edited_message_is_not_taken_for_its_words() -> None:
    world, model = MemoryWorld(), ScriptedModel()
    edited = Message(
        time="2024-03-01T12:00:00", author="Chidi", text="at nine \u200e<This message was edited>", edited=True
    )
    deployment, task = sliced(world, model, [edited])
    process_window(deployment, task)
    assert model.requests[0].material.messages[0].text == "at nine"
    assert "This message was edited" not in model.requests[0].content


def test_a_second_delivery_of_a_finished_window_calls_no_model() -> None:
    world, model = MemoryWorld(), ScriptedModel()
    deployment, task = sliced(world, model, conversation(20))
    process_window(deployment, task)
    assert process_window(deployment, task).result is Result.ENDED
    assert model.calls.total() == 2


def test_a_delivery_beside_a_live_one_is_told_so() -> None:
    world = MemoryWorld()
    inner: list[Result] = []

    def write(request: Request) -> Exception:
        inner.append(process_window(deployment, task).result)
        return RateLimited(after=5)

    deployment, task = sliced(world, ScriptedModel(writer=write), conversation(20))
    with pytest.raises(RateLimited):
        process_window(deployment, task)
    assert inner == [Result.HELD]


def test_an_outage_gives_the_lease_back_and_does_not_use_up_attempts() -> None:
    world = MemoryWorld()
    answers = ScriptedModel(enricher=[RateLimited(after=3)] * 9 + [ScriptedModel().answer(_probe()).text])
    deployment, task = sliced(world, answers, conversation(20))
    for _ in range(9):
        with pytest.raises(RateLimited):
            process_window(deployment, task)
    assert process_window(deployment, task).result is Result.DONE


def test_what_the_model_refuses_is_blocked_with_the_reason() -> None:
    world = MemoryWorld()
    deployment, task = sliced(world, ScriptedModel(enricher=[Block("safety")]), conversation(20))
    outcome = process_window(deployment, task)
    assert outcome.result is Result.BLOCKED
    assert outcome.entry is not None
    assert outcome.entry.reason == "safety"


def test_useless_answers_use_up_the_attempts_and_then_fail() -> None:
    world = MemoryWorld()
    deployment, task = sliced(world, ScriptedModel(writer=[BadAnswer()]), conversation(20))
    results = [process_window(deployment, task) for _ in range(5)]
    assert [outcome.result for outcome in results[:3]] == [Result.AGAIN] * 3
    entry = results[3].entry
    assert entry is not None
    assert entry.state == "FAILED"
    assert world.work_off(deployment).waiting == 0


def test_a_model_that_cannot_work_at_all_stops_the_run() -> None:
    world = MemoryWorld()
    deployment = world.deployment(ScriptedModel(enricher=[Reject("the key is not valid")]), settings=ONE_WINDOW)
    slice_export(deployment, export_of(conversation(20)))
    with pytest.raises(Reject, match="key is not valid"):
        world.work_off(deployment)
    assert waiting(world) == 1


def test_a_window_too_large_is_split_before_its_halves_are_enqueued() -> None:
    world = MemoryWorld()
    limit = ScriptedModel(max_input_tokens=3_200)
    _, task = sliced(world, limit, conversation(120))
    seen: list[tuple[str, int]] = []

    def hook(call: str, moment: str) -> None:
        if call == "tasks.enqueue" and moment == "before":
            entry = world.journal.get(task.signature)
            seen.append((entry.entry.state if entry else "", waiting(world)))

    watched = world.deployment(limit, settings=ONE_WINDOW, hook=hook)
    assert process_window(watched, task).result is Result.SPLIT
    assert seen[0] == ("SPLIT", 0)
    assert waiting(world) == 2


def test_a_redelivery_after_split_enqueues_both_children_again() -> None:
    world = MemoryWorld()
    limit = ScriptedModel(max_input_tokens=3_200)
    deployment, task = sliced(world, limit, conversation(120))
    process_window(deployment, task)
    first = {next_task(world).slice, next_task(world).slice}
    calls = limit.calls.total()
    assert process_window(deployment, task).result is Result.ENDED
    assert {next_task(world).slice, next_task(world).slice} == first
    assert limit.calls.total() == calls


def test_splitting_goes_on_until_all_fits_and_every_message_lies_in_one_leaf() -> None:
    world, messages = MemoryWorld(), conversation(400, words=20)
    limit = ScriptedModel(max_input_tokens=3_000)
    deployment, task = sliced(world, limit, messages)
    process_window(deployment, task)
    world.work_off(deployment)
    ends = leaves(deployment)
    assert len(ends) >= 8
    assert all(leaf.entry and leaf.entry.state == "DONE" for leaf in ends)
    texts = [m.text for leaf in ends for m in deployment.slices.get(leaf.slice).messages]
    assert texts == [m.text for m in messages]


def test_a_message_larger_than_the_limit_is_cut_and_nothing_of_it_is_lost() -> None:
    world = MemoryWorld()
    long = " ".join(f"word{n}" for n in range(6_000))
    messages = [*conversation(4), Message(time="2024-03-01T12:00:00", author="Chidi", text=long)]
    deployment, task = sliced(world, ScriptedModel(max_input_tokens=4_000), messages)
    process_window(deployment, task)
    world.work_off(deployment)
    pieces = [m.text for leaf in leaves(deployment) for m in deployment.slices.get(leaf.slice).messages]
    assert all(leaf.entry and leaf.entry.state == "DONE" for leaf in leaves(deployment))
    assert "".join(pieces[4:]) == long


def test_a_window_that_cannot_be_made_small_enough_fails_with_a_reason() -> None:
    world = MemoryWorld()
    deployment, task = sliced(world, ScriptedModel(max_input_tokens=10), conversation(6))
    process_window(deployment, task)
    world.work_off(deployment)
    states = {leaf.entry.state for leaf in leaves(deployment) if leaf.entry}
    reasons = {leaf.entry.reason for leaf in leaves(deployment) if leaf.entry}
    assert states == {"FAILED"}
    assert reasons == {"split floor"}


@pytest.mark.parametrize(
    ("fault", "state", "spared", "reason"),
    [
        (Block("safety"), "BLOCKED", 0, "safety"),
        (BadAnswer("nonsense"), "RUNNING", 0, "the writer's answer fits no form, repaired or not"),
        (RateLimited("slow down"), "RUNNING", 1, "slow down"),
        (Reject("no such model"), "RUNNING", 1, "no such model"),
        (Split("too long"), "SPLIT", 0, None),
    ],
    ids=["block", "bad answer", "rate limit", "reject", "split"],
)
def test_however_an_attempt_ends_what_it_spent_and_why_is_kept(
    fault: Exception, state: str, spared: int, reason: str | None
) -> None:
    world = MemoryWorld()
    deployment, task = sliced(world, ScriptedModel(writer=[fault]), conversation(20))
    with contextlib.suppress(Retry, Reject):
        process_window(deployment, task)
    stored = world.journal.get(task.signature)
    assert stored is not None
    assert (stored.entry.state, stored.entry.spared, stored.entry.lease) == (state, spared, None)
    assert stored.entry.usage.calls == 1
    assert stored.entry.usage.input_tokens > 0
    assert stored.entry.reason == reason


def test_what_both_agents_made_up_is_counted_together() -> None:
    world = MemoryWorld()
    enrichment = Enrichment(language="en", summary="They met.", topics=[Topic(name="t", summary="s", messages=["m99"])])
    post = DraftPost(title="Title", standfirst="In short.", body="Body.", messages=["m1", "m97", "m98"])
    model = ScriptedModel(enricher=lambda _: enrichment, writer=lambda _: Writing(posts=[post]))
    deployment, task = sliced(world, model, conversation(20))
    entry = process_window(deployment, task).entry
    assert entry is not None
    assert (entry.state, entry.dropped, entry.model, entry.recipe) == ("DONE", 3, task.model, task.recipe)


def test_what_was_spent_on_a_window_that_cannot_be_made_small_enough_is_counted() -> None:
    world = MemoryWorld()
    deployment, task = sliced(world, ScriptedModel(writer=[Split()]), [Message(author="Chidi", text="too long")])
    entry = process_window(deployment, task).entry
    assert entry is not None
    assert (entry.state, entry.reason, entry.usage.calls) == ("FAILED", "split floor", 1)


def test_a_task_of_a_plan_that_no_longer_holds_its_root_is_dropped() -> None:
    world, model = MemoryWorld(), ScriptedModel()
    deployment, task = sliced(world, model, conversation(20))
    slice_export(deployment, export_of(conversation(25)))
    assert process_window(deployment, task).result is Result.DROPPED
    assert model.calls.total() == 0


def test_a_task_of_another_recipe_is_dropped() -> None:
    world = MemoryWorld()
    _, task = sliced(world, ScriptedModel(), conversation(20))
    other = world.deployment(ScriptedModel(name="another"), settings=ONE_WINDOW)
    assert process_window(other, task).result is Result.DROPPED


def test_a_stale_run_that_wakes_up_writes_nothing() -> None:
    world = MemoryWorld()
    finished: list[Entry | None] = []

    def slow(finish: Callable[[], Entry | None]) -> Callable[[Request], Exception]:
        def reply(request: Request) -> Exception:
            if not finished:
                finished.append(None)
                world.clock.advance(ONE_WINDOW.run.lease + 1)
                finished[0] = finish()
            return Block("late")

        return reply

    quick = ScriptedModel(name="m")
    fast = world.deployment(quick, settings=ONE_WINDOW)
    model = ScriptedModel(name="m", writer=slow(lambda: process_window(fast, task).entry))
    deployment, task = sliced(world, model, conversation(20))
    from egregora.errors import Conflict

    with pytest.raises(Conflict):
        process_window(deployment, task)
    entry = finished[0]
    assert entry is not None
    assert (entry.state, entry.attempt) == ("DONE", 2)
    stored = world.journal.get(task.signature)
    assert stored is not None
    assert stored.entry == entry


def test_a_crash_after_an_answer_does_not_pay_for_it_again_and_counts_it_once() -> None:
    world, model = MemoryWorld(), ScriptedModel()

    class Crash(BaseException):
        pass

    def hook(call: str, moment: str) -> None:
        if call == "blobs.write" and moment == "before" and model.calls.total() == 2 and crash:
            crash.clear()
            raise Crash

    crash = [True]
    _, task = sliced(world, model, conversation(20))
    with pytest.raises(Crash):
        process_window(world.deployment(model, settings=ONE_WINDOW, hook=hook), task)
    world.clock.advance(ONE_WINDOW.run.lease + 1)
    outcome = process_window(world.deployment(model, settings=ONE_WINDOW), task)
    assert outcome.entry is not None
    assert model.calls["enricher"] == 1
    assert outcome.entry.usage.calls == 2


def _probe() -> Request:
    from egregora.forms import Enrichment
    from egregora.models import Material

    return Request("enricher", "", "", Enrichment, Material(()))
