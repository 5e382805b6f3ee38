"""One fault at a time, each with what it must not do. The rows of docs/reliability.md name these tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from egregora.errors import BadAnswer, EgregoraError, RateLimited, Retry
from egregora.ids import Signature, SourceId
from egregora.journal.firestore import FirestoreJournal
from egregora.models import Answer, Request
from egregora.pipeline.leaves import find_leaves
from egregora.pipeline.refusals import read_refusals
from egregora.pipeline.reprocessing import reprocess
from egregora.pipeline.sweeping import forget
from egregora.settings import WritingSettings
from egregora.tasks import Task
from egregora.testing import Call
from exports import conversation, export_of
from faults.breaking import CRASHES, Breaking, crash_before, outage, partly
from faults.invariants import check, said
from faults.system import SETTINGS, System, Witness, uploaded

WINDOW = conversation(16)
SEVERAL = conversation(40)
SMALL = 1_600
"""Tokens that make a model split the window."""


class During(Witness):
    """A model that lets something else happen while it is asked for the first time."""

    def __init__(self, happen: Callable[[], object], *, mood: str = "") -> None:
        super().__init__(mood=mood)
        self._happen: Callable[[], object] | None = happen

    def answer(self, request: Request) -> Answer:
        """Let it happen, then answer."""
        happen, self._happen = self._happen, None
        if happen:
            happen()
        return super().answer(request)


class Away(Witness):
    """A model that only raises."""

    def __init__(self, error: EgregoraError) -> None:
        super().__init__()
        self._error = error

    def answer(self, _: Request) -> Answer:
        """Raise."""
        raise self._error


def sliced(count: int = 16, model: Witness | None = None) -> System:
    """A system with windows in its queue, without a site."""
    system = uploaded(export_of(conversation(count)), system=System(model or Witness(), site=False))
    system.slice(system.events[0])
    return system


def doubled(system: System) -> System:
    """The next window's task is in the queue a second time."""
    delivery = system.take("windows")
    assert delivery
    system.world.tasks.retry(delivery, 0)
    system.world.tasks.enqueue([delivery.task])
    return system


def calls_of(system: System) -> int:
    """How many calls of ports the next window's delivery makes."""
    counting = Breaking()
    system.deliver("windows", counting)
    return len(counting.calls)


def at_rest(system: System, count: int = 16, *, lost: int = 0, steady: bool = True, sweep: bool = False) -> None:
    """Nothing is left to do, and all holds."""
    system.rest(sweep=sweep)
    check(system, said(conversation(count)), lost=lost, steady=steady)


def states(system: System) -> Counter[str]:
    """The journal's entries by state."""
    return Counter(stored.entry.state for stored in system.world.journal.select())


def test_a_stale_holder_that_wakes_changes_nothing() -> None:
    system = doubled(sliced())

    def overtaken() -> None:
        system.world.clock.advance(system.settings.run.lease + 1)
        system.by(Witness(mood="another answer")).deliver("windows")

    system.by(During(overtaken, mood="too late")).deliver("windows")
    assert system.answers == {"sliced": 1, "done": 1, "Conflict": 1}
    at_rest(system, lost=2)


def test_a_delivery_that_takes_all_its_time_is_not_joined_by_another() -> None:
    system = doubled(sliced())

    def slowly() -> None:
        system.world.clock.advance(system.settings.run.function_timeout)
        system.deliver("windows")

    system.by(During(slowly)).deliver("windows")
    assert system.answers == {"sliced": 1, "held": 1, "done": 1}
    at_rest(system)


def test_a_clock_that_is_ten_minutes_fast_breaks_no_lease() -> None:
    system = doubled(sliced())

    def by_another_clock() -> None:
        system.world.clock.advance(600)
        system.deliver("windows")
        system.world.clock.advance(-600)

    system.by(During(by_another_clock)).deliver("windows")
    assert system.answers["held"] == 1
    at_rest(system)


def test_a_finished_window_that_comes_again_costs_nothing() -> None:
    system = doubled(sliced())
    system.work_off()
    assert system.answers["ended"] == 1
    assert system.model.calls.total() == 2
    at_rest(system)


