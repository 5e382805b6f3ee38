"""How things stand: windows by state, what failed and why, what was spent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from egregora.archive.manifest import extent
from egregora.ids import Signature, SourceId
from egregora.journal import TROUBLED, Usage
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.leaves import leaves_of
from egregora.pipeline.reports import read_reports


@dataclass(frozen=True, slots=True)
class Trouble:
    """A window that ended without a document: BLOCKED or FAILED, its span, and the reason."""

    window: Signature
    state: str
    first: str | None
    last: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Overview:
    """One source. `states` counts leaf windows; ``WAITING`` are those nobody has finished yet.

    `usage` is all that was spent on it, also on windows that were split or replaced since.
    """

    source: SourceId
    messages: int
    first: str | None
    last: str | None
    states: dict[str, int]
    posts: int
    usage: Usage
    troubles: list[Trouble] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    """One line on each upload, and one on each thing that was dropped, guessed or repaired in it."""


def overview(deployment: Deployment) -> list[Overview]:
    """Every source, in order. Reads only."""
    return [_source(deployment, source) for source in deployment.manifests.sources()]


def _source(deployment: Deployment, source: SourceId) -> Overview:
    manifests = [stored.manifest for stored in deployment.manifests.all(source)]
    journal = {stored.entry.signature: stored.entry for stored in deployment.journal.select(source=source)}
    leaves = [
        leaf for manifest in manifests for leaf in leaves_of(journal, manifest.windows, manifest.recipe, manifest.model)
    ]
    entries = [leaf.entry for leaf in leaves if leaf.entry]
    held = extent(window for manifest in manifests for window in manifest.windows)
    return Overview(
        source=source,
        messages=held.messages,
        first=held.first,
        last=held.last,
        states=dict(Counter(leaf.entry.state if leaf.settled and leaf.entry else "WAITING" for leaf in leaves)),
        posts=sum(entry.posts for entry in entries),
        usage=sum((entry.usage for entry in journal.values()), Usage()),
        troubles=[
            Trouble(entry.signature, entry.state, entry.first, entry.last, entry.reason or "")
            for entry in entries
            if entry.state in TROUBLED
        ],
        uploads=[line for report in read_reports(deployment.blobs, source) for line in report.lines()],
    )
