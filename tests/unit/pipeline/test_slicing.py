from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

import msgspec
import pytest

from egregora.archive.recognition import REMEMBERED
from egregora.errors import Conflict, Unreadable
from egregora.message import Message
from egregora.pipeline.slicing import COMMIT_TRIES, slice_export
from egregora.settings import Settings, SiteSettings, WindowSettings
from egregora.testing import MemoryBlobs
from egregora.testing.deployment import MemoryWorld
from exports import PEOPLE, conversation, export_of

SMALL = Settings(windows=WindowSettings(tokens=512, context=200), site=SiteSettings(search=False, markdown=False))


def archive(world: MemoryWorld) -> list[Message]:
    deployment = world.deployment()
    windows = [w.slice for stored in deployment.manifests.all() for w in stored.manifest.windows]
    return [message for digest in windows for message in deployment.slices.get(digest).messages]


def plan(world: MemoryWorld) -> list[str]:
    return [w.slice for stored in world.deployment().manifests.all() for w in stored.manifest.windows]


def test_every_message_lies_in_exactly_one_window_of_the_plan() -> None:
    world, messages = MemoryWorld(), conversation(90)
    slice_export(world.deployment(settings=SMALL), export_of(messages))
    assert [m.text for m in archive(world)] == [m.text for m in messages]
    assert len({m.id for m in archive(world)}) == 90


@pytest.mark.parametrize("kind", ["year", "all"])
def test_an_archive_kept_by_month_is_not_filled_a_second_time_by_another_stretch(kind: Literal["year", "all"]) -> None:
    world, export = MemoryWorld(), export_of(conversation(20))
    slice_export(world.deployment(settings=SMALL), export)
    changed = SMALL.model_copy(update={"windows": WindowSettings(partition=kind)})
    with pytest.raises(Unreadable, match=f'kept by month, but windows.partition is "{kind}"') as refused:
        slice_export(world.deployment(settings=changed), export)
    assert str(refused.value).startswith("harbour-street: ")
    assert "harbour" not in refused.value.fault
    assert refused.value.fault.endswith("set it back, or begin anew with `egregora forget`")
    assert len(archive(world)) == 20


def test_the_same_export_again_writes_and_enqueues_nothing() -> None:
    world, export = MemoryWorld(), export_of(conversation(90))
    deployment = world.deployment(settings=SMALL)
    first = slice_export(deployment, export)
    world.work_off(deployment)
    before = [(info.key, info.generation) for info in world.blobs.list()]
    second = slice_export(deployment, export)
    assert (first[0].changed, second[0].changed) == (1, 0)
    assert second[0].enqueued == 0
    assert [(info.key, info.generation) for info in world.blobs.list()] == before


def test_an_export_is_read_once_also_where_some_of_it_is_known() -> None:
    world, reads = MemoryWorld(), Counter[int]()
    for count in (60, 90):
        messages = [*conversation(60), *conversation(count - 60, start="2024-04-02T09:00:00")]

        def read(said: list[Message] = messages) -> Iterator[Message]:
            reads[len(said)] += 1
            return iter(said)

        export = export_of(messages)
        chats = tuple(replace(chat, messages=read) for chat in export.chats)
        slice_export(world.deployment(settings=SMALL), replace(export, chats=chats))
    assert reads == {60: 1, 90: 1}
    assert len(archive(world)) == 90


def test_a_longer_export_changes_only_the_last_windows() -> None:
    world, messages = MemoryWorld(), conversation(200)
    deployment = world.deployment(settings=SMALL)
    slice_export(deployment, export_of(messages[:150]))
    before = plan(world)
    slice_export(deployment, export_of(messages))
    after = plan(world)
    assert len(before) > 5
    assert after[: len(before) - 2] == before[:-2]


def test_an_overlapping_export_adds_only_what_is_new() -> None:
    world, messages = MemoryWorld(), conversation(120)
    deployment = world.deployment(settings=SMALL)
    slice_export(deployment, export_of(messages[:80]))
    slice_export(deployment, export_of(messages[50:]))
    assert [m.text for m in archive(world)] == [m.text for m in messages]


def test_names_never_leave_the_reader() -> None:
    world, messages = MemoryWorld(), conversation(30)
    messages.append(Message(time="2024-03-02T10:00:00", author="Chidi", text="Ask Ada Lindqvist, +44 7700 900123"))
    slice_export(world.deployment(), export_of(messages))
    for message in archive(world):
        assert all(name not in message.text for name in (*PEOPLE, "7700"))
        assert message.author is not None
        assert message.author.startswith("@")


