import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from egregora.errors import Block
from egregora.forms import DraftPost, Writing
from egregora.message import Message
from egregora.models import Request
from egregora.pipeline.deployment import Outlet
from egregora.pipeline.publishing import is_published, publish_site
from egregora.pipeline.reprocessing import reprocess
from egregora.pipeline.slicing import slice_export
from egregora.privacy.people import Person
from egregora.settings import PrivacySettings, Settings, SiteSettings, WindowSettings
from egregora.sinks.database import DatabaseSink
from egregora.testing import ScriptedModel
from egregora.testing.deployment import MemoryWorld
from egregora.testing.sinks import MemorySink
from exports import conversation, export_of

SMALL = Settings(windows=WindowSettings(tokens=1_024, context=0), site=SiteSettings(search=False, markdown=False))


def numbered(request: Request) -> Writing:
    """One post a window that says which messages it holds, and names its first author."""
    messages = request.material.messages
    first, last = messages[0].text.split(":")[0], messages[-1].text.split(":")[0]
    body = f"From {first} to {last}, begun by {messages[0].author}."
    return Writing(posts=[DraftPost(title=f"Part {first}-{last}", standfirst="In short.", body=body, messages=["m1"])])


def text(world: MemoryWorld) -> str:
    return "\n".join(
        data.decode()
        for path, data in world.site().items()
        if path.endswith((".html", ".json", ".xml")) and not path.startswith(".egregora/")
    )


def test_an_unchanged_publish_writes_no_byte() -> None:
    world = MemoryWorld()
    deployment = world.deployment(ScriptedModel(writer=numbered), settings=SMALL)
    world.run(deployment, export_of(conversation(60)))
    before, written = world.site(), world.sink.written
    again = publish_site(world.deployment(ScriptedModel(writer=numbered), settings=SMALL))
    assert world.site() == before
    assert world.sink.written == written
    assert again.deliveries["site"].written == 0


def test_an_incremental_publish_gives_the_bytes_of_a_full_one() -> None:
    messages = conversation(200)
    grown, whole = MemoryWorld(), MemoryWorld()
    for count in (60, 110, 200):
        grown.run(grown.deployment(ScriptedModel(writer=numbered), settings=SMALL), export_of(messages[:count]))
    whole.run(whole.deployment(ScriptedModel(writer=numbered), settings=SMALL), export_of(messages))
    told = {"status/index.html", ".egregora/record.json"}  # of three uploads, and of one
    assert {p: d for p, d in grown.site().items() if p not in told} == {
        p: d for p, d in whole.site().items() if p not in told
    }
    before, grown.sink = grown.site(), MemorySink("site")
    publish_site(grown.deployment(settings=SMALL))
    assert grown.site() == before


def test_what_is_shown_stays_up_until_its_replacement_is_written() -> None:
    world, model = MemoryWorld(), ScriptedModel(writer=numbered)
    deployment = world.deployment(model, settings=SMALL)
    world.run(deployment, export_of(conversation(60)))
    old = [title for title in _titles(world) if title.endswith("-59")]
    assert old
    slice_export(deployment, export_of(conversation(75)))
    publish_site(deployment)
    assert old[0] in _titles(world)
    world.work_off(deployment)
    publish_site(deployment)
    assert old[0] not in _titles(world)
    assert any(title.endswith("-74") for title in _titles(world))


def test_a_new_recipe_replaces_window_by_window_and_nothing_vanishes_meanwhile() -> None:
    world = MemoryWorld()
    world.run(world.deployment(ScriptedModel(writer=numbered), settings=SMALL), export_of(conversation(60)))
    before = _titles(world)
    other = world.deployment(ScriptedModel(name="scripted-2", writer=numbered), settings=SMALL)
    publish_site(other)
    assert _titles(world) == before
    reprocess(other)
    publish_site(other)
    assert _titles(world) == before
    world.work_off(other)
    publish_site(other)
    assert _titles(world) == before
    assert all(entry.entry.model == "scripted-2" for entry in world.journal.select() if entry.entry.attempt == 2)


