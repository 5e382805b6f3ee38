"""What must hold of a deployment at rest, whatever was done to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cloud_runs import Files
from egregora.archive.manifest import Manifests
from egregora.archive.slices import Slices
from egregora.blobs import BlobStore
from egregora.journal import Journal
from egregora.pipeline.leaves import Leaf, find_leaves
from soak.ledger import Calls
from soak.load import Said


@dataclass(frozen=True)
class Verdict:
    """Findings, each a line; none where everything holds. Messages are counted, never told."""

    lost: int
    doubled: int
    windows: int
    """Windows that the plans hold, halves of split ones included."""
    splits: int
    findings: tuple[str, ...]


def judge(
    blobs: BlobStore,
    journal: Journal,
    uploaded: Counter[Said],
    calls: Calls,
    errors: Counter[str],
    site: Files,
    wanted: Files,
) -> Verdict:
    """Hold what is kept against what was `uploaded`, the site against the one that is `wanted`.

    Every message stands in one window, every window is done, no answer was paid for again that was not lost. `errors`
    are what functions logged as such: all that was done to them passes by itself, so none should ask for somebody.
    """
    held, leaves, roots = _held(blobs, journal)
    lost, doubled = (uploaded - held).total(), (held - uploaded).total()
    unfinished = Counter(leaf.entry.state if leaf.entry else "nothing" for leaf in leaves if not leaf.output)
    broken = [leaf for leaf in leaves if leaf.output and blobs.stat(leaf.output) is None]
    others = sorted(path for path in site.keys() | wanted.keys() if site.get(path) != wanted.get(path))
    told = {
        f"{lost} messages are lost": lost,
        f"{doubled} messages stand twice": doubled,
        f"{unfinished.total()} windows are not done: {dict(unfinished)}": unfinished,
        f"{len(broken)} windows are done without a document": broken,
        f"{calls.extra} answers were paid for again, {calls.bound} may have been lost": calls.extra > calls.bound,
        f"{errors.total()} errors were logged: {dict(errors.most_common(5))}": errors,
        f"{len(others)} files of the site differ from those of a run here: {', '.join(others[:5])}": others,
    }
    findings = tuple(finding for finding, found in told.items() if found)
    return Verdict(lost, doubled, len(leaves), len(leaves) - roots, findings)


def _held(blobs: BlobStore, journal: Journal) -> tuple[Counter[Said], list[Leaf], int]:
    """Every message of every window that a plan holds, those windows, and how many were planned, before any split."""
    slices, held, leaves, roots = Slices(blobs), Counter[Said](), list[Leaf](), 0
    for stored in Manifests(blobs).all():
        plan = stored.manifest
        found = find_leaves(journal, plan.windows, plan.recipe, plan.model)
        for leaf in found:
            held.update((plan.source, message.time, message.text) for message in slices.get(leaf.slice).messages)
        leaves += found
        roots += len(plan.windows)
    return held, leaves, roots
