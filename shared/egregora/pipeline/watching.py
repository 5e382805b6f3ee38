"""Watching windows that others work on, such as the functions of a deployment in the cloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from egregora.ids import Signature, SliceDigest, SourceId
from egregora.journal import Entry, Usage
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.leaves import Leaf, find_leaves
from egregora.pipeline.runner import Tally

SOONEST, LATEST = 1.0, 15.0
"""Seconds between two looks: at first, and at most, since every look is paid for by the entries it reads."""


def watch_windows(
    deployment: Deployment,
    sources: Sequence[SourceId],
    *,
    since: datetime,
    progress: Callable[[Tally], None] = lambda _: None,
) -> Tally:
    """Look on until every window of `sources` is terminal, and say what became of those that were not at `since`.

    That moment is the caller's to say, for whoever works on them may be faster than the first look. Plans are read anew
    at each look, for another upload may replace them meanwhile; of the journal only what was not terminal at the look
    before.
    """
    settled: set[SliceDigest] = set()
    leaves: list[Leaf] = []
    tally, pause = Tally(), SOONEST
    while True:
        found, waiting = _look(deployment, sources, settled)
        leaves += [leaf for leaf in found if leaf.entry and leaf.entry.updated and leaf.entry.updated >= since]
        now = _tally(deployment, leaves, waiting)
        progress(now)
        if not waiting:
            return now
        pause = SOONEST if now != tally else min(LATEST, pause * 1.5)
        tally = now
        deployment.clock.sleep(pause)


def _look(deployment: Deployment, sources: Sequence[SourceId], settled: set[SliceDigest]) -> tuple[list[Leaf], int]:
    """The leaves of plans' windows that are terminal by now and are not among `settled`, and how many are not.

    Adds the former to `settled`.
    """
    found: list[Leaf] = []
    waiting = 0
    for source in sources:
        for manifest in [stored.manifest for stored in deployment.manifests.all(source)]:
            windows = [window for window in manifest.windows if window.slice not in settled]
            leaves = find_leaves(deployment.journal, windows, manifest.recipe, manifest.model)
            still = {leaf.root.slice for leaf in leaves if not leaf.settled}
            waiting += len(still)
            found += [leaf for leaf in leaves if leaf.root.slice not in still]
            settled.update(window.slice for window in windows if window.slice not in still)
    return found, waiting


def _tally(deployment: Deployment, leaves: Sequence[Leaf], waiting: int) -> Tally:
    entries = [leaf.entry for leaf in leaves if leaf.entry]
    states = [entry.state for entry in entries]
    splits = _parents(deployment, leaves)
    return Tally(
        done=states.count("DONE"),
        split=len(splits),
        blocked=states.count("BLOCKED"),
        failed=states.count("FAILED"),
        posts=sum(entry.posts for entry in entries),
        usage=sum((entry.usage for entry in (*entries, *splits)), Usage()),
        waiting=waiting,
    )


def _parents(deployment: Deployment, leaves: Sequence[Leaf]) -> list[Entry]:
    """Every split entry above `leaves`."""
    found: dict[Signature, Entry] = {}
    level = {leaf.parent for leaf in leaves if leaf.parent}
    while level:
        entries = [stored.entry for stored in deployment.journal.get_many(sorted(level)).values()]
        found |= {entry.signature: entry for entry in entries}
        level = {entry.parent for entry in entries if entry.parent} - found.keys()
    return list(found.values())
