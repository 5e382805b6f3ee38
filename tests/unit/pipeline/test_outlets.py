"""Several sinks fed by one publish: what each gets, and what becomes of one that fails."""

from __future__ import annotations

import gzip
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from egregora.errors import Conflict, EgregoraError, RateLimited, Reject, Retry, Unreadable
from egregora.ids import SourceId
from egregora.message import Message
from egregora.models.offline import OfflineModel
from egregora.pipeline.deliveries import read_states
from egregora.pipeline.deployment import Deployment, Outlet
from egregora.pipeline.publishing import is_published, publish_site
from egregora.pipeline.refusals import refuse
from egregora.pipeline.slicing import slice_export
from egregora.privacy.people import People
from egregora.settings import Settings, SiteSettings
from egregora.sinks.database import DatabaseSink
from egregora.testing import MemorySink, ScriptedModel
from egregora.testing.deployment import QUIET, MemoryWorld
from exports import conversation, export_of

FAMILY, CLUB = "harbour-street", "chess-club"


def family_chat(count: int = 50) -> list[Message]:
    said = conversation(count)
    return [msgspec.structs.replace(message, text=f"{message.text} grobnitz bakery") for message in said]


def club_chat(count: int = 35) -> list[Message]:
    """A chat of other people, but for one, about other things."""
    names = {"Ada Lindqvist": "Dorothea Quint", "Bruno Teixeira": "Emil Varga"}
    return [
        msgspec.structs.replace(
            message,
            author=names.get(message.author or "", message.author),
            text=f"{' '.join(word[::-1] for word in message.text.split()[1:])} plonkwell gambit",
        )
        for message in conversation(count, start="2024-05-02T18:00:00", minutes=11)
    ]


def told(
    *chats: str, settings: Settings = QUIET, outlets: list[Outlet] | None = None
) -> tuple[MemoryWorld, Deployment]:
    """A world in which chats were read and worked off."""
    world, model = MemoryWorld(), OfflineModel()
    deployment = replace(world.deployment(model, settings=settings), outlets=outlets or [])
    for name, messages in (("Harbour Street", family_chat()), ("Chess Club", club_chat())):
        if name in chats:
            slice_export(deployment, export_of(messages, name=name))
    world.work_off(deployment)
    return world, deployment


def content(sink: MemorySink) -> dict[str, bytes]:
    return {path: sink.read(path) or b"" for path in sink.list()}


def everything(sink: MemorySink) -> str:
    """All that a sink holds as text, with what search has packed."""
    parts = []
    for path, data in content(sink).items():
        opened = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
        parts.append(f"{path}\n{opened.decode(errors='replace')}")
    return "\n".join(parts)


def delivered(deployment: Deployment, what: str, *sources: str, **more: str) -> MemorySink:
    """What a publish puts into a new sink."""
    sink = MemorySink(f"new-{what}")
    publish_site(replace(deployment, outlets=[Outlet(what, sink, sources or ("*",), **more)]))  # type: ignore[arg-type]
    return sink


@pytest.mark.parametrize("what", ["site", "markdown", "sidecar"])
def test_a_limited_sink_holds_what_a_deployment_of_its_conversations_alone_would_deliver(what: str) -> None:
    _, both = told("Harbour Street", "Chess Club", settings=QUIET)
    refuse(both, "upload", Unreadable("no reader understands it"), "bucket")
    for source, chat, theirs in ((FAMILY, "Harbour Street", "plonkwell"), (CLUB, "Chess Club", "grobnitz")):
        _, alone = told(chat)
        limited = delivered(both, what, f"{source[:5]}*")
        assert content(limited) == content(delivered(alone, what, f"{source[:5]}*"))
        assert theirs not in everything(limited)
        names = {view.pseudonym for view in both.people.get(SourceId(FAMILY)).persons.values()} ^ {
            view.pseudonym for view in both.people.get(SourceId(CLUB)).persons.values()
        }
        shown = {name for name in names if name in everything(limited)}
        assert shown <= {view.pseudonym for view in both.people.get(SourceId(source)).persons.values()}
        assert shown or what == "sidecar"


