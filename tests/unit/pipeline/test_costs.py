"""What the pipeline asks of its ports: how many entries are read and written, how many blobs, how many tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Literal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from egregora.errors import Block
from egregora.forms import Enrichment
from egregora.ids import Signature, SourceId
from egregora.journal import Entry, State, Stored
from egregora.models import Request
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.gathering import gather
from egregora.pipeline.overview import overview
from egregora.pipeline.payloads import decode_window_task
from egregora.pipeline.processing import Outcome, Result, process_window
from egregora.pipeline.publishing import publish_site
from egregora.pipeline.reprocessing import reprocess
from egregora.pipeline.slicing import slice_export
from egregora.pipeline.sweeping import sweep
from egregora.settings import Settings, SiteSettings, WindowSettings
from egregora.testing import MemoryJournal, ScriptedModel
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of


def small(partition: Literal["month", "year", "all"] = "month") -> Settings:
    windows = WindowSettings(tokens=1_024, context=0, partition=partition)
    return Settings(windows=windows, site=SiteSettings(search=False, markdown=False))


class CountingJournal(MemoryJournal):
    """Counts entries as Firestore bills them: one for each that is asked for or found."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = self.writes = self.calls = 0

    def get(self, signature: Signature) -> Stored | None:
        self._read(1)
        return super().get(signature)

    def get_many(self, signatures: Sequence[Signature]) -> dict[Signature, Stored]:
        self._read(len(set(signatures)))
        return super().get_many(signatures)

    def select(self, *, source: SourceId | None = None, states: Sequence[State] = ()) -> Iterator[Stored]:
        found = list(super().select(source=source, states=states))
        self._read(max(1, len(found)))
        return iter(found)

    def create(self, entry: Entry) -> Stored:
        self.writes += 1
        return super().create(entry)

    def update(self, entry: Entry, version: str) -> Stored:
        self.writes += 1
        return super().update(entry, version)

    def _read(self, entries: int) -> None:
        self.calls += 1
        self.reads += entries


class Meter:
    """A world that counts: entries by the journal itself, calls of the other ports by hooks."""

    def __init__(self, model: ScriptedModel | None = None, settings: Settings | None = None) -> None:
        self.journal = CountingJournal()
        self.world = MemoryWorld(journal=self.journal)
        self.calls: Counter[str] = Counter()
        self.model = model or ScriptedModel()
        self.settings = settings or small()

    def deployment(self, model: ScriptedModel | None = None) -> Deployment:
        """A deployment as a function finds it: nothing is remembered from an earlier call."""
        return self.world.deployment(model or self.model, settings=self.settings, hook=self._hear)

    def reset(self) -> None:
        self.calls.clear()
        self.journal.reads = self.journal.writes = self.journal.calls = 0

    def work(self, deployment: Deployment) -> Outcome | None:
        """Deliver one window."""
        delivery = self.world.tasks.take("windows", timedelta(hours=1))
        if delivery is None:
            return None
        outcome = process_window(deployment, decode_window_task(delivery.task.payload))
        self.world.tasks.done(delivery)
        return outcome

    def _hear(self, call: str, moment: str) -> None:
        self.calls[call] += moment == "before"


def test_a_fresh_window_costs_two_writes_and_one_read_of_the_journal_and_three_blobs() -> None:
    meter = Meter()
    slice_export(meter.deployment(), export_of(conversation(20)))
    meter.reset()
    outcome = meter.work(meter.deployment())
    assert outcome is not None
    assert outcome.result is Result.DONE
    assert (meter.journal.reads, meter.journal.writes) == (1, 2)
    assert meter.calls["blobs.write"] == 3, "two answers and the document"
    assert meter.calls["blobs.read"] == 4, "the plan, the slice, and a look for each answer"
    assert meter.calls["tasks.enqueue"] == 1, "one publish"


def test_a_window_that_splits_costs_two_writes_of_its_own_and_one_call_of_the_queue() -> None:
    meter = Meter(ScriptedModel(max_input_tokens=3_000), Settings(windows=WindowSettings(tokens=200_000)))
    slice_export(meter.deployment(), export_of(conversation(120)))
    meter.reset()
    outcome = meter.work(meter.deployment())
    assert outcome is not None
    assert outcome.result is Result.SPLIT
    assert (meter.journal.reads, meter.journal.writes) == (1, 2)
    assert meter.calls["blobs.write"] == 2, "its halves"
    assert meter.calls["tasks.enqueue"] == 1