def test_a_blocked_window_stands_on_the_status_page_with_its_reason() -> None:
    world = MemoryWorld()
    model = ScriptedModel(enricher=[Block("prohibited content")])
    world.run(world.deployment(model, settings=SMALL), export_of(conversation(10)))
    assert "prohibited content" in world.site()["status/index.html"].decode()


def test_a_changed_alias_makes_no_model_call_and_rewrites_only_pages_that_show_it() -> None:
    world, model = MemoryWorld(), ScriptedModel(writer=numbered)
    deployment = world.deployment(model, settings=SMALL)
    world.run(deployment, export_of(conversation(60)))
    calls, before = model.calls.total(), world.site()
    ada = deployment.handles.of_name("Ada Lindqvist")

    def rename(person: Person) -> Person:
        return person.model_copy(update={"alias": "Captain Fern", "alias_at": "2024-04-01T00:00:00"})

    people = deployment.people.get(deployment.manifests.sources()[0])
    old_name = people.persons[ada].pseudonym
    deployment.people.update(
        people.source, lambda p: p.model_copy(update={"persons": {**p.persons, ada: rename(p.persons[ada])}})
    )
    publish_site(deployment)
    after = world.site()
    assert model.calls.total() == calls
    assert "Captain Fern" in text(world)
    assert old_name not in text(world)
    changed = {path for path in before.keys() & after.keys() if before[path] != after[path]}
    assert all(
        old_name.encode() in before[path] or b"Captain Fern" in after[path] or path.startswith(".egregora/")
        for path in changed
    )
    assert len(changed) < len(after)


def test_real_names_are_shown_only_where_the_settings_say_so() -> None:
    world, model = MemoryWorld(), ScriptedModel(writer=numbered)
    world.run(world.deployment(model, settings=SMALL), export_of(conversation(20)))
    assert "Ada Lindqvist" not in text(world)
    real = SMALL.model_copy(update={"privacy": PrivacySettings(names="real")})
    publish_site(world.deployment(model, settings=real))
    assert "Ada Lindqvist" in text(world)


def test_an_opt_out_takes_posts_down_at_once_and_they_return_without_the_person() -> None:
    world, model = MemoryWorld(), ScriptedModel(writer=numbered)
    deployment = world.deployment(model, settings=SMALL)
    messages = conversation(60)
    world.run(deployment, export_of(messages))
    people = deployment.people.get(deployment.manifests.sources()[0])
    ada = people.persons[deployment.handles.of_name("Ada Lindqvist")].pseudonym
    assert ada in text(world)
    leaving = Message(time="2024-03-05T10:00:00", author="Ada Lindqvist", text="/egregora opt-out")
    slice_export(deployment, export_of([*messages, leaving]))
    publish_site(deployment)
    assert ada not in text(world)
    assert "Ada Lindqvist" not in text(world)
    world.work_off(deployment)
    publish_site(deployment)
    assert _titles(world)
    assert ada not in text(world)
    handle = deployment.handles.of_name("Ada Lindqvist")
    kept = [info.key for info in world.blobs.list() if not info.key.startswith(("people/", "slices/"))]
    assert not [key for key in kept if handle.encode() in world.blobs.read(key).data]


def _titles(world: MemoryWorld) -> list[str]:
    import re

    pages = [data.decode() for path, data in world.site().items() if re.match(r"\d{4}/\d\d/.*post\.json", path)]
    return sorted({title for page in pages for title in re.findall(r"Part \d+-\d+", page)})


def test_what_is_shown_stays_up_where_its_replacement_fails() -> None:
    world = MemoryWorld()
    world.run(world.deployment(ScriptedModel(writer=numbered), settings=SMALL), export_of(conversation(60)))
    before = _titles(world)
    refusing = ScriptedModel(name="scripted-2", enricher=[Block("safety")])
    other = world.deployment(refusing, settings=SMALL)
    reprocess(other)
    world.work_off(other)
    publish_site(other)
    assert _titles(world) == before
    third = world.deployment(ScriptedModel(name="scripted-3", writer=numbered), settings=SMALL)
    reprocess(third)
    publish_site(third)
    assert _titles(world) == before