def test_windows_may_come_in_any_order() -> None:
    system = sliced(40)
    deliveries = list(iter(lambda: system.take("windows"), None))
    assert len(deliveries) == 3
    for delivery in reversed(deliveries):
        system.process(delivery)
    at_rest(system, 40)


@pytest.mark.parametrize("crash", CRASHES)
@pytest.mark.parametrize("limits", [(SMALL, SMALL), (SMALL, 1_000_000), (1_000_000, SMALL)])
def test_a_crash_at_any_step_of_an_attempt_and_another_that_splits_or_not(
    limits: tuple[int, int], crash: Callable[[Call], Any]
) -> None:
    first, second = limits
    for target in range(1, calls_of(sliced(model=Witness(limit=first))) + 1):
        system = sliced(model=Witness(limit=second))
        system.by(Witness(limit=first)).deliver("windows", Breaking(target, crash))
        at_rest(system, lost=1)


def test_one_half_is_enqueued_and_the_other_follows() -> None:
    system = sliced(model=Witness(limit=SMALL))
    halved = Breaking()
    system.deliver("windows", lambda call: partly(call) if call.name == "tasks.enqueue" else halved(call))
    assert states(system) == {"SPLIT": 1}
    assert system.world.tasks.waiting("windows")[0] == 2  # the window again, and one half
    at_rest(system)


@pytest.mark.parametrize("crash", CRASHES)
def test_an_upload_that_died_in_mid_slice_is_whole_after_its_next_delivery(crash: Callable[[Call], Any]) -> None:
    counting = Breaking()
    whole = uploaded(export_of(SEVERAL), system=System(site=False))
    whole.slice(whole.events[0], counting)
    for target in range(1, len(counting.calls) + 1):
        system = uploaded(export_of(SEVERAL), system=System(site=False))
        system.slice(system.events[0], Breaking(target, crash))
        deployment = system.deployment()
        for stored in deployment.manifests.all():
            deployment.slices.get_all(window.slice for window in stored.manifest.windows)
        at_rest(system, 40)


@pytest.mark.parametrize("count", [1, 2])
def test_an_answer_that_was_lost_is_paid_for_once_more(count: int) -> None:
    system = sliced()
    for _ in range(count):
        system.deliver("windows", lambda call: crash_before(call) if call.name == "blobs.write" else call())
        system.world.clock.advance(system.settings.run.lease + 1)
    at_rest(system, lost=count)
    assert system.model.calls.total() == 2 + count


def test_an_answer_that_was_kept_is_not_paid_for_again_whatever_dies_after_it() -> None:
    system = sliced()
    system.deliver("windows", lambda call: crash_before(call) if call.key.startswith("documents/") else call())
    at_rest(system)
    assert system.model.calls.total() == 2


@pytest.mark.parametrize("error", [RateLimited("429", after=20), Retry("503"), Retry("timeout")])
def test_a_model_that_is_away_for_a_while_costs_no_attempt(error: Retry) -> None:
    system = sliced()
    for _ in range(5):
        system.by(Away(error)).deliver("windows")
        system.world.clock.advance(600)
    at_rest(system)
    (stored,) = system.world.journal.select()
    assert (stored.entry.state, stored.entry.attempt, stored.entry.spared) == ("DONE", 6, 5)


def test_a_window_that_kills_whoever_works_on_it_fails_and_holds_nothing_up() -> None:
    system = sliced(40)
    poison = system.take("windows")
    assert poison
    while system.deliver("windows"):
        pass
    for _ in range(system.settings.run.max_attempts):
        system.process(poison, lambda call: crash_before(call) if call.name == "model.answer" else call())
        system.world.clock.advance(system.settings.run.lease + 1)
    system.process(poison)
    assert states(system) == {"DONE": 2, "FAILED": 1}
    at_rest(system, 40)


def test_a_storm_of_aborted_writes_passes() -> None:
    system = sliced(40)
    aborted = Counter[str]()

    def storm(call: Call) -> Any:
        if call.name in {"journal.create", "journal.update", "tasks.enqueue"} and aborted[call.name] < 12:
            aborted[call.name] += 1
            return outage(call)
        return call()

    system.work_off(storm)
    assert min(aborted.values()) >= 3
    at_rest(system, 40)


