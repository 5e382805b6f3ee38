"""Any split of a conversation into overlapping uploads, in any order and from either phone, gives the whole."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from egregora.ids import Handle
from egregora.message import Message
from egregora.pipeline.deployment import Outlet
from egregora.pipeline.estimating import estimate_export
from egregora.pipeline.gathering import gather
from egregora.pipeline.slicing import slice_export
from egregora.settings import Settings, SiteSettings, WindowSettings
from egregora.testing import MemorySink
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of

SMALL = Settings(windows=WindowSettings(tokens=1024, context=200), site=SiteSettings(search=False, markdown=False))
NAMES = ("Ada Lindqvist", "Bruno Teixeira", "Chidi")
OVERLAP = 30
BURST = 5
PAUSE = timedelta(hours=7, minutes=13)
"""Between bursts: no clock that is off by some hours has one burst fall on another, which nothing could tell apart."""


def phone(
    messages: list[Message], *, hours: int = 0, renamed: str = "Bruno Teixeira", minutes: bool = False
) -> list[Message]:
    """What another phone exports: its clock, its name for Bruno, its precision."""

    def as_there(message: Message) -> Message:
        time = datetime.fromisoformat(message.time or "") + timedelta(hours=hours)
        if minutes:
            time = time.replace(second=0)
        author = renamed if message.author == "Bruno Teixeira" else message.author
        return replace(message, time=time.isoformat(timespec="seconds"), author=author)

    return [as_there(message) for message in messages]


def archive(world: MemoryWorld) -> list[Message]:
    deployment = world.deployment()
    windows = [w.slice for stored in deployment.manifests.all() for w in stored.manifest.windows]
    return [message for digest in windows for message in deployment.slices.get(digest).messages]


def people(world: MemoryWorld) -> dict[str, str]:
    """Each handle's person, by the first name that stands for them."""
    deployment = world.deployment()
    (source,) = deployment.manifests.sources()
    known = deployment.people.get(source)
    return {handle: known.persons[Handle(known.same.get(handle, handle))].names[0] for handle in known.persons}


def upload(world: MemoryWorld, messages: list[Message]) -> None:
    slice_export(world.deployment(settings=SMALL), export_of(messages))


def held(world: MemoryWorld) -> Counter[tuple[str, str]]:
    """Who said what, and how often, whatever the clocks."""
    who = people(world)
    return Counter((who[m.author or ""], m.text) for m in archive(world))


@st.composite
def wholes(draw: st.DrawFn) -> list[Message]:
    """Some days on both sides of two edges of months: bursts, pauses, and the same word over and over."""
    count = draw(st.integers(24, 36)) * BURST
    steps = draw(st.lists(st.sampled_from((5, 20, 50, 70, 600)), min_size=count, max_size=count))
    time, messages = datetime(2024, 1, 28, 20, 17, 3), []  # noqa: DTZ001
    for number, step in enumerate(steps):
        time += timedelta(seconds=step) if number % BURST else PAUSE
        text = "ok" if number % 4 == 3 else f"{number} is what I wanted to say"
        messages.append(Message(time=time.isoformat(timespec="seconds"), author=NAMES[(number * 7) % 3], text=text))
    return messages


@st.composite
def splits(draw: st.DrawFn, whole: list[Message], *, grain: int = 1) -> list[list[Message]]:
    """Up to three parts that together hold everything, each sharing `OVERLAP` messages with the next, in any order."""
    end = len(whole) // grain
    least = OVERLAP // grain
    first = draw(st.integers(least, end - 2 * least))
    second = draw(st.integers(first + least, end - least))
    cuts = draw(st.sampled_from(([], [first], [first, second])))
    edges = [0, *(cut * grain for cut in cuts), len(whole)]
    parts = [whole[low : min(len(whole), high + OVERLAP)] for low, high in pairwise(edges)]
    return draw(st.permutations(parts))


@settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_parts_from_one_phone_give_the_very_archive_of_the_whole(data: st.DataObject) -> None:
    whole = data.draw(wholes())
    once, piecewise = MemoryWorld(), MemoryWorld()
    upload(once, whole)
    for part in data.draw(splits(whole)):
        upload(piecewise, part)
    assert {m.id for m in archive(piecewise)} == {m.id for m in archive(once)}
    assert [(m.time, m.author, m.text) for m in archive(piecewise)] == [
        (m.time, m.author, m.text) for m in archive(once)
    ]


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_parts_from_either_phone_lose_and_double_nothing(data: st.DataObject) -> None:
    whole = data.draw(wholes())
    hours = data.draw(st.sampled_from((0, 1, 3, -5, 9)))
    name = data.draw(st.sampled_from(("Bruno Teixeira", "Papa", "+55 11 91234-5678")))
    once, piecewise = MemoryWorld(), MemoryWorld()
    upload(once, whole)
    for part in data.draw(splits(whole, grain=BURST)):
        other = data.draw(st.booleans())
        upload(piecewise, phone(part, hours=hours, renamed=name, minutes=True) if other else part)
    assert named(held(piecewise)) == named(held(once))
    assert len(set(people(piecewise).values())) == 3


