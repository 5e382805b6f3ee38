"""What an upload brings, before any of it is merged."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest

from egregora.archive.drift import Drift
from egregora.errors import Unreadable
from egregora.ids import Partition, SourceId
from egregora.ingest import Chat
from egregora.message import Message
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.intake import Intake, compare, load_plans, set_clock, source_of, take_in
from egregora.pipeline.slicing import slice_export
from egregora.privacy.people import People, join
from egregora.settings import PrivacySettings, Settings, WindowSettings
from egregora.testing.deployment import MemoryWorld
from exports import PEOPLE, conversation, export_of

HARBOUR = SourceId("harbour-street")
HOUR = timedelta(hours=1)


def chat_of(messages: list[Message], **more: object) -> Chat:
    [chat] = export_of(messages).chats
    return replace(chat, **more)  # type: ignore[arg-type]


def taken(deployment: Deployment, chat: Chat, told: list[int] | None = None) -> Intake:
    source = source_of(deployment, chat, None)
    progress = told.append if told is not None else lambda _: None
    return take_in(deployment, chat, source, load_plans(deployment, source), progress)


def messages_of(intake: Intake) -> list[Message]:
    return [message for partition in intake.spool.partitions() for message in intake.spool.messages(partition)]


def later(messages: list[Message], by: timedelta) -> list[Message]:
    return [moved(message, by) for message in messages]


def moved(message: Message, by: timedelta) -> Message:
    return msgspec.structs.replace(message, time=(datetime.fromisoformat(message.time or "") + by).isoformat())


def test_an_upload_is_read_protected_and_counted_as_it_is_read() -> None:
    deployment, told = MemoryWorld().deployment(), list[int]()
    intake = taken(deployment, chat_of(conversation(2_500)), told)
    assert sum(told) == 2_500
    assert len(told) > 1
    assert intake.partitions == ["2024-03"]
    authors = {deployment.handles.of_name(name) for name in PEOPLE}
    assert {message.author for message in messages_of(intake)} == authors
    assert [message.text for message in messages_of(intake)] == [message.text for message in conversation(2_500)]


def test_an_author_without_a_name_is_known_by_the_id_that_the_platform_gave() -> None:
    deployment = MemoryWorld().deployment()
    nameless = [Message(time="2024-03-01T10:00:00", author_id="U1", text="hello")]
    [message] = messages_of(taken(deployment, chat_of(nameless, platform="slack")))
    assert message.author == deployment.handles.of_id("slack", "U1")


def test_what_was_merged_before_is_recognised_and_what_is_new_is_not() -> None:
    deployment = MemoryWorld().deployment()
    march, april = conversation(20), conversation(20, start="2024-04-01T09:00:00")
    slice_export(deployment, export_of(march))
    intake = taken(deployment, chat_of([*march, *april]))
    assert intake.recognised == {"2024-03"}
    assert intake.partitions == ["2024-03", "2024-04"]
    assert [message.text for message in messages_of(intake)] == [message.text for message in april]
    assert set(intake.digests) == {"2024-03", "2024-04"}


@pytest.mark.parametrize(
    "changed",
    [Settings(privacy=PrivacySettings(redact=False)), Settings(windows=WindowSettings(tokens=1_000))],
    ids=["privacy", "windows"],
)
def test_under_other_settings_nothing_is_recognised(changed: Settings) -> None:
    world = MemoryWorld()
    slice_export(world.deployment(), export_of(conversation(20)))
    intake = taken(world.deployment(settings=changed), chat_of(conversation(20)))
    assert intake.recognised == frozenset()
    assert len(messages_of(intake)) == 20


def test_somebody_who_is_new_is_hidden_in_what_was_merged_before_so_it_is_not_recognised() -> None:
    deployment = MemoryWorld().deployment()
    slice_export(deployment, export_of(conversation(20)))
    intake = taken(deployment, chat_of(conversation(20), mentioned=("Wanda Novak",)))
    assert intake.recognised == frozenset()


def test_whoever_an_earlier_export_knew_is_hidden_in_a_later_one_too() -> None:
    deployment = MemoryWorld().deployment()
    slice_export(deployment, export_of(conversation(20)))
    later_on = [Message(time="2024-05-01T10:00:00", author="Chidi", text="ask Ada Lindqvist")]
    [message] = messages_of(taken(deployment, chat_of(later_on)))
    assert message.text == f"ask {deployment.handles.of_name('Ada Lindqvist')}"


def test_an_upload_teaches_its_authors_whom_it_mentions_and_its_name() -> None:
    deployment = MemoryWorld().deployment()
    people = taken(deployment, chat_of(conversation(9), mentioned=("Wanda Novak",))).teach(People(source=HARBOUR))
    assert people.title == "Harbour Street"
    assert {name for person in people.persons.values() for name in person.names} == {*PEOPLE, "Wanda Novak"}
    cast = {deployment.handles.of_name(name) for name in PEOPLE}
    assert [set(each) for each in people.casts] == [cast]


def test_plans_are_those_of_one_source_by_partition() -> None:
    deployment = MemoryWorld().deployment()
    slice_export(deployment, export_of([*conversation(9), Message(author="Chidi", text="undated")]))
    slice_export(deployment, export_of(conversation(9, start="2024-04-01T09:00:00"), name="Bakers"))
    slice_export(deployment, export_of([Message(author="Chidi", text="undated")], name="Odd"))
    assert set(load_plans(deployment, HARBOUR)) == {"2024-03"}
    assert load_plans(deployment, HARBOUR)[Partition("2024-03")].manifest.source == HARBOUR
    assert set(load_plans(deployment, SourceId("odd"))) == {"undated"}


def test_a_chat_without_a_name_is_taken_for_the_one_whose_people_it_shares() -> None:
    deployment = MemoryWorld().deployment()
    nameless = chat_of(conversation(9), name="chat", named=False)
    slice_export(deployment, replace(export_of(conversation(9)), chats=(nameless,)))
    assert source_of(deployment, nameless, None) == "chat"
    strangers = chat_of([Message(time="2024-03-01T09:00:00", author="Wanda", text="hi")], name="chat", named=False)
    with pytest.raises(Unreadable) as refused:
        source_of(deployment, strangers, None)
    assert str(refused.value) == (
        "the file does not say which chat it is, and another such file had other people in it: "
        "name it after its chat, as in: WhatsApp Chat with NAME.txt"
    )
    assert source_of(deployment, replace(strangers, named=True), None) == "chat"
    assert source_of(deployment, strangers, "climbers") == "climbers"
    assert source_of(deployment, replace(strangers, id="42"), None) == "42"
    for chat in (replace(nameless, id="42"), nameless):
        slice_export(deployment, replace(export_of([]), chats=(chat,)), folder="climbers")
    assert source_of(deployment, strangers, "climbers") == "climbers"
    assert source_of(deployment, replace(strangers, id="42"), None) == "42"
    one_of_them = chat_of(
        [Message(time="2024-03-01T09:00:00", author=name, text="hi") for name in ("Wanda", "Chidi")],
        name="chat",
        named=False,
    )
    assert source_of(deployment, one_of_them, None) == "chat"


def test_another_clock_is_found_against_what_the_archive_holds_of_about_that_time() -> None:
    deployment = MemoryWorld().deployment()
    messages = conversation(60)
    slice_export(deployment, export_of(messages))
    intake = taken(deployment, chat_of(later(messages, 3 * HOUR)))
    plans = load_plans(deployment, HARBOUR)
    people = deployment.people.get(HARBOUR)
    drift = compare(deployment, people, intake.spool, plans)
    assert [shift for _, shift in drift.shifts] == [-3 * HOUR]
    assert compare(deployment, people, intake.spool, {}) == Drift()
    assert [m.time for m in messages_of(set_clock(deployment, intake, drift))] == [m.time for m in messages]
    assert set_clock(deployment, intake, Drift()) is intake


def test_a_clock_is_compared_across_the_turn_of_a_month() -> None:
    deployment = MemoryWorld().deployment()
    messages = conversation(20, start="2024-03-31T21:30:00")
    slice_export(deployment, export_of(messages[:18]))
    shifted = taken(deployment, chat_of(later(messages, 5 * HOUR)))
    assert shifted.partitions == ["2024-04"]
    drift = compare(deployment, deployment.people.get(HARBOUR), shifted.spool, load_plans(deployment, HARBOUR))
    back = set_clock(deployment, shifted, drift)
    assert back.partitions == ["2024-03"]
    assert back.digests == {}
    assert [m.time for m in messages_of(back)] == [m.time for m in messages]


def test_what_has_no_time_stays_where_it_is_when_a_clock_is_set() -> None:
    deployment = MemoryWorld().deployment()
    messages = [Message(author="Chidi", text="undated"), *conversation(30)]
    slice_export(deployment, export_of(messages))
    other = Message(author="Chidi", text="undated, too")
    intake = taken(deployment, chat_of([other, *later(messages[1:], HOUR)]))
    drift = compare(deployment, deployment.people.get(HARBOUR), intake.spool, load_plans(deployment, HARBOUR))
    back = set_clock(deployment, intake, drift)
    assert drift.shifts
    assert set(back.partitions) == {"2024-03", "undated"}
    assert [m.time for m in back.spool.messages(Partition("2024-03"))] == [m.time for m in messages[1:]]


def test_what_is_recognised_keeps_its_place_when_the_rest_is_set_to_another_clock() -> None:
    deployment = MemoryWorld().deployment()
    march, april = conversation(40), conversation(40, start="2024-04-02T09:00:00")
    slice_export(deployment, export_of([*march, *april]))
    intake = taken(deployment, chat_of([*march, *later(april, HOUR)]))
    drift = compare(deployment, deployment.people.get(HARBOUR), intake.spool, load_plans(deployment, HARBOUR))
    back = set_clock(deployment, intake, drift)
    assert intake.recognised == {"2024-03"}
    assert back.partitions == ["2024-03", "2024-04"]
    assert [m.time for m in messages_of(back)] == [m.time for m in april]
    assert not any(back.digests.values()), "it would be recognised by what it was before"


def test_who_is_known_to_be_one_person_is_compared_as_one() -> None:
    deployment = MemoryWorld().deployment()
    slice_export(deployment, export_of(conversation(60)))
    names = {"Ada Lindqvist": "Ada (work)"}
    renamed = [msgspec.structs.replace(m, author=names.get(m.author or "", m.author)) for m in conversation(60)]
    intake, plans = taken(deployment, chat_of(renamed)), load_plans(deployment, HARBOUR)
    people = intake.teach(deployment.people.get(HARBOUR))
    drift = compare(deployment, people, intake.spool, plans)
    assert drift.names
    assert not compare(deployment, join(people, drift.names), intake.spool, plans).names


def test_of_the_archive_only_what_is_of_about_the_time_is_read_to_compare_clocks() -> None:
    world, calls = MemoryWorld(), Counter[str]()
    march, june = conversation(30), conversation(30, start="2024-06-01T09:00:00")
    slice_export(world.deployment(), export_of([*march, *june, Message(author="Chidi", text="undated")]))

    def hook(call: str, when: str) -> None:
        calls[call] += when == "before"

    deployment = world.deployment(hook=hook)
    intake, plans = taken(deployment, chat_of(later(june, HOUR))), load_plans(deployment, HARBOUR)
    people = deployment.people.get(HARBOUR)
    calls.clear()
    assert compare(deployment, people, intake.spool, plans).shifts
    assert calls == {"blobs.read": 1}


def test_an_undated_export_has_no_clock() -> None:
    deployment = MemoryWorld().deployment()
    slice_export(deployment, export_of(conversation(20)))
    intake = taken(deployment, chat_of([Message(author="Chidi", text=f"text {n}") for n in range(9)]))
    plans = load_plans(deployment, HARBOUR)
    assert compare(deployment, deployment.people.get(HARBOUR), intake.spool, plans) == Drift()


def test_times_at_the_calendars_end_are_compared_as_well() -> None:
    deployment = MemoryWorld().deployment()
    messages = conversation(9, start="9999-12-31T20:00:00")
    slice_export(deployment, export_of(messages))
    intake = taken(deployment, chat_of([*messages, moved(messages[-1], HOUR)]))
    plans = load_plans(deployment, HARBOUR)
    assert compare(deployment, deployment.people.get(HARBOUR), intake.spool, plans) == Drift()
