"""RSS, Atom and JSON feeds of the latest posts, and what crawlers are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from egregora.site import Page, Phase
from egregora.site.dates import UNDATED, instant
from egregora.site.edition import Edition
from egregora.site.frame import Frame
from egregora.site.stories import Story

LATEST = 20


def feed_pages(frame: Frame, edition: Edition) -> Iterator[Page]:
    """The three feeds hold the same; their addresses are relative where the site's own is not known."""
    items = [_item(frame, story) for story in edition.stories[::-1][:LATEST]]
    updated = max((item["instant"] for item in items), default=instant(None))
    context = {
        "items": items,
        "updated": updated,
        "updated_mail": _mail_date(updated),
        "home": frame.address("index.html"),
        "identity": frame.base_url or "urn:egregora:site",
    }
    for path in ("rss.xml", "atom.xml"):
        yield frame.page(path, Phase.HOME, path, context | {"self": frame.address(path)})
    yield _json_feed(frame, context)


def _item(frame: Frame, story: Story) -> dict[str, Any]:
    teaser = story.teaser
    moment = instant(story.post.date)
    address = frame.address(teaser.href)
    return {
        "id": address if frame.base_url else f"urn:egregora:post:{story.folder.rstrip('/').rpartition('-')[2]}",
        "href": address,
        "title": teaser.title,
        "summary": teaser.standfirst,
        "instant": moment,
        "mail": _mail_date(moment),
        "topics": [ref.name for ref in teaser.topics],
        "people": [ref.name for ref in teaser.people],
    }


def _mail_date(moment: str) -> str:
    return format_datetime(datetime.fromisoformat(moment))


def _json_feed(frame: Frame, context: dict[str, Any]) -> Page:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": frame.title,
        "home_page_url": context["home"],
        "feed_url": frame.address("feed.json"),
        "description": frame.shell["description"],
        "items": [
            {
                "id": item["id"],
                "url": item["href"],
                "title": item["title"],
                "summary": item["summary"],
                "content_text": item["summary"],
                "date_published": item["instant"],
                "tags": item["topics"],
            }
            for item in context["items"]
        ],
    }

    def render() -> bytes:
        return (json.dumps(feed, ensure_ascii=False, indent=1) + "\n").encode()

    return Page("feed.json", frame.inputs(feed), Phase.HOME, render)


def crawler_pages(frame: Frame, edition: Edition) -> Iterator[Page]:
    """robots.txt keeps crawlers out, for a conversation is private. A sitemap needs to know the site's address."""
    robots = b"User-agent: *\nDisallow: /\n"
    yield Page("robots.txt", frame.inputs("robots", robots.decode()), Phase.HOME, lambda: robots)
    if not frame.base_url:
        return
    years = [year for year in edition.years() if any(story.year == year for story in edition.stories)]
    for year in years:
        addresses = [frame.address(story.teaser.href) for story in edition.stories if story.year == year]
        yield frame.page(f"sitemaps/{year}.xml", Phase.HOME, "sitemap.xml", {"addresses": addresses})
    hubs = ["index.html", "archive/index.html", "people/index.html", "topics/index.html"]
    hubs += [f"{year}/index.html" for year in years if year != UNDATED]
    yield frame.page(
        "sitemaps/pages.xml", Phase.HOME, "sitemap.xml", {"addresses": [frame.address(path) for path in hubs]}
    )
    maps = [frame.address(f"sitemaps/{name}.xml") for name in ("pages", *years)]
    yield frame.page("sitemap.xml", Phase.HOME, "sitemap_index.xml", {"addresses": maps})