def test_a_window_that_is_delivered_again_costs_one_read_and_writes_nothing() -> None:
    meter = Meter()
    slice_export(meter.deployment(), export_of(conversation(20)))
    delivery = meter.world.tasks.take("windows", timedelta(hours=1))
    assert delivery is not None
    task = decode_window_task(delivery.task.payload)
    process_window(meter.deployment(), task)
    meter.reset()
    assert process_window(meter.deployment(), task).result is Result.ENDED
    assert (meter.journal.reads, meter.journal.writes) == (1, 0)
    assert meter.calls["blobs.write"] == 0


@pytest.mark.parametrize("partition", ["month", "all"])
def test_the_same_export_again_writes_nothing_and_enqueues_nothing(partition: Literal["month", "all"]) -> None:
    meter = Meter(settings=small(partition))
    export = export_of(conversation(120, minutes=600))
    meter.world.run(meter.deployment(), export)
    meter.reset()
    (sliced,) = slice_export(meter.deployment(), export)
    assert sliced.changed == sliced.enqueued == 0
    assert not {call for call in meter.calls if call.startswith("tasks.") or call in {"blobs.write", "blobs.delete"}}
    assert meter.journal.writes == 0


def test_of_an_archive_that_grows_only_new_slices_are_written() -> None:
    meter = Meter()
    slice_export(meter.deployment(), export_of(conversation(190)))
    before = {info.key: info.generation for info in meter.world.blobs.list()}
    meter.reset()
    slice_export(meter.deployment(), export_of(conversation(200)))
    changed = {info.key.split("/")[0] for info in meter.world.blobs.list() if before.get(info.key) != info.generation}
    assert changed == {"manifests", "reports", "slices"}
    assert meter.calls["blobs.write"] == 4, "those three, and the recipe, which is there"


def test_an_upload_of_many_months_asks_once_for_a_publish() -> None:
    meter = Meter()
    slice_export(meter.deployment(), export_of(conversation(90, minutes=24 * 60)))
    months = len(list(meter.deployment().manifests.all()))
    assert months > 2
    assert meter.calls["tasks.enqueue"] == months + 1


@pytest.mark.parametrize("partition", ["month", "year", "all"])
def test_a_publish_reads_only_entries_that_may_still_change(partition: Literal["month", "year", "all"]) -> None:
    meter = Meter(settings=small(partition))
    messages = conversation(400, minutes=120)
    meter.world.run(meter.deployment(), export_of(messages[:390]))
    assert len(list(meter.world.journal.select())) > 10
    meter.reset()
    publish_site(meter.deployment())
    assert meter.journal.calls == 0
    assert meter.calls["blobs.write"] == 0

    slice_export(meter.deployment(), export_of(messages))
    waiting, _ = meter.world.tasks.waiting("windows")
    assert 0 < waiting < 4
    meter.reset()
    publish_site(meter.deployment())
    assert meter.journal.reads == waiting
    meter.world.work_off(meter.deployment())
    meter.reset()
    publish_site(meter.deployment())
    assert meter.journal.reads == waiting
    meter.reset()
    publish_site(meter.deployment())
    assert meter.journal.calls == 0


def test_a_publish_reads_the_documents_of_new_windows_and_writes_the_catalogue_of_their_partition() -> None:
    meter = Meter()
    messages = conversation(200, minutes=600)
    meter.world.run(meter.deployment(), export_of(messages[:190]))
    before = {info.key for info in meter.world.blobs.list("documents/")}
    slice_export(meter.deployment(), export_of(messages))
    meter.world.work_off(meter.deployment())
    new = sum(info.key not in before for info in meter.world.blobs.list("documents/"))
    fixed = Counter(info.key.split("/")[0] for info in meter.world.blobs.list())
    meter.reset()
    gather(meter.deployment())
    assert meter.calls["blobs.write"] == 1
    assert meter.calls["blobs.read"] == 2 * fixed["manifests"] + fixed["people"] + fixed["reports"] + new


def test_windows_that_stay_up_until_others_are_written_are_not_read_again() -> None:
    meter = Meter(settings=small("all"))
    meter.world.run(meter.deployment(), export_of(conversation(200)))
    windows = len(list(meter.world.journal.select()))
    other = ScriptedModel(name="scripted-2")
    reprocess(meter.deployment(other), budget=False)
    for waiting in range(windows, -1, -1):
        meter.reset()
        site = gather(meter.deployment(other))
        assert meter.journal.reads == min(waiting + 1, windows), "those that wait, and the one written since"
        assert len(site.shown) == windows
        meter.work(meter.deployment(other))
    meter.reset()
    gather(meter.deployment(other))
    assert meter.journal.calls == 0


