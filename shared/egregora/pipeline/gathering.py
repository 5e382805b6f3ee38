"""All that sites are made from: read once for every outlet, and then limited to the conversations of each.

What an outlet gets of a conversation is what a deployment that knew only its conversations would show: other people do
not even take names away. Two things are everybody's: an opt-out holds wherever it was said, and what cannot be told
apart by conversation (uploads that nobody could read, sinks that fail) is shown only where all of them are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from egregora.archive.manifest import StoredManifest, extent
from egregora.documents import WindowDocument
from egregora.ids import Handle, SourceId, sha256
from egregora.pipeline.catalogue import Shown, load_document, read_partition
from egregora.pipeline.deliveries import SinkState
from egregora.pipeline.deployment import OWN, Deployment, Outlet
from egregora.pipeline.refusals import Refusals, read_refusals
from egregora.pipeline.reports import read_reports
from egregora.privacy.joining import as_one
from egregora.privacy.names import DisplayNames
from egregora.privacy.people import People
from egregora.settings import SiteSettings
from egregora.site import FailingRow, PersonView, RefusedRow, SiteInput, SourceView, StatusRow
from egregora.site.catalogue import WindowCard
from egregora.threads import map_ahead

UNTITLED = "Our conversation"
_AT_ONCE = 8
"""Partitions read at once: services far away take their time for each."""


@dataclass(frozen=True)
class Gathered:
    """What is known now. `shown` is in the order of the conversations, without those that opted out."""

    deployment: Deployment = field(repr=False)
    stored: Sequence[StoredManifest]
    people: Sequence[People]
    gone: frozenset[Handle]
    shown: Sequence[Shown]
    status: Sequence[StatusRow]
    warnings: Mapping[SourceId, tuple[str, ...]]
    refusals: Refusals

    def site(self, outlet: Outlet, failing: Sequence[SinkState] = ()) -> SiteInput:
        """What `outlet` gets, and is told of sinks that are `failing`."""
        people = [known for known in self.people if outlet.gets(SourceId(known.source))]
        names = DisplayNames(people, self.deployment.settings.privacy.names)
        same = {SourceId(known.source): known.same for known in people}
        sources = tuple(self._source(known, names) for known in people)
        settings = _settings(self.deployment.settings.site, outlet)
        refusals = self.refusals if outlet.whole else Refusals()
        return SiteInput(
            settings=settings,
            title=settings.title or (sources[0].title if len(sources) == 1 else UNTITLED),
            sources=sources,
            cards=tuple(
                _card(entry.card, same[entry.card.source]) for entry in self.shown if entry.card.source in same
            ),
            people={
                handle: PersonView(handle, *shown_as)
                for handle, shown_as in names.people().items()
                if handle not in self.gone
            },
            status=tuple(row for row in self.status if row.source in same),
            load=partial(_load, self.deployment, same),
            refused=tuple(RefusedRow(row.kind, row.at.isoformat(), row.reason) for row in refusals.newest),
            refusals=refusals.count,
            failing=tuple(
                FailingRow(state.name, state.at.isoformat(), state.reason or "")
                for state in failing
                if outlet.whole or state.sources == tuple(outlet.sources)
            ),
        )

    def _source(self, people: People, names: DisplayNames) -> SourceView:
        held = extent(w for m in self.stored if m.manifest.source == people.source for w in m.manifest.windows)
        source = SourceId(people.source)
        title = names.title(people) or UNTITLED
        return SourceView(source, title, held.messages, held.first, held.last, self.warnings[source])


def gather(deployment: Deployment, *, keep: bool = True) -> Gathered:
    """Read what is known now; with `keep`, what was read for it is kept for the next time."""
    stored = list(deployment.manifests.all())
    threads = min(_AT_ONCE, deployment.at_once)
    partitions = list(map_ahead(partial(read_partition, deployment, keep=keep), stored, threads=threads))
    people = [deployment.people.get(source) for source in dict.fromkeys(m.manifest.source for m in stored)]
    gone = frozenset[Handle]().union(*(known.opted_out for known in people))
    shown = [entry for partition in partitions for entry in partition.shown if entry.handles.isdisjoint(gone)]
    return Gathered(
        deployment=deployment,
        stored=stored,
        people=people,
        gone=gone,
        shown=sorted(shown, key=lambda entry: (entry.card.first or "", entry.card.source)),
        status=[row for partition in partitions for row in partition.status],
        warnings={SourceId(known.source): _warnings(deployment, SourceId(known.source)) for known in people},
        refusals=read_refusals(deployment.blobs),
    )


def _settings(site: SiteSettings, outlet: Outlet) -> SiteSettings:
    """What [site] says, where it is said of this outlet, and what the outlet says for itself."""
    of_it = outlet.whole or outlet.name in OWN
    plain = {} if of_it else {"title": None, "description": "", "base_url": ""}
    own = {"title": outlet.title, "description": outlet.description, "base_url": outlet.base_url}
    return site.model_copy(update=plain | {key: value for key, value in own.items() if value is not None})


def _warnings(deployment: Deployment, source: SourceId) -> tuple[str, ...]:
    return tuple(line for report in read_reports(deployment.blobs, source) for line in report.lines())


def _card(card: WindowCard, same: Mapping[str, str]) -> WindowCard:
    """The card with one handle for each person; what its pages are made from is other than it was, then."""
    joined = as_one(card, same)
    return card if joined is card else joined.model_copy(update={"content": sha256(joined.model_dump_json())})


def _load(deployment: Deployment, same: Mapping[SourceId, Mapping[str, str]], key: str) -> WindowDocument:
    document = load_document(deployment, key)
    return as_one(document, same.get(document.source, {}))
