"""Sites and whatever else is delivered: pure functions of what is known; only what changed is made and written.

    gather ──► for each outlet: limit, build, deliver ──► how each sink stands ──► told on the sites, where it changed

A sink that fails holds no other up, and is tried again by the next publish.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from egregora.errors import Conflict, EgregoraError, Retry
from egregora.pipeline.deliveries import SinkState, failing, keep_states, read_states
from egregora.pipeline.deployment import OWN, Deployment, Outlet
from egregora.pipeline.gathering import Gathered, gather
from egregora.sinks import Sink
from egregora.sinks.database import DatabaseSink
from egregora.site import Page, SiteInput
from egregora.site.build import build_site
from egregora.site.deliver import Delivery, deliver, stands

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Published:
    """What a publish did to each sink, by the sink's name, and why it could not."""

    posts: int
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    failures: dict[str, EgregoraError] = field(default_factory=dict)


def publish_site(deployment: Deployment, *, progress: Progress | None = None) -> Published:
    """Bring every sink up to what is known now; `progress` hears how many pages are settled, of how many.

    Raises `Conflict` where another publisher was faster somewhere, once the other sinks are fed.
    """
    known, before = gather(deployment), read_states(deployment.blobs)
    told = failing(before)
    published = Published(sum(len(entry.card.posts) for entry in known.shown))
    _feed(known, deployment.outlets, told, published, progress)
    reasons = dict.fromkeys(published.deliveries) | {
        name: str(fault) for name, fault in published.failures.items() if not isinstance(fault, Conflict)
    }
    now = failing(keep_states(deployment, before, reasons))
    if now != told:
        sites = [o for o in deployment.outlets if o.what == "site" and o.name in published.deliveries]
        _feed(known, sites, now, published, progress)
    for fault in published.failures.values():
        if isinstance(fault, Conflict):
            raise fault
    return published


def is_published(deployment: Deployment) -> bool:
    """Whether the deployment's own sinks stand at what is known now. Reads only."""
    known, told = gather(deployment, keep=False), failing(read_states(deployment.blobs))
    own = (outlet for outlet in deployment.outlets if outlet.name in OWN)
    return all(stands(_pages(known.site(outlet, told), outlet), cast(Sink, outlet.sink)) for outlet in own)


def _feed(
    known: Gathered, outlets: Sequence[Outlet], told: Sequence[SinkState], into: Published, progress: Progress | None
) -> None:
    """Deliver to `outlets`, one after the other, and note in `into` what came of it."""
    for outlet in outlets:
        try:
            done = _deliver(known.site(outlet, told), outlet, progress)
        except EgregoraError as fault:
            into.failures[outlet.name] = fault
        except OSError as error:
            into.failures[outlet.name] = Retry(error.strerror or type(error).__name__)
        else:
            if first := into.deliveries.get(outlet.name):
                done = replace(done, written=first.written + done.written, deleted=first.deleted + done.deleted)
            into.deliveries[outlet.name] = done


def _deliver(site: SiteInput, outlet: Outlet, progress: Progress | None) -> Delivery:
    if outlet.what == "database":
        from egregora.sinks.database.delivery import deliver_database

        return deliver_database(site, cast(DatabaseSink, outlet.sink), progress=progress)
    return deliver(_pages(site, outlet), cast(Sink, outlet.sink), progress=progress)


def _pages(site: SiteInput, outlet: Outlet) -> Iterable[Page]:
    if outlet.what == "markdown":
        from egregora.site.markdown_tree import build_markdown

        return build_markdown(site)
    if outlet.what == "sidecar":
        from egregora.site.sidecars import build_sidecars

        return build_sidecars(site)
    return build_site(site)
