"""A site to publish, and what a sink holds of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from egregora.documents import WindowDocument
from egregora.settings import SiteSettings
from egregora.sinks import Sink
from egregora.site import Page
from egregora.site.build import build_site
from egregora.site.deliver import deliver
from egregora.testing import MemorySink
from magazine import DOCUMENTS, site


def site_pages(documents: Sequence[WindowDocument] = DOCUMENTS) -> Iterator[Page]:
    return build_site(site(documents, settings=SiteSettings(search=False)))


def content(sink: Sink) -> dict[str, bytes | None]:
    return {path: sink.read(path) for path in sink.list()}


def site_content(documents: Sequence[WindowDocument] = DOCUMENTS) -> dict[str, bytes | None]:
    """What any sink holds once those pages are delivered."""
    sink = MemorySink()
    deliver(site_pages(documents), sink)
    return content(sink)