def test_a_sweep_reads_every_entry_once_and_an_overview_too() -> None:
    meter = Meter(ScriptedModel(max_input_tokens=2_000), Settings(windows=WindowSettings(tokens=20_000)))
    slice_export(meter.deployment(), export_of(conversation(200)))
    meter.world.work_off(meter.deployment())
    entries = len(list(meter.world.journal.select()))
    for action in (sweep, overview):
        meter.reset()
        action(meter.deployment())
        assert meter.journal.reads == entries


def test_a_window_that_is_tried_again_is_seen() -> None:
    meter = Meter(settings=small("all"))
    refusing = ScriptedModel(enricher=[Block("safety")])
    meter.world.run(meter.deployment(refusing), export_of(conversation(60)))
    assert {row.state for row in gather(meter.deployment()).status} == {"BLOCKED"}
    reprocess(meter.deployment(), retry=True, budget=False)
    meter.world.work_off(meter.deployment())
    site = gather(meter.deployment())
    assert {row.state for row in site.status} == {"DONE"}
    assert len(site.shown) == len(site.status)


class Growing(RuleBasedStateMachine):
    """A site that grows while windows fail, are tried again, are replaced and swept; published at any time."""

    def __init__(self) -> None:
        super().__init__()
        windows = WindowSettings(strategy="messages", size=12, context=0)
        self.meter = Meter(settings=small().model_copy(update={"windows": windows}))
        self.messages = conversation(150, minutes=1_000)
        self.seen = self.answers = 0
        self.now = 1
        self.upload()

    def deployment(self, *, blocking: bool = False) -> Deployment:
        def enrich(_: Request) -> Enrichment:
            self.answers += 1  # no two answers are the same
            return Enrichment(language="en", summary=f"Answer {self.answers}.")

        script = [Block("safety")] if blocking else enrich
        return self.meter.deployment(
            ScriptedModel(name=f"scripted-{self.now}", enricher=script, max_input_tokens=1_700)
        )

    @rule()
    def upload(self) -> None:
        self.seen = min(self.seen + 30, len(self.messages))
        slice_export(self.deployment(), export_of(self.messages[: self.seen]))

    @rule(windows=st.integers(1, 8), blocking=st.booleans())
    def work(self, windows: int, *, blocking: bool) -> None:
        for _ in range(windows):
            self.meter.work(self.deployment(blocking=blocking))

    @rule()
    def retry(self) -> None:
        reprocess(self.deployment(), retry=True, budget=False)

    @rule()
    def change_model(self) -> None:
        self.now = 3 - self.now
        reprocess(self.deployment(), budget=False)

    @rule()
    def sweep_a_month_later(self) -> None:
        self.meter.world.clock.advance(31 * 24 * 3600)
        sweep(self.deployment())

    @rule()
    def publish(self) -> None:
        grown, kept = gather(self.deployment()), self.catalogues()
        for key in kept:
            self.meter.world.blobs.delete(key)
        anew = gather(self.deployment())
        assert (grown.shown, grown.status) == (anew.shown, anew.status)
        assert kept == self.catalogues()
        assert all(self.meter.world.blobs.stat(entry.card.key) for entry in grown.shown)

    def teardown(self) -> None:
        self.publish()

    def catalogues(self) -> dict[str, bytes]:
        blobs = self.meter.world.blobs
        return {info.key: blobs.read(info.key).data for info in blobs.list("catalogue/")}


Growing.TestCase.settings = settings(max_examples=80, stateful_step_count=20)
TestWhatIsKeptNeverChangesWhatIsShown = pytest.mark.slow(Growing.TestCase)


def test_a_window_that_was_swept_and_comes_back_is_waited_for() -> None:
    meter = Meter(settings=small("all"))
    one, two = ScriptedModel(name="scripted-1"), ScriptedModel(name="scripted-2")
    meter.world.run(meter.deployment(one), export_of(conversation(60)))
    reprocess(meter.deployment(two), budget=False)
    meter.world.work_off(meter.deployment(two))
    meter.world.clock.advance(31 * 24 * 3600)
    assert sweep(meter.deployment(two)).entries
    reprocess(meter.deployment(one), budget=False)
    site = gather(meter.deployment(one))
    assert {row.state for row in site.status} == {None}
    assert {entry.card.model for entry in site.shown} == {"scripted-2"}
