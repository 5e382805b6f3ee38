import dataclasses

from egregora.archive.slices import Slice
from egregora.errors import Unreadable
from egregora.ids import Handle, Partition, SliceDigest, SourceId
from egregora.message import Message
from egregora.pipeline.publishing import publish_site
from egregora.pipeline.refusals import refuse
from egregora.pipeline.reprocessing import reprocess
from egregora.pipeline.slicing import slice_export
from egregora.pipeline.sweeping import Swept, forget, sweep, sweep_source
from egregora.pipeline.uploads import keep_upload
from egregora.privacy.directives import Directive
from egregora.privacy.people import learn
from egregora.settings import Settings, SiteSettings, WindowSettings, WritingSettings
from egregora.testing import ScriptedModel
from egregora.testing.deployment import MemoryWorld
from exports import PEOPLE, conversation, export_of

SMALL = Settings(windows=WindowSettings(tokens=1_024, context=0), site=SiteSettings(search=False, markdown=False))
MONTH = 31 * 24 * 3600


def test_what_a_longer_export_replaced_goes_after_its_time_and_not_before() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    world.run(deployment, export_of(conversation(60)))
    world.run(deployment, export_of(conversation(90)))
    assert sweep(deployment) == Swept(0, 0)
    world.clock.advance(MONTH)
    swept = sweep(deployment)
    assert swept.entries >= 1
    assert swept.blobs >= 4
    site = world.site()
    publish_site(deployment)
    assert world.site() == site


def test_the_halves_of_a_split_window_are_kept() -> None:
    world = MemoryWorld()
    wide = Settings(windows=WindowSettings(tokens=200_000), site=SMALL.site)
    deployment = world.deployment(ScriptedModel(max_input_tokens=3_000), settings=wide)
    world.run(deployment, export_of(conversation(120)))
    world.clock.advance(MONTH)
    assert sweep(deployment) == Swept(0, 0)


def test_a_forgotten_source_leaves_nothing_behind() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    world.run(deployment, export_of(conversation(60)))
    keep_upload(world.blobs, "upload", slice_export(deployment, export_of(conversation(60))))
    keyless = dataclasses.replace(deployment, key=None)
    forget(keyless, deployment.manifests.sources()[0])
    publish_site(keyless)
    assert [info.key for info in world.blobs.list() if not info.key.startswith(("recipes/", "sinks/"))] == []
    assert list(world.journal.select()) == []


def test_forgetting_one_source_leaves_the_other_as_it_is() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    slice_export(deployment, export_of(conversation(40), name="Climbers"))
    world.work_off(deployment)
    refuse(deployment, "upload", Unreadable("no reader knows it"), b"a photograph")
    world.blobs.write("documents/of-an-attempt-that-was-overtaken/1.json", b"{}")
    before = {info.key: info.generation for info in world.blobs.list()}
    slice_export(deployment, export_of(conversation(50, words=9), name="Bakers"))
    world.work_off(deployment)
    bakers = next(source for source in deployment.manifests.sources() if source == "bakers")
    forget(deployment, bakers)
    assert {info.key: info.generation for info in world.blobs.list()} == before


def test_no_name_stands_in_the_journal_or_in_any_key() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    world.run(deployment, export_of(conversation(40), name="Chidi"))
    words = " ".join([*(info.key for info in world.blobs.list()), *(repr(s.entry) for s in world.journal.select())])
    assert not [name for name in PEOPLE if name.lower() in words.lower()]


def test_an_opt_out_takes_no_slice_that_an_upload_under_way_is_about_to_refer_to() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    world.run(deployment, export_of(conversation(60)))
    source = deployment.manifests.sources()[0]
    ada, bruno = (deployment.handles.of_name(name) for name in PEOPLE[:2])
    deployment.people.update(source, lambda people: learn(people, [], [Directive(ada, "opt-out", None, None)]))
    march = Partition("2024-03")

    def put(text: str, author: Handle) -> SliceDigest:
        message = Message(id="x", time="2024-03-01T10:00:00", author=author, text=text)
        return deployment.slices.put(Slice(source, march, (), (message,)))

    old = put("old", bruno)
    world.clock.advance(1)
    just = put("of a lease ago", bruno)
    world.clock.advance(SMALL.run.lease)
    young, hers, about_her = put("young", bruno), put("hers", ada), put(f"ask {ada}", bruno)
    assert sweep_source(deployment, source).entries == 0
    kept = {info.key for info in world.blobs.list("slices/")}
    assert {f"slices/{digest}.jsonl.zst" for digest in (young, just)} <= kept
    assert kept.isdisjoint(f"slices/{digest}.jsonl.zst" for digest in (old, hers, about_her))


