"""What is kept of a partition changes how much is read, never what comes out."""

from __future__ import annotations

from collections import Counter

from egregora.archive.manifest import StoredManifest
from egregora.errors import Block
from egregora.forms import DraftPost, Enrichment, Writing
from egregora.journal import Usage
from egregora.models import Request
from egregora.pipeline.catalogue import load_document, read_partition, unlearn
from egregora.pipeline.reprocessing import reprocess
from egregora.pipeline.slicing import slice_export
from egregora.settings import Settings, WindowSettings
from egregora.testing import ScriptedModel
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of

SMALL = Settings(windows=WindowSettings(tokens=1_000, context=0))
KEY = "catalogue/harbour-street/2024-03.json"
ANSWER = Enrichment(language="en", summary="They met.")


class Watched:
    """A deployment of one conversation, some windows of which are written, and what is called on its ports."""

    def __init__(self, model: ScriptedModel | None = None, settings: Settings = SMALL) -> None:
        self.world = MemoryWorld()
        self.calls: Counter[str] = Counter()
        self.deployment = self.world.deployment(model, settings=settings, hook=self.count)
        slice_export(self.deployment, export_of(conversation(120)))
        self.world.work_off(self.deployment)
        self.calls.clear()

    def count(self, call: str, when: str) -> None:
        self.calls[call] += when == "before"

    @property
    def plan(self) -> StoredManifest:
        [stored] = self.deployment.manifests.all()
        return stored


def test_every_document_is_read_once_and_no_entry_that_ended_again() -> None:
    watched = Watched()
    plan = watched.plan
    watched.calls.clear()
    first = read_partition(watched.deployment, plan)
    windows = len(plan.manifest.windows)
    assert windows > 2
    assert watched.calls == {"blobs.read": windows + 1, "blobs.write": 1, "journal.get_many": 1}
    watched.calls.clear()
    assert read_partition(watched.deployment, plan) == first
    assert watched.calls == {"blobs.read": 1}


def test_without_keeping_nothing_is_written() -> None:
    watched = Watched()
    plan = watched.plan
    shown = read_partition(watched.deployment, plan, keep=False)
    assert watched.calls["blobs.write"] == 0
    assert read_partition(watched.deployment, plan) == shown


def test_what_another_version_kept_is_made_anew() -> None:
    watched = Watched()
    first = read_partition(watched.deployment, watched.plan)
    for strange in (b"", b"{}", b"\xff"):
        watched.world.blobs.write(KEY, strange)
        assert read_partition(watched.deployment, watched.plan) == first


def test_a_card_is_of_its_document_and_names_everybody_in_it() -> None:
    watched = Watched()
    shown = read_partition(watched.deployment, watched.plan).shown
    assert [each.card.signature for each in shown] == [
        load_document(watched.deployment, each.card.key).signature for each in shown
    ]
    people = {watched.deployment.handles.of_name(name) for name in ("Ada Lindqvist", "Bruno Teixeira", "Chidi")}
    assert all(each.handles == people for each in shown)


def test_how_every_window_stands_is_told_with_its_reason_where_it_has_no_document() -> None:
    def enrich(request: Request) -> Block | Enrichment:
        return Block("safety") if request.material.messages[0].text.startswith("0:") else ANSWER

    watched = Watched(ScriptedModel(enricher=enrich))
    rows = read_partition(watched.deployment, watched.plan).status
    windows = watched.plan.manifest.windows
    assert [(row.first, row.last, row.messages) for row in rows] == [(w.first, w.last, w.messages) for w in windows]
    entries = {stored.entry.signature: stored.entry for stored in watched.world.journal.select()}
    for row in rows:
        entry = entries[row.signature]
        assert (row.source, row.partition, row.state) == (entry.source, entry.partition, entry.state)
        assert row.usage == entry.usage
        assert row.reason == ("safety" if entry.state == "BLOCKED" else None)
    assert [row.state for row in rows] == ["BLOCKED", *["DONE"] * (len(windows) - 1)]


def test_a_window_that_nobody_has_worked_on_has_the_bounds_of_the_plan() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=SMALL)
    slice_export(deployment, export_of(conversation(120)))
    [stored] = deployment.manifests.all()
    view = read_partition(deployment, stored)
    assert view.shown == ()
    assert [(row.state, row.first, row.last, row.messages, row.reason, row.usage) for row in view.status] == [
        (None, w.first, w.last, w.messages, None, Usage()) for w in stored.manifest.windows
    ]


def test_entries_that_the_journal_forgets_are_unlearned_and_no_others() -> None:
    watched = Watched()
    before = read_partition(watched.deployment, watched.plan)
    first, *_ = (stored.entry for stored in watched.world.journal.select())
    unlearn(watched.deployment, [first])
    watched.world.journal.delete(first.signature)
    after = read_partition(watched.deployment, watched.plan)
    assert [each.card.signature for each in after.shown] == [
        each.card.signature for each in before.shown if each.card.signature != first.signature
    ]
    watched.calls.clear()
    unlearn(watched.deployment, [first])
    assert watched.calls == {"blobs.read": 1}


def test_of_a_partition_of_which_nothing_is_kept_nothing_is_unlearned() -> None:
    watched = Watched()
    unlearn(watched.deployment, [stored.entry for stored in watched.world.journal.select()])
    assert not watched.world.blobs.stat(KEY)
    unlearn(watched.deployment, [])


def test_a_window_that_is_written_anew_at_its_old_place_is_shown_as_it_is_now() -> None:
    titles = iter(f"Title {number}" for number in range(100))

    def write(request: Request) -> Writing:
        return Writing(posts=[DraftPost(title=next(titles), standfirst="s", body="b", messages=["m1"])])

    watched = Watched(ScriptedModel(writer=write))
    before = read_partition(watched.deployment, watched.plan)
    first, *others = before.shown
    stored = watched.world.journal.get(first.card.signature)
    assert stored
    unlearn(watched.deployment, [stored.entry])
    watched.world.journal.delete(stored.entry.signature)
    for info in list(watched.world.blobs.list("responses/")):
        watched.world.blobs.delete(info.key)
    reprocess(watched.deployment)
    watched.world.work_off(watched.deployment)
    after = read_partition(watched.deployment, watched.plan)
    assert after.shown[0].card.key == first.card.key
    assert after.shown[0].card.posts[0].title == f"Title {len(before.shown)}"
    assert list(after.shown[1:]) == others


def test_halves_of_a_window_have_bounds_of_their_own() -> None:
    watched = Watched(ScriptedModel(max_input_tokens=3_000), Settings(windows=WindowSettings(tokens=200_000)))
    world, deployment, stored = watched.world, watched.deployment, watched.plan
    [root] = stored.manifest.windows
    rows = read_partition(deployment, stored).status
    entries = {stored.entry.signature: stored.entry for stored in world.journal.select()}
    assert len(rows) > 1
    assert [(row.first, row.last, row.messages) for row in rows] == [
        (entry.first, entry.last, entry.messages) for entry in (entries[row.signature] for row in rows)
    ]
    assert (rows[0].first, rows[-1].last, sum(row.messages for row in rows)) == (root.first, root.last, root.messages)
    assert rows[0].last != root.last
    watched.calls.clear()
    assert read_partition(deployment, stored).status == rows
    assert watched.calls == {"blobs.read": 1}, "neither they nor the window they are halves of"
