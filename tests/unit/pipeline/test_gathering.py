"""What an outlet is given of all that is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from egregora.blobs import Blob
from egregora.errors import NotFound, Reject
from egregora.ids import SourceId
from egregora.message import Message
from egregora.pipeline.catalogue import load_document, read_partition
from egregora.pipeline.deliveries import SinkState, failing, keep_states, read_states
from egregora.pipeline.deployment import Deployment, Outlet
from egregora.pipeline.gathering import UNTITLED, gather
from egregora.pipeline.outlets import open_outlets
from egregora.pipeline.refusals import refuse
from egregora.pipeline.slicing import slice_export
from egregora.settings import Settings, SinkSettings, SiteSettings, WindowSettings
from egregora.site import FailingRow, RefusedRow
from egregora.testing import MemoryBlobs, MemorySink
from egregora.testing.deployment import MemoryWorld
from exports import PEOPLE, conversation, export_of

SMALL = Settings(windows=WindowSettings(tokens=1_000, context=0))
WHOLE = Outlet("site", MemorySink("site"))
BAKERS = Outlet("site", MemorySink("bakers"), sources=("bakers",))


def told(
    *names: str, settings: Settings = SMALL, messages: list[Message] | None = None
) -> tuple[MemoryWorld, Deployment]:
    world = MemoryWorld()
    deployment = world.deployment(settings=settings)
    for number, name in enumerate(names):
        said = messages or conversation(60, start=f"2024-03-0{1 + number}T09:00:00")
        slice_export(deployment, export_of(said, name=name))
    world.work_off(deployment)
    return world, deployment


def test_windows_of_all_conversations_stand_in_the_order_of_their_beginning() -> None:
    _, deployment = told("Climbers", "Bakers")
    cards = gather(deployment).site(WHOLE).cards
    assert [(card.first, card.source) for card in cards] == sorted((card.first, card.source) for card in cards)
    assert cards[0].source == "climbers"
    assert {card.source for card in cards} == {"bakers", "climbers"}


def test_windows_without_a_time_stand_before_all_others() -> None:
    world, deployment = told("Climbers")
    slice_export(deployment, export_of([Message(author="Chidi", text="undated")], name="Undated"))
    world.work_off(deployment)
    cards = gather(deployment).site(WHOLE).cards
    assert [card.source for card in cards] == ["undated", *["climbers"] * (len(cards) - 1)]
    assert len(cards) > 1


def test_one_conversation_gives_the_site_its_title_and_several_do_not() -> None:
    _, deployment = told("Climbers")
    assert gather(deployment).site(WHOLE).title == "Climbers"
    _, deployment = told("Climbers", "Bakers")
    assert gather(deployment).site(WHOLE).title == UNTITLED
    assert gather(deployment).site(BAKERS).title == "Bakers"


def test_a_conversation_is_told_of_by_its_bounds_and_what_became_of_its_uploads() -> None:
    _, deployment = told("Climbers", "Bakers")
    bakers, climbers = gather(deployment).site(WHOLE).sources
    assert (bakers.id, bakers.title, climbers.id) == ("bakers", "Bakers", "climbers")
    assert (bakers.messages, bakers.first, bakers.last) == (60, "2024-03-02T09:00:00", "2024-03-02T15:53:00")
    assert bakers.warnings == ("whatsapp, 2024-03-02 to 2024-03-02: 60 messages read",)
    assert climbers.warnings == ("whatsapp, 2024-03-01 to 2024-03-01: 60 messages read",)


def test_everybody_is_shown_by_their_handle_and_a_name_of_their_own() -> None:
    _, deployment = told("Climbers")
    people = gather(deployment).site(WHOLE).people
    assert set(people) == {deployment.handles.of_name(name) for name in PEOPLE}
    assert all(view.handle == handle and view.name and view.slug for handle, view in people.items())
    assert len({view.slug for view in people.values()}) == 3


def test_a_limited_outlet_has_what_is_said_of_it_and_nothing_of_what_is_said_of_the_site() -> None:
    site = SiteSettings(title="Ours", description="All of it", base_url="https://example.org", language="da")
    _, deployment = told("Bakers", settings=SMALL.model_copy(update={"site": site}))
    known = gather(deployment)
    assert known.site(WHOLE).settings == site
    plain = known.site(BAKERS).settings
    assert (plain.title, plain.description, plain.base_url, plain.language) == (None, "", "", "da")
    own = replace(BAKERS, title="Bread", description="Of bread", base_url="https://example.net")
    said = known.site(own).settings
    assert (said.title, said.description, said.base_url) == ("Bread", "Of bread", "https://example.net")
    assert known.site(own).title == "Bread"
    assert known.site(replace(WHOLE, title="Bread")).settings == site.model_copy(update={"title": "Bread"})


def test_refusals_and_failing_sinks_are_told_to_the_whole_site_and_to_a_sink_of_the_same_conversations() -> None:
    _, deployment = told("Bakers")
    refusal = refuse(deployment, "upload", Reject("is damaged"), "x")
    now = deployment.clock.now()
    states = [
        SinkState("bread", "site", ("bakers",), "failed", now, "no room"),
        SinkState("other", "site", ("climbers",), "failed", now),
    ]
    known = gather(deployment)
    rows = (FailingRow("bread", now.isoformat(), "no room"), FailingRow("other", now.isoformat(), ""))
    assert known.site(WHOLE, states).failing == rows
    assert known.site(BAKERS, states).failing == rows[:1]
    assert known.site(WHOLE).refused == (RefusedRow("upload", refusal.at.isoformat(), "is damaged"),)
    assert (known.site(WHOLE).refusals, known.site(BAKERS).refusals, known.site(BAKERS).refused) == (1, 0, ())


def test_a_person_of_two_names_is_one_on_every_page() -> None:
    messages = conversation(60)
    world, deployment = told("Climbers", messages=messages)
    renamed = [msgspec.structs.replace(m, author="Papa") if m.author == PEOPLE[1] else m for m in messages]
    papa, bruno = deployment.handles.of_name("Papa"), deployment.handles.of_name(PEOPLE[1])
    alone = [msgspec.structs.replace(m, time=(m.time or "").replace("2024-03", "2024-05")) for m in renamed]
    slice_export(deployment, export_of(alone, name="Climbers"))
    world.work_off(deployment)
    slice_export(deployment, export_of([*renamed, *alone], name="Climbers"))
    site = gather(deployment).site(WHOLE)
    assert papa not in site.people
    shown = [each.card for stored in deployment.manifests.all() for each in read_partition(deployment, stored).shown]
    before = {card.key: card for card in shown}
    joined = [card for card in site.cards if papa in load_document(deployment, card.key).model_dump_json()]
    assert joined
    for card in joined:
        assert papa not in card.model_dump_json()
        assert bruno in card.model_dump_json()
        assert papa not in site.load(card.key).model_dump_json()
        assert card.content != before[card.key].content
    for card in site.cards:
        assert card in joined or card == before[card.key]


def test_how_sinks_stand_is_kept_where_it_changes_and_forgotten_with_the_sink() -> None:
    world, deployment = told("Bakers")
    two = replace(deployment, outlets=[WHOLE, BAKERS])
    first = keep_states(two, [], {"site": None, "bakers": "no room"})
    assert [(state.name, state.state, state.reason) for state in first] == [
        ("bakers", "failed", "no room"),
        ("site", "delivered", None),
    ]
    assert [(state.what, state.sources) for state in first] == [("site", ("bakers",)), ("site", ("*",))]
    assert read_states(world.blobs) == first
    assert failing(first) == first[:1]
    world.clock.advance(60)
    before = [(info.key, info.generation) for info in world.blobs.list("sinks/")]
    assert keep_states(two, first, {"bakers": "no room"}) == first
    assert [(info.key, info.generation) for info in world.blobs.list("sinks/")] == before
    mended, _ = keep_states(two, first, {"site": None, "bakers": None})
    assert (mended.state, mended.reason, mended.at) == ("delivered", None, world.clock.now())
    assert keep_states(replace(two, outlets=[WHOLE]), read_states(world.blobs), {}) == first[1:]
    assert [info.key for info in world.blobs.list("sinks/")] == ["sinks/site.json"]


@pytest.mark.parametrize("strange", [b"", b"{}", b"no json"])
def test_what_another_version_wrote_of_a_sink_is_passed_over(strange: bytes) -> None:
    world, deployment = told("Bakers")
    states = keep_states(replace(deployment, outlets=[WHOLE]), [], {"site": None})
    world.blobs.write("sinks/odd.json", strange)
    assert read_states(world.blobs) == states
    assert gather(deployment).site(WHOLE).cards[0].source == SourceId("bakers")


def test_a_sink_that_is_removed_while_all_are_read_is_passed_over() -> None:
    world = MemoryWorld()
    sinks = [Outlet("site", MemorySink(name)) for name in ("gone", "kept")]
    keep_states(replace(world.deployment(), outlets=sinks), [], {"gone": None, "kept": None})

    class Removing(MemoryBlobs):
        def read(self, key: str) -> Blob:
            if "gone" in key:
                raise NotFound
            return world.blobs.read(key)

    blobs = Removing()
    for info in world.blobs.list():
        blobs.write(info.key, b"")
    assert [state.name for state in read_states(blobs)] == ["kept"]


def test_an_entry_of_the_settings_says_all_of_its_outlet(tmp_path: Path) -> None:
    said = SinkSettings(
        what="site",
        to="file:bread",
        sources=("bakers",),
        title="Bread",
        description="Of bread",
        base_url="https://e.org",
    )
    [outlet] = open_outlets([said.model_copy(update={"name": "bread"})], folder=tmp_path)
    assert (outlet.what, outlet.name, outlet.sources) == ("site", "bread", ("bakers",))
    assert (outlet.title, outlet.description, outlet.base_url) == ("Bread", "Of bread", "https://e.org")
