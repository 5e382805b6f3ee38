"""The site is a pure function of manifests, journal, documents, people and settings; only what changed is rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from egregora.archive.manifest import StoredManifest, extent
from egregora.documents import WindowDocument
from egregora.ids import Handle, SourceId, sha256
from egregora.pipeline.catalogue import Shown, load_document, read_partition
from egregora.pipeline.deployment import Deployment, Outlet
from egregora.pipeline.refusals import read_refusals
from egregora.pipeline.reports import read_reports
from egregora.privacy.joining import as_one
from egregora.privacy.names import DisplayNames
from egregora.privacy.people import People
from egregora.site import Page, PersonView, RefusedRow, SiteInput, SourceView
from egregora.site.build import build_site
from egregora.site.catalogue import WindowCard
from egregora.site.deliver import Delivery, deliver, stands

Progress = Callable[[int, int], None]
UNTITLED = "Our conversation"


@dataclass(frozen=True, slots=True)
class Published:
    """What a publish did to each sink, by the sink's name."""

    posts: int
    deliveries: dict[str, Delivery] = field(default_factory=dict)


def publish_site(deployment: Deployment, *, progress: Progress | None = None) -> Published:
    """Bring every sink up to what is known now; `progress` hears how many pages are settled, of how many."""
    site = gather(deployment)
    deliveries = {
        outlet.sink.name: deliver(_pages(site, outlet), outlet.sink, progress=progress) for outlet in deployment.outlets
    }
    return Published(sum(len(card.posts) for card in site.cards), deliveries)


def is_published(deployment: Deployment) -> bool:
    """Whether every sink stands at what is known now. Reads only."""
    site = gather(deployment, keep=False)
    return all(stands(_pages(site, outlet), outlet.sink) for outlet in deployment.outlets)


def gather(deployment: Deployment, *, keep: bool = True) -> SiteInput:
    """All that the site is made from; with `keep`, what was read for it is kept for the next time."""
    stored = list(deployment.manifests.all())
    partitions = [read_partition(deployment, manifest, keep=keep) for manifest in stored]
    people = [deployment.people.get(source) for source in dict.fromkeys(m.manifest.source for m in stored)]
    names = DisplayNames(people, deployment.settings.privacy.names)
    gone = frozenset[Handle]().union(*(known.opted_out for known in people))
    shown = [entry for partition in partitions for entry in partition.shown if entry.handles.isdisjoint(gone)]
    same = {SourceId(known.source): known.same for known in people}
    sources = tuple(_source(deployment, known, stored, names) for known in people)
    refusals = read_refusals(deployment.blobs)
    return SiteInput(
        settings=deployment.settings.site,
        title=_title(deployment, sources),
        sources=sources,
        cards=tuple(_card(entry.card, same[entry.card.source]) for entry in sorted(shown, key=_place)),
        people={handle: PersonView(handle, *shown_as) for handle, shown_as in names.people().items()},
        status=tuple(row for partition in partitions for row in partition.status),
        load=partial(_load, deployment, same),
        refused=tuple(RefusedRow(row.kind, row.at.isoformat(), row.reason) for row in refusals.newest),
        refusals=refusals.count,
    )


def _pages(site: SiteInput, outlet: Outlet) -> Iterable[Page]:
    if outlet.what == "markdown":
        from egregora.site.markdown_tree import build_markdown

        return build_markdown(site)
    return build_site(site)


def _card(card: WindowCard, same: Mapping[str, str]) -> WindowCard:
    """The card with one handle for each person; what its pages are made from is other than it was, then."""
    joined = as_one(card, same)
    return card if joined is card else joined.model_copy(update={"content": sha256(joined.model_dump_json())})


def _load(deployment: Deployment, same: Mapping[SourceId, Mapping[str, str]], key: str) -> WindowDocument:
    document = load_document(deployment, key)
    return as_one(document, same.get(document.source, {}))


def _place(entry: Shown) -> tuple[str, str]:
    return entry.card.first or "", entry.card.source


def _title(deployment: Deployment, sources: tuple[SourceView, ...]) -> str:
    if deployment.settings.site.title:
        return deployment.settings.site.title
    return sources[0].title if len(sources) == 1 else UNTITLED


def _source(deployment: Deployment, people: People, stored: list[StoredManifest], names: DisplayNames) -> SourceView:
    held = extent(w for m in stored if m.manifest.source == people.source for w in m.manifest.windows)
    source = SourceId(people.source)
    return SourceView(
        id=source,
        title=names.title(people) or UNTITLED,
        messages=held.messages,
        first=held.first,
        last=held.last,
        warnings=tuple(line for report in read_reports(deployment.blobs, source) for line in report.lines()),
    )