@pytest.mark.slow
def test_no_table_of_a_limited_database_holds_a_word_a_person_or_a_count_of_another(tmp_path: Path) -> None:
    def rows(deployment: Deployment, name: str, *sources: str) -> list[str]:
        with closing(DatabaseSink(f"sqlite:///{tmp_path / name}", name="club")) as sink:
            publish_site(replace(deployment, outlets=[Outlet("database", sink, sources)]))
        with closing(sqlite3.connect(tmp_path / name)) as database:
            return list(database.iterdump())

    _, both = told("Harbour Street", "Chess Club")
    _, alone = told("Chess Club")
    club = rows(both, "limited", "chess*")
    assert club == rows(alone, "alone", "*")
    assert "plonkwell" in "".join(club)
    assert "grobnitz" not in "".join(club)
    assert "grobnitz" in "".join(rows(both, "whole", "*"))


@pytest.mark.slow
def test_no_search_index_of_a_limited_site_holds_a_word_of_another() -> None:
    _, both = told("Harbour Street", "Chess Club", settings=Settings(site=SiteSettings(markdown=False)))
    _, alone = told("Chess Club", settings=Settings(site=SiteSettings(markdown=False)))
    club = delivered(both, "site", CLUB)
    assert any(path.endswith(".pf_fragment") for path in club.list("search/"))
    assert "plonkwell" in everything(club)
    assert "grobnitz" not in everything(club)
    assert content(club) == content(delivered(alone, "site", CLUB))


def test_a_limited_site_says_nothing_that_is_said_of_the_whole_one() -> None:
    words = SiteSettings(
        title="The Lindqvists", description="Family matters", base_url="https://family.example", search=False
    )
    _, both = told("Harbour Street", "Chess Club", settings=Settings(site=words))
    club = everything(delivered(both, "site", CLUB))
    assert not re.search("Lindqvist|Family matters|family.example", club)
    assert "chess club" in club.casefold()
    named = everything(delivered(both, "site", CLUB, title="Gambits", base_url="https://club.example"))
    assert "Gambits" in named
    assert "https://club.example/" in named
    copy = everything(delivered(both, "site", "*"))
    assert "The Lindqvists" in copy
    assert "https://family.example/" in copy


def test_two_people_who_are_called_the_same_are_told_apart_only_where_both_are_shown() -> None:
    _, both = told("Harbour Street", "Chess Club")

    def fern(known: People) -> People:
        first = min(known.persons)
        alias = {"alias": "Captain Fern", "alias_at": "2024-06-01T00:00:00"}
        return known.model_copy(
            update={"persons": {**known.persons, first: known.persons[first].model_copy(update=alias)}}
        )

    shared = both.handles.of_name("Chidi")
    for source in (FAMILY, CLUB):
        people = both.people.get(SourceId(source))
        assert min(people.persons) != shared, "one person each"
        both.people.update(people.source, fern)
    assert "Captain Fern (" in everything(delivered(both, "site"))
    for source in (FAMILY, CLUB):
        alone = everything(delivered(both, "site", source))
        assert "Captain Fern" in alone
        assert "Captain Fern (" not in alone


def test_a_new_sink_and_an_emptied_one_fill_themselves_without_a_model_call() -> None:
    world, model = MemoryWorld(), ScriptedModel()
    deployment = world.deployment(model, settings=QUIET)
    world.run(deployment, export_of(conversation(40)))
    calls, first = model.calls.total(), world.site()
    copy = MemorySink("copy")
    more = replace(deployment, outlets=[*deployment.outlets, Outlet("site", copy)])
    publish_site(more)
    assert content(copy) == first
    copy.delete_many(list(copy.list()))
    publish_site(more)
    assert content(copy) == first
    assert model.calls.total() == calls


