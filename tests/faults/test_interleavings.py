"""Two processes at once, in every order that their calls can meet, and the invariants after each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from egregora.ingest import Export
from egregora.tasks import Queue
from egregora.testing import Around, Call
from exports import conversation, export_of
from faults import WIDE
from faults.invariants import Said, check, said
from faults.schedules import Scenario, explore
from faults.system import System, Witness, uploaded

WHOLE = conversation(16)
"""One window, which a model that takes `SMALL` tokens splits."""
LONGER = conversation(40)
SMALL = 1_600


def begun(*exports: Export, limit: int = 1_000_000, windows: int = 0, site: bool = False) -> System:
    """A system whose uploads are sliced, and `windows` of them worked on."""
    system = uploaded(*exports, system=System(Witness(limit=limit), site=site))
    for upload in list(system.events):
        system.slice(upload)
    for _ in range(windows):
        system.deliver("windows")
    return system


def grown(*, windows: int, site: bool = False) -> System:
    """A system that has worked on an upload, and is about to be told of a longer one."""
    system = begun(export_of(LONGER[:24]), windows=windows, site=site)
    return uploaded(export_of(LONGER), system=system)


def with_news() -> System:
    """A system that was published when one of its two windows was written; now both are."""
    system = begun(export_of(LONGER), windows=1, site=True)
    system.publish()
    system.deliver("windows")
    return system


def twice(system: System) -> System:
    """The next window's task is in the queue a second time."""
    delivery = system.take("windows")
    assert delivery
    system.world.tasks.retry(delivery, 0)
    system.world.tasks.enqueue([delivery.task])
    return system


def a_slice(system: System, around: Around, *, number: int = 0) -> None:
    """Deliver an upload's event."""
    system.slice(system.events[number], around)


def a_delivery(
    system: System, around: Around, *, queue: Queue = "windows", mood: str = "", limit: int | None = None
) -> None:
    """Deliver a task; to a process, perhaps, whose model answers otherwise."""
    model = Witness(mood=mood, limit=limit) if limit else Witness(mood=mood) if mood else None
    (system.by(model) if model else system).deliver(queue, around)


def a_publish(system: System, around: Around) -> None:
    """Publish as somebody asks."""
    system.publish(around=around)


def a_sweep(system: System, around: Around) -> None:
    """Reprocess, as it is scheduled."""
    system.reprocess(around)


def the_lease_ends(system: System, around: Around) -> None:
    """Time passes."""
    around(Call("clock.advance", (system.settings.run.lease + 1,), make=system.world.clock.advance))


def at_rest(
    expected: Counter[Said], *, sweep: bool = False, lost: int = 0, steady: bool = True
) -> Callable[[System], None]:
    """What must hold at the end; `sweep` where deliveries alone need not do."""

    def end(system: System) -> None:
        system.rest(sweep=sweep)
        check(system, expected, lost=lost, steady=steady)

    return end


WINDOW = said(WHOLE)
GROWN = said(LONGER)

one = partial(begun, export_of(WHOLE))

SCENARIOS: dict[str, Scenario] = {
    "a window delivered twice": Scenario(lambda: twice(one()), [a_delivery, a_delivery], at_rest(WINDOW)),
    "a window delivered twice, of which one splits it": Scenario(
        lambda: twice(one()), [a_delivery, partial(a_delivery, limit=SMALL)], at_rest(WINDOW)
    ),
    "a stale holder wakes, with another answer": Scenario(
        lambda: twice(one()),
        [a_delivery, partial(a_delivery, mood="other"), the_lease_ends],
        at_rest(WINDOW, lost=2),
    ),
    "a stale holder wakes, and the other splits": Scenario(
        lambda: twice(one()),
        [a_delivery, partial(a_delivery, limit=SMALL), the_lease_ends],
        at_rest(WINDOW, lost=2),
    ),
    "a split delivered twice": Scenario(
        lambda: twice(one(limit=SMALL)), [a_delivery, a_delivery, the_lease_ends], at_rest(WINDOW, lost=2)
    ),
    "an upload delivered twice": Scenario(
        lambda: uploaded(export_of(WHOLE), system=System(site=False)),
        [a_slice, a_slice],
        at_rest(WINDOW),
        alone=["journal", "tasks"],
    ),
    "two uploads that overlap": Scenario(
        lambda: uploaded(export_of(LONGER[:24]), export_of(LONGER[16:]), system=System(site=False)),
        [a_slice, partial(a_slice, number=1)],
        at_rest(GROWN, steady=False),
        alone=["journal", "tasks"],
    ),
    "an upload grows while a window is worked on": Scenario(
        partial(grown, windows=0), [a_slice, a_delivery], at_rest(GROWN, steady=False)
    ),
    "a window is written while the site is published": Scenario(
        partial(begun, export_of(LONGER), windows=1, site=True),
        [a_delivery, a_publish],
        at_rest(GROWN),
        alone=["sink"],
    ),
    "an upload grows while the site is published": Scenario(
        partial(grown, windows=1), [a_slice, a_publish], at_rest(GROWN, steady=False)
    ),
    "two publish at once": Scenario(with_news, [a_publish, a_publish], at_rest(GROWN), alone=["journal"], switches=1),
    "a sweep during an upload": Scenario(partial(grown, windows=1), [a_slice, a_sweep], at_rest(GROWN, steady=False)),
    "a sweep while a window is worked on": Scenario(one, [a_delivery, a_sweep], at_rest(WINDOW)),
    "a sweep while the site is published": Scenario(
        partial(one, windows=1), [a_publish, a_sweep], at_rest(WINDOW), alone=["sink"]
    ),
    "two sweeps at once": Scenario(one, [a_sweep, a_sweep], at_rest(WINDOW)),
}


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_whatever_the_order_nothing_is_lost_or_done_twice(scenario: str, explored: Callable[[str, int], None]) -> None:
    chosen = SCENARIOS[scenario]
    if WIDE and chosen.switches:
        chosen = replace(chosen, switches=chosen.switches + 1)
    found = explore(chosen)
    assert found.schedules > 1
    explored("schedules of processes at once", found.schedules)
    explored("states in which they met", found.states)