def test_a_storm_of_aborted_writes_uses_up_no_more_than_the_attempts() -> None:
    system = sliced()
    system.work_off(
        lambda call: outage(call) if call.name == "journal.update" and call.arguments[0].state == "DONE" else call()
    )
    assert states(system) == {"FAILED": 1}
    assert system.model.calls.total() == 2
    at_rest(system)


def test_a_window_that_yields_nothing_usable_fails_with_its_reason_and_may_be_tried_again() -> None:
    system = sliced()
    system.by(Away(BadAnswer("cut off"))).work_off()
    assert states(system) == {"FAILED": 1}
    reprocess(system.deployment(), retry=True, budget=False)
    at_rest(system, lost=0)
    assert states(system) == {"DONE": 1}


def test_settings_that_change_in_mid_run_have_every_window_written_anew() -> None:
    system = sliced(40)
    system.deliver("windows")
    system.settings = SETTINGS.model_copy(update={"writing": WritingSettings(max_posts=1)})
    system.work_off()
    assert system.answers["dropped"] == 2
    at_rest(system, 40, steady=False, sweep=True)


def test_a_model_that_changes_in_mid_run_signs_every_window() -> None:
    system = sliced(40)
    system.deliver("windows")
    system = system.by(Witness("scripted-2"))
    at_rest(system, 40, steady=False, sweep=True)
    assert system.model.calls.total() == 6


def test_a_source_that_is_forgotten_while_a_window_is_worked_on_leaves_nothing_on_the_site() -> None:
    system = sliced()
    system.by(During(lambda: forget(system.deployment(), SourceId("harbour-street")))).deliver("windows")
    assert system.answers["Conflict"] == 1
    system.rest()
    check(system, Counter(), lost=1)
    assert states(system) == {}


@pytest.mark.parametrize("payload", ["", "{", '{"version": 99}', "\\ud800", "[1, 2]"])
def test_a_payload_that_nobody_knows_is_recorded_and_stops_nothing(payload: str) -> None:
    system = sliced()
    system.world.tasks.enqueue([Task("windows", payload)])
    at_rest(system)
    assert system.answers["refused"] == 1
    assert read_refusals(system.world.blobs).count == 1


def test_the_same_file_under_two_names_is_one_history() -> None:
    system = uploaded(export_of(WINDOW), export_of(WINDOW), system=System(site=False))
    at_rest(system)
    assert system.model.calls.total() == 2


def test_exports_that_overlap_pay_only_for_what_is_new() -> None:
    system = uploaded(export_of(SEVERAL[:18]), system=System(site=False))
    system.work_off()
    before = system.model.calls.total()
    uploaded(export_of(SEVERAL), system=system)
    at_rest(system, 40, steady=False)
    leaves = [
        leaf
        for stored in system.deployment().manifests.all()
        for leaf in find_leaves(system.world.journal, stored.manifest.windows, stored.manifest.recipe, "scripted-1")
    ]
    assert system.model.calls.total() - before == 2 * (len(leaves) - 1)


class Unavailable:
    """A Firestore client every request of which fails."""

    def __getattr__(self, name: str) -> Any:
        from google.api_core.exceptions import ServiceUnavailable

        def request(*_: object, **__: object) -> Any:
            if name in {"create", "update", "get", "get_all", "delete"}:
                raise ServiceUnavailable("away")  # type: ignore[no-untyped-call]
            return self

        return request


@pytest.mark.parametrize("call", ["get", "get_many", "create", "update", "delete"])
def test_an_error_of_firestore_is_never_taken_for_an_answer(call: str) -> None:
    system = sliced()
    system.deliver("windows")
    (stored,) = system.world.journal.select()
    entry = stored.entry
    journal = FirestoreJournal("p", client=Unavailable(), patience=0)  # type: ignore[arg-type]
    asked: dict[str, Callable[[], object]] = {
        "get": lambda: journal.get(entry.signature),
        "get_many": lambda: journal.get_many([Signature("s")]),
        "create": lambda: journal.create(entry),
        "update": lambda: journal.update(entry, "2024-03-01T12:00:00Z"),
        "delete": lambda: journal.delete(entry.signature),
    }
    with pytest.raises(Retry):
        asked[call]()