@pytest.mark.parametrize("what", ["site", "markdown", "sidecar"])
def test_who_opts_out_of_one_conversation_is_gone_from_every_sink_after_the_next_publish(what: str) -> None:
    _, both = told("Harbour Street", "Chess Club")
    sinks = [MemorySink(name) for name in ("family", "club", "all")]
    outlets = [Outlet(what, sink, (to,)) for sink, to in zip(sinks, (FAMILY, CLUB, "*"), strict=True)]  # type: ignore[arg-type]
    deployment = replace(both, outlets=outlets)
    publish_site(deployment)
    person = both.people.get(SourceId(FAMILY)).persons[both.handles.of_name("Chidi")]
    assert all(person.pseudonym in everything(sink) for sink in sinks)
    leaving = Message(time="2024-03-09T10:00:00", author="Chidi", text="/egregora opt-out")
    slice_export(deployment, export_of([*family_chat(), leaving], name="Harbour Street"))
    publish_site(deployment)
    for sink in sinks:
        assert person.pseudonym not in everything(sink)
        assert person.handle.removeprefix("@") not in everything(sink)


class Failing(MemorySink):
    """Raises `fault`, where there is one, on every write."""

    fault: Exception | None = None

    def write(self, path: str, data: bytes) -> bool:
        if self.fault:
            raise self.fault
        return super().write(path, data)


def world_with(*sinks: MemorySink) -> tuple[MemoryWorld, Deployment]:
    world = MemoryWorld()
    deployment = world.deployment(ScriptedModel(), settings=QUIET)
    world.run(deployment, export_of(conversation(40)))
    return world, replace(deployment, outlets=[Outlet("site", sink) for sink in sinks])


def status(sink: MemorySink) -> str:
    return (sink.read("status/index.html") or b"").decode()


def test_a_sink_that_fails_holds_no_other_up_is_told_everywhere_and_made_whole_by_the_next_publish() -> None:
    first, bad, last = MemorySink("first"), Failing("bad"), MemorySink("last")
    world, deployment = world_with(first, bad, last)
    bad.fault = Retry("the store is away")
    published = publish_site(deployment)
    assert list(published.failures) == ["bad"]
    assert {name for name, delivery in published.deliveries.items() if delivery.written} == {"first", "last"}
    assert content(first) == content(last)
    assert "the store is away" in status(first)
    (state,) = (state for state in read_states(world.blobs) if state.state == "failed")
    assert (state.name, state.what, state.at, state.reason) == ("bad", "site", world.clock.now(), "the store is away")
    world.clock.advance(60)
    before = content(first)
    assert publish_site(deployment).deliveries["first"].written == 0, "since when it fails stays the same"
    assert content(first) == before
    bad.fault = None
    assert publish_site(deployment).failures == {}
    assert content(first) == content(bad) == content(last)
    assert "the store is away" not in status(bad)
    assert {state.state for state in read_states(world.blobs)} == {"delivered"}


@pytest.mark.parametrize(
    "fault",
    [
        Retry("away"),
        RateLimited("busy"),
        Reject("no such bucket"),
        EgregoraError("tool"),
        OSError(28, "full"),
        TimeoutError(),
    ],
)
def test_whatever_a_sink_or_its_disk_says_is_a_failure_of_that_sink_alone(fault: Exception) -> None:
    good, bad = MemorySink("good"), Failing("bad")
    _, deployment = world_with(bad, good)
    bad.fault = fault
    published = publish_site(deployment)
    assert str(published.failures["bad"]) in {"away", "busy", "no such bucket", "tool", "full", "TimeoutError"}
    assert good.read("index.html")


class Counted(MemorySink):
    """Counts writes that change a file."""

    changes = 0

    def write(self, path: str, data: bytes) -> bool:
        changed = super().write(path, data)
        self.changes += changed and not path.startswith(".egregora/")
        return changed