def test_an_opt_out_takes_a_persons_messages_out_of_every_month_and_their_handle_out_of_the_rest() -> None:
    world = MemoryWorld()
    march, april = conversation(30), conversation(30, start="2024-04-02T09:00:00")
    march.append(Message(time="2024-03-20T10:00:00", author="Chidi", text="thanks @Bruno Teixeira"))
    deployment = world.deployment()
    slice_export(deployment, export_of(march))
    bruno = deployment.handles.of_name("Bruno Teixeira")
    assert any(bruno in m.text for m in archive(world))
    leaving = Message(time="2024-04-03T10:00:00", author="Bruno Teixeira", text="/egregora opt-out")
    slice_export(deployment, export_of([*april, leaving]))
    assert not [m for m in archive(world) if m.author == bruno or bruno in m.text]
    assert len(archive(world)) == 20 + 1 + 20
    before = plan(world)
    slice_export(deployment, export_of([*march, *april, leaving]))
    assert plan(world) == before
    assert not [key for key in (info.key for info in world.blobs.list("slices/")) if not _refers(world, key)]


def _refers(world: MemoryWorld, key: str) -> bool:
    return key.removeprefix("slices/").removesuffix(".jsonl.zst") in plan(world)


def test_two_uploads_at_once_both_come_in() -> None:
    world, messages = MemoryWorld(), conversation(60)
    raced = False

    def hook(call: str, moment: str) -> None:
        nonlocal raced
        if (
            call == "blobs.write"
            and moment == "before"
            and not raced
            and world.blobs.stat("people/harbour-street.json")
        ):
            raced = True
            slice_export(world.deployment(), export_of(messages[30:]))

    slice_export(world.deployment(hook=hook), export_of(messages[:40]))
    assert raced
    assert [m.text for m in archive(world)] == [m.text for m in messages]


def test_a_one_to_one_chat_does_not_carry_its_name_into_keys() -> None:
    world = MemoryWorld()
    slice_export(world.deployment(), export_of(conversation(9), name="Bruno Teixeira"))
    keys = [info.key for info in world.blobs.list()]
    assert not [key for key in keys if "bruno" in key]
    slice_export(world.deployment(), export_of(conversation(12), name="Bruno Teixeira"))
    assert len(world.deployment().manifests.sources()) == 1


def test_two_chats_that_no_name_tells_apart_are_not_mixed() -> None:
    world = MemoryWorld()
    deployment = world.deployment()
    slice_export(deployment, export_of(conversation(9), name="chat", named=False))
    slice_export(deployment, export_of(conversation(12), name="chat", named=False))
    strangers = [Message(time="2024-03-01T09:00:00", author="Wanda", text="hello")]
    with pytest.raises(Unreadable, match="which chat"):
        slice_export(deployment, export_of(strangers, name="chat", named=False))
    assert len(archive(world)) == 12


def test_an_opt_out_reaches_every_month_though_the_first_try_crashed() -> None:
    class Crash(BaseException):
        pass

    def hook(call: str, moment: str) -> None:
        if call == "blobs.write" and moment == "after" and armed:
            raise Crash

    world, armed = MemoryWorld(), False
    march, april = conversation(30), conversation(30, start="2024-04-02T09:00:00")
    slice_export(world.deployment(), export_of(march))
    leaving = Message(time="2024-04-03T10:00:00", author="Bruno Teixeira", text="/egregora opt-out")
    armed = True
    with pytest.raises(Crash):
        slice_export(world.deployment(hook=hook), export_of([*april, leaving]))
    armed = False
    slice_export(world.deployment(), export_of([*april, leaving]))
    bruno = world.deployment().handles.of_name("Bruno Teixeira")
    assert not [m for m in archive(world) if m.author == bruno]
    before = [(info.key, info.generation) for info in world.blobs.list()]
    slice_export(world.deployment(), export_of([*april, leaving]))
    assert [(info.key, info.generation) for info in world.blobs.list()] == before


def test_where_slicing_takes_longer_than_a_bucket_a_publish_is_asked_for_at_its_end_too() -> None:
    world = MemoryWorld()

    def hook(call: str, when: str) -> None:
        if (call, when) == ("blobs.write", "after"):
            world.clock.advance(SMALL.run.publish_every)

    slice_export(world.deployment(settings=SMALL, hook=hook), export_of(conversation(20)))
    over = world.clock.now()
    world.clock.advance(2 * SMALL.run.publish_every)
    latest = []
    while delivery := world.tasks.take("publish", timedelta(minutes=1)):
        latest.append(delivery.task.not_before)
        world.tasks.done(delivery)
    assert len(latest) == len(set(latest)) > 1
    assert latest[-1] is not None
    assert latest[-1] > over


def test_exports_that_only_a_date_in_their_names_tells_apart_are_of_one_conversation() -> None:
    world = MemoryWorld()
    for name in ("Harbour Street", "Harbour Street 2026-11-22", "2024-03 Harbour Street (2)"):
        slice_export(world.deployment(settings=SMALL), export_of(conversation(20), name=name))
    slice_export(world.deployment(settings=SMALL), export_of(conversation(20), name="2024-03"))
    assert world.deployment().manifests.sources() == ["2024-03", "harbour-street"]