def named(said: Counter[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The same, with one name for Bruno."""
    return {(who if who in {"Ada Lindqvist", "Chidi"} else "Bruno", text): count for (who, text), count in said.items()}


def test_a_renamed_contact_is_one_person_also_in_months_that_only_one_export_has() -> None:
    whole = conversation(400, minutes=400)
    older, newer = whole[:250], phone(whole[200:], renamed="Papa")
    for first, second in ((older, newer), (newer, older)):
        world = MemoryWorld()
        upload(world, first)
        upload(world, second)
        assert len({m.author for m in archive(world)}) == 3
        assert len(archive(world)) == 400


def test_two_stretches_under_two_names_become_one_person_when_a_third_joins_them() -> None:
    whole = conversation(400, minutes=400)
    world = MemoryWorld()
    upload(world, whole[:150])
    upload(world, phone(whole[250:], renamed="Papa"))
    before = {m.id: m.author for m in archive(world)}
    assert len(set(people(world).values())) == 4
    deployment = world.deployment(settings=SMALL)
    world.run(deployment, export_of(phone(whole[100:300], renamed="Papa")))
    assert len(archive(world)) == 400
    assert {m.id: m.author for m in archive(world) if m.id in before} == before
    assert len(set(people(world).values())) == 3
    site = gather(deployment).site(Outlet("site", MemorySink()))
    assert len(site.people) == 3
    spoken = Counter[str]()
    for card in site.cards:
        spoken.update(card.people)
        assert set(card.people) <= set(site.people)
    assert sum(spoken.values()) == 400


def test_whoever_opts_out_under_one_name_is_gone_under_the_other() -> None:
    whole = conversation(400, minutes=400)
    world = MemoryWorld()
    upload(world, whole[:150])
    upload(world, phone(whole[250:], renamed="Papa"))
    leaving = Message(time="2024-06-30T10:00:00", author="Papa", text="/egregora opt-out")
    upload(world, [*phone(whole[100:300], renamed="Papa"), leaving])
    assert sorted(set(people(world).values())) == ["Ada Lindqvist", "Bruno Teixeira", "Chidi"]
    assert len({m.author for m in archive(world)}) == 2


def test_two_people_of_one_export_are_never_taken_for_one() -> None:
    whole = conversation(200)
    swapped = {"Ada Lindqvist": "Chidi", "Chidi": "Ada Lindqvist"}
    world = MemoryWorld()
    upload(world, whole)
    upload(world, [replace(m, author=swapped.get(m.author or "", m.author)) for m in whole])
    assert len(set(people(world).values())) == 3
    assert len(archive(world)) == 200


def test_strangers_who_share_a_word_in_some_minutes_stay_strangers() -> None:
    ours = conversation(600, minutes=1)
    theirs = [
        replace(m, author=f"Zoe {m.author}", text=m.text if n % 150 == 0 else f"no {n}") for n, m in enumerate(ours)
    ]
    world = MemoryWorld()
    upload(world, ours)
    upload(world, theirs)
    assert len(set(people(world).values())) == 6
    assert len(archive(world)) > 1150


def test_a_phone_whose_zone_changes_with_the_season_is_set_right_by_stretches() -> None:
    whole = conversation(300, minutes=60)
    away = [*phone(whole[:150], hours=-6), *phone(whole[150:], hours=-5)]
    world = MemoryWorld()
    upload(world, whole)
    upload(world, away)
    assert [m.time for m in archive(world)] == [m.time for m in whole]


def test_an_upload_that_comes_again_writes_nothing_though_others_came_between() -> None:
    whole = conversation(300, minutes=400)
    world = MemoryWorld()
    upload(world, whole[:200])
    upload(world, phone(whole[100:], minutes=True))
    before = [(info.key, info.generation) for info in world.blobs.list()]
    upload(world, whole[:200])
    upload(world, phone(whole[100:], minutes=True))
    assert [(info.key, info.generation) for info in world.blobs.list()] == before


def test_whoever_comes_back_is_heard_again_in_months_that_were_recognised() -> None:
    whole = conversation(300, minutes=400)
    leaving = Message(time="2024-06-30T10:00:00", author="Chidi", text="/egregora opt-out")
    back = Message(time="2024-06-30T11:00:00", author="Chidi", text="/egregora opt-in")
    world = MemoryWorld()
    upload(world, whole)
    upload(world, [*whole, leaving])
    assert len(archive(world)) == 200
    upload(world, [*whole, leaving, back])
    assert Counter(m.text for m in archive(world)) == Counter(m.text for m in whole)


@pytest.mark.parametrize("changed", [{"tokens": 512}, {"strategy": "days"}])
def test_other_settings_pack_anew_what_was_merged_before(changed: dict[str, object]) -> None:
    whole = conversation(300, minutes=400)
    once, twice = MemoryWorld(), MemoryWorld()
    other = SMALL.model_copy(update={"windows": SMALL.windows.model_copy(update=changed)})
    slice_export(once.deployment(settings=other), export_of(whole))
    upload(twice, whole)
    slice_export(twice.deployment(settings=other), export_of(whole))
    assert plans(once) == plans(twice)


def plans(world: MemoryWorld) -> list[str]:
    return [w.slice for stored in world.deployment().manifests.all() for w in stored.manifest.windows]


def test_an_estimate_counts_what_is_recognised_as_well() -> None:
    whole = conversation(300, minutes=400)
    world = MemoryWorld()
    (before,) = estimate_export(world.deployment(settings=SMALL), export_of(whole))
    upload(world, whole)
    (after,) = estimate_export(world.deployment(settings=SMALL), export_of(whole))
    assert after.windows == before.windows == len(plans(world))