def test_what_nothing_refers_to_is_kept_to_the_very_end_of_its_time() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    world.run(deployment, export_of(conversation(60)))
    world.run(deployment, export_of(conversation(90)))
    refuse(deployment, "upload", Unreadable("no reader knows it"), b"a photograph")
    world.clock.advance(SMALL.run.keep_days * 24 * 3600)
    assert sweep(deployment) == Swept(0, 0)
    assert list(world.blobs.list("refusals/"))
    world.clock.advance(1)
    swept = sweep(deployment)
    assert swept.entries == 1
    left = {info.key for info in world.blobs.list()}
    live = {window.slice for stored in deployment.manifests.all() for window in stored.manifest.windows}
    assert {key for key in left if key.startswith("slices/")} == {f"slices/{digest}.jsonl.zst" for digest in live}
    entries = [stored.entry for stored in world.journal.select()]
    assert {entry.slice for entry in entries} == live
    assert {key for key in left if key.startswith("documents/")} == {entry.output for entry in entries}
    assert sum(key.startswith("responses/") for key in left) == 2 * len(live)
    assert sum(key.startswith("recipes/") for key in left) == 1
    assert not [key for key in left if key.startswith("refusals/")]
    assert sweep(deployment) == Swept(0, 0)


def test_a_recipe_goes_when_no_plan_names_it_any_more_and_a_plan_lets_go_of_what_was_replaced() -> None:
    world = MemoryWorld()
    world.run(world.deployment(settings=SMALL), export_of(conversation(20)))
    other = SMALL.model_copy(update={"writing": WritingSettings(max_posts=1)})
    deployment = world.deployment(settings=other)
    reprocess(deployment)
    [stored] = deployment.manifests.all()
    assert stored.manifest.superseded
    world.clock.advance(MONTH)
    sweep(deployment)
    assert len(list(world.blobs.list("recipes/"))) == 2
    world.work_off(deployment)
    sweep(deployment)
    [stored] = deployment.manifests.all()
    assert stored.manifest.superseded == ()
    assert [info.key for info in world.blobs.list("recipes/")] == [f"recipes/{deployment.recipe_digest}.json"]


def test_a_source_is_not_forgotten_with_one_whose_name_begins_as_its_own() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    world.run(deployment, export_of(conversation(40), name="Club 2"))
    before = {info.key for info in world.blobs.list()}
    world.run(deployment, export_of(conversation(40, words=9), name="Club"))
    forget(deployment, SourceId("club"))
    assert deployment.manifests.sources() == ["club-2"]
    assert {key for key in before if not key.startswith("sinks/")} <= {info.key for info in world.blobs.list()}


def test_a_plan_that_an_upload_writes_while_a_sweep_settles_it_stands() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    world.run(deployment, export_of(conversation(60)))
    world.run(deployment, export_of(conversation(90)))
    [before] = deployment.manifests.all()
    assert before.manifest.superseded

    def hook(call: str, when: str) -> None:
        if (call, when) == ("blobs.write", "before") and pending:
            pending.clear()
            slice_export(deployment, export_of(conversation(120)))

    pending = [True]
    sweep(world.deployment(settings=SMALL, hook=hook))
    assert not pending
    [after] = deployment.manifests.all()
    assert sum(window.messages for window in after.manifest.windows) == 120


def test_all_that_a_forgotten_source_had_is_counted() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    world.run(deployment, export_of(conversation(60)))
    entries = len(list(world.journal.select()))
    before = {info.key for info in world.blobs.list()}
    swept = forget(deployment, deployment.manifests.sources()[0])
    gone = before - {info.key for info in world.blobs.list()}
    assert swept.entries == entries
    assert swept.blobs == len([key for key in gone if not key.startswith("manifests/")])