def test_an_upload_tells_what_it_did_to_each_chat() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    notice = Message(time="2024-03-05T10:00:00", kind="system", text="Somebody joined")
    request = Message(time="2024-03-05T10:00:00", author="Chidi", text="/egregora alias Chi")
    undated = Message(author="Chidi", text="undated")
    [first] = slice_export(deployment, export_of([undated, *conversation(40), notice, request]))
    windows = len(plan(world))
    assert (first.source, first.messages, first.kept) == ("harbour-street", 42, 41)
    assert (first.windows, first.changed, first.enqueued) == (windows, 2, windows)
    world.work_off(deployment)
    [again] = slice_export(deployment, export_of([*conversation(40), notice, request]))
    assert (again.messages, again.kept, again.windows) == (41, 40, windows - 1)
    assert (again.changed, again.enqueued) == (0, 0)


def test_an_upload_that_adds_something_changes_a_plan_and_asks_for_a_publish() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    slice_export(deployment, export_of(conversation(40)))
    world.clock.advance(10 * SMALL.run.publish_every)
    before = world.tasks.waiting("publish")[0]
    [more] = slice_export(deployment, export_of(conversation(60)))
    assert more.changed == 1
    assert world.tasks.waiting("publish")[0] == before + 1


def test_an_upload_that_is_always_overtaken_gives_up_and_says_so() -> None:
    class Contended(MemoryBlobs):
        tries = 0

        def write(self, key: str, data: bytes, *, if_generation: int | None = None) -> int:
            if key.startswith("manifests/"):
                self.tries += 1
                raise Conflict
            return super().write(key, data, if_generation=if_generation)

    world = MemoryWorld()
    world.blobs = Contended(world.clock)
    with pytest.raises(
        Conflict, match=r"^the plan of a partition kept changing while it was written; run the upload again$"
    ):
        slice_export(world.deployment(settings=SMALL), export_of(conversation(20)))
    assert world.blobs.tries == COMMIT_TRIES
    assert world.tasks.waiting("windows")[0] == 0


def test_a_plan_remembers_the_latest_uploads_that_were_merged_into_it() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)

    def inputs(count: int) -> tuple[str, ...]:
        slice_export(deployment, export_of(conversation(count)))
        [stored] = deployment.manifests.all()
        return stored.manifest.inputs

    seen = [inputs(count) for count in range(10, 20)]
    assert [len(each) for each in seen] == [*range(1, REMEMBERED + 1), REMEMBERED, REMEMBERED]
    assert all(
        later[-len(earlier[1:]) - 1 : -1] == earlier[1:] for earlier, later in pairwise(seen) if len(earlier) > 1
    )
    assert inputs(19) == seen[-1]
    assert inputs(13) == seen[-1], "what is remembered still is recognised"


def test_the_folder_of_an_upload_says_which_source_it_is_of() -> None:
    world = MemoryWorld()
    [sliced] = slice_export(world.deployment(settings=SMALL), export_of(conversation(9)), folder="Climbers")
    assert sliced.source == "climbers"


def test_what_is_said_again_by_another_clock_changes_no_plan() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    messages = conversation(60)
    slice_export(deployment, export_of(messages))
    before = plan(world)
    other = [
        msgspec.structs.replace(m, time=(datetime.fromisoformat(m.time or "") + timedelta(hours=3)).isoformat())
        for m in messages
    ]
    [again] = slice_export(deployment, export_of(other))
    assert (again.changed, plan(world)) == (0, before)


def test_what_holds_somebody_who_opted_out_does_not_stay_until_it_is_replaced() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    world.run(deployment, export_of(conversation(60)))
    leaving = Message(time="2024-03-05T10:00:00", author="Bruno Teixeira", text="/egregora opt-out")
    slice_export(deployment, export_of([*conversation(60), leaving]))
    assert [stored.manifest.superseded for stored in deployment.manifests.all()] == [()]


def test_what_was_left_out_while_somebody_was_gone_comes_in_when_it_is_uploaded_again() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    leaving = Message(time="2024-02-01T10:00:00", author="Bruno Teixeira", text="/egregora opt-out")
    back = Message(time="2024-04-01T10:00:00", author="Bruno Teixeira", text="/egregora opt-in")
    march = conversation(30)
    slice_export(deployment, export_of([*march[:3], leaving]))
    slice_export(deployment, export_of(march))
    bruno = deployment.handles.of_name("Bruno Teixeira")
    assert bruno not in {message.author for message in archive(world)}
    slice_export(deployment, export_of([*march[:3], back]))
    slice_export(deployment, export_of(march))
    assert [message.text for message in archive(world)] == [message.text for message in march]
