"""Every call of a port breaks once, in every way it can, from the first read of an upload to the last write of a site.

Then whatever was delivered comes again. What was lost altogether, the daily sweep finds: it is left out wherever
deliveries alone must do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from egregora.ingest import Export
from egregora.testing import Call
from exports import conversation, export_of
from faults.breaking import CRASHES, Breaking, Fault, faults_of, is_about_answers, missing
from faults.invariants import check, said
from faults.system import LIMIT, System, Witness, uploaded

WHOLE = conversation(40)
EXPECTED = said(WHOLE)
STORIES: dict[str, list[Export]] = {
    "one upload": [export_of(WHOLE)],
    "grown": [export_of(WHOLE[:24]), export_of(WHOLE)],
}
PARTS = 4
"""Tests that each story is dealt out to, so that they can run at once."""

LIES = {missing}
"""What tells of something that is not so: a task may end by it, for the sweep to find."""


def tell(story: str, breaking: Breaking, *, site: bool = True) -> System:
    """Upload, work off, publish: as far as it comes."""
    system = uploaded(*STORIES[story], system=System(Witness(limit=LIMIT), site=site))
    for upload in list(system.events):
        system.slice(upload, breaking)
        while system.deliver("windows", breaking):
            pass
    system.world.clock.advance(60)
    system.deliver("publish", breaking)
    return system


def undisturbed(story: str) -> tuple[dict[str, bytes], list[Call]]:
    """The site, and the calls of ports, of a story that nothing disturbs; a window is split in it."""
    breaking = Breaking()
    system = tell(story, breaking)
    system.rest(sweep=False)
    assert "split" in system.answers
    check(system, EXPECTED, steady=story == "one upload")
    return system.world.site(), breaking.calls


def break_each(story: str, part: int, faults: Callable[[Call], Iterable[Fault]]) -> int:
    """Break each call of a story that falls to `part` in each of its ways; how many stories that were."""
    site, calls = undisturbed(story)
    told = 0
    for target in range(1 + part, len(calls) + 1, PARTS):
        for fault in faults(calls[target - 1]):
            breaking = Breaking(target, fault)
            publishing = any(call.name == "sink.list" for call in calls[:target])
            rendered = publishing or (fault in CRASHES and story == "one upload")
            try:
                system = tell(story, breaking, site=rendered)
                system.rest(sweep=fault in LIES)
                lost = breaking.broken is not None and is_about_answers(breaking.broken)
                check(system, EXPECTED, lost=lost, steady=story == "one upload")
                if fault in CRASHES and story == "one upload":  # where it grows, windows may be cut otherwise meanwhile
                    assert system.world.site() == site, "I4: another site than if nothing had happened"
            except Exception as error:
                error.add_note(f"{fault.__name__} at call {target}: {calls[target - 1].name} {calls[target - 1].key}")
                raise
            told += 1
    return told


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("story", STORIES)
def test_a_crash_at_any_call_and_a_repeat_leave_nothing_undone(
    story: str, part: int, explored: Callable[[str, int], None]
) -> None:
    explored("stories with a crash", break_each(story, part, lambda _: CRASHES))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_any_call_may_fail_in_any_way_its_service_can(part: int, explored: Callable[[str, int], None]) -> None:
    explored("stories with a call that fails", break_each("one upload", part, faults_of))