def test_windows_that_share_a_replacement_all_stay_up_until_it_is_written() -> None:
    world, model = MemoryWorld(), ScriptedModel(writer=numbered)
    messages = conversation(100)
    world.run(world.deployment(model, settings=SMALL), export_of(messages))
    before = _titles(world)
    coarse = SMALL.model_copy(update={"windows": WindowSettings(tokens=1_600, context=0)})
    deployment = world.deployment(model, settings=coarse)
    slice_export(deployment, export_of(messages))
    publish_site(deployment)
    assert _titles(world) == before
    world.work_off(deployment)
    publish_site(deployment)
    assert len(_titles(world)) < len(before)


def test_whether_all_is_published_is_asked_without_writing_a_byte() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    world.run(deployment, export_of(conversation(20)))
    assert is_published(deployment)
    slice_export(deployment, export_of(conversation(60)))
    world.work_off(deployment)
    before = [(info.key, info.generation) for info in world.blobs.list()]
    assert not is_published(deployment)
    assert [(info.key, info.generation) for info in world.blobs.list()] == before
    publish_site(deployment)
    assert is_published(deployment)


def test_a_publish_tells_how_far_it_is_and_what_it_did() -> None:
    world, told = MemoryWorld(), list[tuple[int, int]]()
    deployment = world.deployment(ScriptedModel(writer=numbered), settings=SMALL)
    _, tally, first = world.run(deployment, export_of(conversation(60)))
    assert first.posts == tally.posts > 0
    assert first.failures == {}
    assert first.deliveries["site"].written == len([path for path in world.site() if not path.startswith(".egregora/")])
    slice_export(deployment, export_of(conversation(75)))
    world.work_off(deployment)
    before = world.site()
    again = publish_site(deployment, progress=lambda done, of: told.append((done, of)))
    changed = {path for path, data in world.site().items() if before.get(path) != data}
    assert again.deliveries["site"].written == len([path for path in changed if not path.startswith(".egregora/")])
    assert told[-1][0] == told[-1][1] > 0


def test_every_outlet_gets_what_it_is_for() -> None:
    world = MemoryWorld()
    deployment = world.deployment(ScriptedModel(writer=numbered), settings=SMALL)
    sinks = {what: MemorySink(what) for what in ("site", "markdown", "sidecar")}
    outlets = [Outlet(what, sink) for what, sink in sinks.items()]  # type: ignore[arg-type]
    world.run(replace(deployment, outlets=outlets), export_of(conversation(20)))
    held = {what: set(sink.list()) for what, sink in sinks.items()}
    assert "index.html" in held["site"]
    assert "mkdocs.yml" in held["markdown"]
    assert "index.html" not in held["markdown"] | held["sidecar"]
    assert any(path.endswith(".json") for path in held["sidecar"])


def test_a_database_is_fed_with_the_rest_and_tells_how_far_it_is(tmp_path: Path) -> None:
    world, told = MemoryWorld(), list[tuple[int, int]]()
    deployment = world.deployment(ScriptedModel(writer=numbered), settings=SMALL)
    slice_export(deployment, export_of(conversation(20)))
    world.work_off(deployment)
    with closing(DatabaseSink(f"sqlite:///{tmp_path / 'club'}", name="club")) as sink:
        outlets = [Outlet("database", sink)]
        published = publish_site(replace(deployment, outlets=outlets), progress=lambda *far: told.append(far))
    with closing(sqlite3.connect(tmp_path / "club")) as database:
        held = [title for (title,) in database.execute("select title from posts")]
    assert len(held) == published.posts > 0
    assert all(title.startswith("Part ") for title in held)
    assert published.deliveries["club"].written > 0
    assert told[-1][0] == told[-1][1] > 0
