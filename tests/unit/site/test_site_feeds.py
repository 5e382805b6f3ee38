from __future__ import annotations

import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest

from egregora.settings import SiteSettings
from egregora.site import SiteInput
from egregora.site.build import build_site
from magazine import DOCUMENTS, magazine, site

ATOM = "{http://www.w3.org/2005/Atom}"
SITES = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def files(given: SiteInput) -> dict[str, bytes]:
    pages = build_site(given)
    return {page.path: page.render() for page in pages if page.path.endswith((".xml", ".json", ".txt"))}


def addressed(base_url: str) -> dict[str, bytes]:
    return files(magazine(settings=SiteSettings(base_url=base_url, search=False)))


@pytest.mark.parametrize(
    ("base_url", "start"), [("", "2024/"), ("https://chat.example/us", "https://chat.example/us/2024/")]
)
def test_the_three_feeds_tell_of_the_same_posts_newest_first(base_url: str, start: str) -> None:
    made = addressed(base_url)
    rss = ElementTree.fromstring(made["rss.xml"])
    atom = ElementTree.fromstring(made["atom.xml"])
    feed = json.loads(made["feed.json"])
    titles = [item.findtext("title") for item in rss.iter("item")]
    assert titles[0] == "Film night, Solaris, slow or long"
    assert len(titles) == 11
    assert titles == [entry.findtext(f"{ATOM}title") for entry in atom.iter(f"{ATOM}entry")]
    assert titles == [item["title"] for item in feed["items"]]
    links = [item.findtext("link") for item in rss.iter("item")]
    assert links == [item["url"] for item in feed["items"]]
    assert str(links[0]).startswith(start)


def test_times_have_the_form_each_feed_demands() -> None:
    made = addressed("https://chat.example")
    rss = ElementTree.fromstring(made["rss.xml"])
    atom = ElementTree.fromstring(made["atom.xml"])
    moments = [parsedate_to_datetime(str(item.findtext("pubDate"))) for item in rss.iter("item")]
    assert moments == sorted(moments, reverse=True)
    assert moments == [
        datetime.fromisoformat(str(entry.findtext(f"{ATOM}updated"))) for entry in atom.iter(f"{ATOM}entry")
    ]
    assert datetime.fromisoformat(str(atom.findtext(f"{ATOM}updated"))) == moments[0]
    ids = [entry.findtext(f"{ATOM}id") for entry in atom.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)


def test_feeds_of_an_empty_site_are_well_formed() -> None:
    made = files(site([]))
    for path in ("rss.xml", "atom.xml"):
        ElementTree.fromstring(made[path])
    assert json.loads(made["feed.json"])["items"] == []


def test_text_that_xml_cannot_hold_does_not_break_a_feed() -> None:
    post = (
        DOCUMENTS[0]
        .posts[0]
        .model_copy(update={"title": "a\x00b\x0b]]>&<\ud83d\ude00".encode("utf-8", "ignore").decode()})
    )
    made = files(site([DOCUMENTS[0].model_copy(update={"posts": (post,)})]))
    for path in ("rss.xml", "atom.xml"):
        ElementTree.fromstring(made[path])


def test_a_site_that_does_not_know_its_address_has_no_sitemap() -> None:
    assert not [path for path in addressed("") if "sitemap" in path]


def test_sitemaps_by_year_name_every_post_once() -> None:
    made = addressed("https://chat.example/us/")
    index = ElementTree.fromstring(made["sitemap.xml"])
    maps = [str(place.text).removeprefix("https://chat.example/us/") for place in index.iter(f"{SITES}loc")]
    found = [place.text for path in maps for place in ElementTree.fromstring(made[path]).iter(f"{SITES}loc")]
    assert len(set(found)) == len(found)
    assert len([address for address in found if re.search(r"/2024/\d\d/\d\d-", str(address))]) == 6


def test_crawlers_are_kept_out() -> None:
    assert addressed("")["robots.txt"] == b"User-agent: *\nDisallow: /\n"
    assert addressed("https://chat.example")["robots.txt"] == b"User-agent: *\nDisallow: /\n"
