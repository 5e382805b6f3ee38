"""The whole site, page by page, from what is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from egregora.documents import WindowDocument
from egregora.site import Page, Phase, SiteInput
from egregora.site.archives import archive_pages
from egregora.site.edition import Edition
from egregora.site.feeds import crawler_pages, feed_pages
from egregora.site.frame import Frame, asset_pages
from egregora.site.graph import graph_page
from egregora.site.home import home_page
from egregora.site.people import people_pages
from egregora.site.posts import post_pages
from egregora.site.search import search_pages
from egregora.site.statistics import statistics_page
from egregora.site.status import status_page
from egregora.site.topics import topic_pages

KEPT_DOCUMENTS = 64
"""Documents held in memory: a post's page, its sidecar and its month's index read the same one."""


def build_site(site: SiteInput) -> Iterator[Page]:
    """Every page of the site, in the order of writing within each kind. Nothing is rendered or loaded yet."""
    frame, edition = Frame(site), Edition(site)
    load = keeping(site.load)
    yield from asset_pages()
    yield from post_pages(frame, edition, load)
    yield from archive_pages(frame, edition)
    yield from people_pages(frame, edition)
    yield from topic_pages(frame, edition)
    yield graph_page(frame, edition)
    yield statistics_page(frame, edition, site)
    yield status_page(frame, site)
    if site.settings.search:
        yield from search_pages(frame, edition, load)
    yield home_page(frame, edition, site)
    yield from feed_pages(frame, edition)
    yield from crawler_pages(frame, edition)
    # An address that is not there can have any depth: from here, links start at the site's own root.
    yield frame.page("404.html", Phase.HOME, "404.html", {}, root=frame.base_url or "/")


def keeping(load: Callable[[str], WindowDocument]) -> Callable[[str], WindowDocument]:
    """`load`, holding on to the documents read last."""
    return lru_cache(maxsize=KEPT_DOCUMENTS)(load)