def test_what_is_written_and_deleted_is_counted_also_where_a_failure_is_told_after_the_rest() -> None:
    good, bad = Counted("good"), Failing("bad")
    _, deployment = world_with(good, bad)
    bad.fault = Retry("away")
    published = publish_site(deployment).deliveries["good"]
    before = set(good.list())
    assert (published.written, published.deleted) == (good.changes, 0)
    assert good.changes >= len(before), "the status page is written a second time"
    good.changes, bad.fault = 0, None
    for stored in list(deployment.manifests.all()):
        deployment.manifests.delete(stored.manifest.source, stored.manifest.partition)
    published = publish_site(deployment).deliveries["good"]
    assert (published.written, published.deleted) == (good.changes, len(before - set(good.list())))
    assert published.deleted > 0


def test_one_publish_tries_a_sink_that_fails_once_and_tells_how_far_the_second_telling_is() -> None:
    class Tried(Failing):
        writes = 0

        def write(self, path: str, data: bytes) -> bool:
            self.writes += 1
            return super().write(path, data)

    told: list[tuple[int, int]] = []
    good, tree, bad = MemorySink("good"), MemorySink("tree"), Tried("bad")
    _, deployment = world_with(good, bad)
    bad.fault = Retry("away")
    deployment = replace(deployment, outlets=[*deployment.outlets, Outlet("markdown", tree)])
    publish_site(deployment, progress=lambda done, of: told.append((done, of)))
    assert bad.writes == 1
    ends = [done for done, of in told if done == of]
    assert len(ends) == 3, "the site, the tree, and the site with what is told of the other"


def test_a_fault_of_ours_is_not_taken_for_a_sinks() -> None:
    bad = Failing("bad")
    _, deployment = world_with(bad)
    bad.fault = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        publish_site(deployment)


def test_where_another_publisher_was_faster_the_others_are_fed_before_that_is_said() -> None:
    bad, good = Failing("bad"), MemorySink("good")
    world, deployment = world_with(bad, good)
    bad.fault = Conflict("another was first")
    with pytest.raises(Conflict):
        publish_site(deployment)
    assert good.read("index.html")
    assert [state.name for state in read_states(world.blobs)] == ["good"]


def test_a_limited_site_learns_nothing_of_the_sinks_of_others() -> None:
    _, both = told("Harbour Street", "Chess Club")
    whole, club, twin, family = MemorySink("whole"), MemorySink("club"), MemorySink("twin"), Failing("family")
    shown = ((whole, "*"), (club, CLUB), (twin, FAMILY), (family, FAMILY))
    family.fault = Retry("away")
    publish_site(replace(both, outlets=[Outlet("site", sink, (to,)) for sink, to in shown]))
    assert ["away" in status(sink) for sink in (whole, club, twin)] == [True, False, True]
    assert "family" not in status(club)


def test_a_sink_that_is_no_longer_there_is_no_longer_told_of() -> None:
    good, bad = MemorySink("good"), Failing("bad")
    world, deployment = world_with(good, bad)
    bad.fault = Retry("away")
    publish_site(deployment)
    publish_site(replace(deployment, outlets=deployment.outlets[:1]))
    assert "away" not in status(good)
    assert [state.name for state in read_states(world.blobs)] == ["good"]


def test_a_deployment_is_published_where_its_own_sinks_are_whatever_others_do() -> None:
    site, bad = MemorySink("site"), Failing("bad")
    _, deployment = world_with(site, bad)
    assert not is_published(deployment)
    bad.fault = Retry("away")
    publish_site(deployment)
    assert is_published(deployment)


def test_sidecars_are_those_of_the_site_with_lists_that_lead_to_each() -> None:
    _, both = told("Harbour Street", "Chess Club")
    site, sidecars = content(delivered(both, "site")), content(delivered(both, "sidecar"))
    posts = {path for path in sidecars if path.endswith("post.json")}
    assert posts == {path for path in site if path.endswith("post.json")}
    assert all(sidecars[path] == site[path] for path in posts)
    listed = set()
    for month in msgspec.json.decode(sidecars["sidecars.json"])["months"]:
        folder = month["href"].removesuffix("sidecars.json")
        found = msgspec.json.decode(sidecars[month["href"]])["posts"]
        assert len(found) == month["posts"]
        listed |= {folder + post["href"] for post in found}
    assert listed == posts
