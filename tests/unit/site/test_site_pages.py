from __future__ import annotations

import json
import os
import posixpath
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from egregora.settings import SiteSettings
from egregora.site import PersonView, SiteInput
from egregora.site.build import build_site
from egregora.site.catalogue import WindowCard, summarise, topic_key
from egregora.site.edition import Edition
from magazine import (
    BRUNO,
    DOCUMENTS,
    GONE,
    LISBON,
    NAMES,
    PEOPLE,
    handle,
    hostile,
    magazine,
    rendered,
    site,
)

PLAIN = SiteSettings(search=False)


@cache
def whole() -> dict[str, bytes]:
    return rendered(magazine())


def html_of(given: SiteInput, path: str) -> str:
    return next(page for page in build_site(given) if page.path == path).render().decode()


def post_of(given: SiteInput, number: int = 0) -> str:
    return html_of(given, Edition(given).stories[number].teaser.href)


class Outline(HTMLParser):
    """What a page links to, its ids, its headings, and its tags that are not closed."""

    VOID = frozenset("meta link br hr input img".split())

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.inline: list[str] = []
        self.tags: list[str] = []
        self.stack: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self.links += [value for name in ("href", "src", "action") if (value := values.get(name))]
        self.ids += [value for name in ("id",) if (value := values.get(name))]
        self.inline += [name for name in values if name.startswith("on") or name == "style"]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.stack.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag


def pages_of(files: dict[str, bytes]) -> dict[str, str]:
    return {path: data.decode() for path, data in files.items() if path.endswith(".html")}


@pytest.mark.parametrize("base_url", ["", "https://chat.example/us/"])
def test_every_link_inside_the_site_leads_to_a_file(base_url: str) -> None:
    files = rendered(magazine(settings=SiteSettings(base_url=base_url)))
    ids = {path: set(Outline(html).ids) for path, html in pages_of(files).items()}
    home = base_url or "https://site.example/"
    for path, html in pages_of(files).items():
        for link in Outline(html).links:
            target = urlsplit(urljoin(home + path, link))
            if not target.geturl().startswith(home):
                assert target.geturl().startswith("https://example.org/"), (path, link)
                continue
            found = unquote(target.geturl().removeprefix(home).partition("#")[0])
            assert found in files, (path, link)
            assert not target.fragment or target.fragment in ids[found], (path, link)


def test_links_are_relative_so_that_the_site_works_below_any_path() -> None:
    for path, html in pages_of(whole()).items():
        if path != "404.html":
            rooted = [link for link in Outline(html).links if link.startswith("/")]
            assert rooted == [], path


def test_every_page_has_one_main_heading_unique_ids_and_no_inline_code() -> None:
    for path, html in pages_of(whole()).items():
        outline = Outline(html)
        assert outline.stack == [], path
        assert outline.headings.count(1) == 1, path
        assert len(set(outline.ids)) == len(outline.ids), path
        assert outline.inline == [], path
        assert "<style" not in html, path
        assert not re.search(r"<script(?![^>]*\bsrc=)", html), path


def test_headings_never_skip_a_level_downwards() -> None:
    for path, html in pages_of(whole()).items():
        levels = Outline(html).headings
        assert all(after <= before + 1 for before, after in pairwise(levels)), (path, levels)


def test_every_page_states_a_policy_that_allows_nothing_from_elsewhere() -> None:
    for path, html in pages_of(whole()).items():
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
        assert policy, path
        assert "default-src &#39;none&#39;" in policy[1]
        assert "unsafe-inline" not in policy[1]
        assert "script-src" not in policy[1] or path == "search/index.html"
        assert "http" not in policy[1]


def test_only_the_search_page_loads_a_script() -> None:
    assert [path for path, html in pages_of(whole()).items() if "<script" in html] == ["search/index.html"]


def test_no_handle_is_left_anywhere() -> None:
    for path, data in whole().items():
        if not path.startswith(("assets/", "search/2")):
            assert not re.search(rb"@[0-9a-f]{10}", data), path


def test_hostile_text_is_shown_as_text_everywhere() -> None:
    files = rendered(hostile())
    for path, html in pages_of(files).items():
        outline = Outline(html)
        assert "<script>alert" not in html, path
        assert "<img" not in html, path
        assert outline.inline == [], path
        assert outline.tags.count("script") == (1 if path == "search/index.html" else 0), path
        assert not [link for link in outline.links if link.lower().startswith(("javascript:", "data:"))], path


def test_hostile_text_never_chooses_a_path() -> None:
    for path in rendered(hostile()):
        assert posixpath.normpath(path) == path
        assert not path.startswith(("/", ".."))
        assert re.fullmatch(r"[\w./-]+", path), path


def test_a_person_is_a_name_with_a_page_and_whoever_left_is_someone() -> None:
    html = post_of(site([LISBON], settings=PLAIN))
    assert '<a class="person" href="../../../people/copper-fox/index.html"' in html
    assert '<span class="person"><bdi>someone</bdi></span>' in html


def test_a_person_who_may_no_longer_be_shown_leaves_no_name_and_no_page() -> None:
    without = {who: view for who, view in PEOPLE.items() if who != BRUNO}
    files = rendered(site(DOCUMENTS, people=without, settings=PLAIN))
    assert not [path for path, data in files.items() if b"Copper Fox" in data or "copper-fox" in path]


def test_people_with_the_same_slug_keep_pages_of_their_own() -> None:
    people = {who: PersonView(who, name, "friend") for who, name in NAMES.items()}
    files = rendered(site(DOCUMENTS, people=people, settings=PLAIN))
    assert len([path for path in files if re.fullmatch(r"people/[^/]+/index\.html", path)]) == len(NAMES)


def test_a_post_made_without_a_language_model_says_so_and_others_do_not() -> None:
    said = b"without a language model"
    saying = [path for path, data in whole().items() if path.endswith("index.html") and said in data]
    assert len(saying) == 1
    assert b"Solaris" in whole()[saying[0]]
    assert whole()[saying[0]].count(said) == 1


def test_a_post_tells_where_it_comes_from() -> None:
    html = re.sub(r"\s+", " ", post_of(site([LISBON], settings=PLAIN)).replace("\u00a0", " "))
    assert "From a conversation of 132 messages, 15 to 17 March 2024" in html
    for text in (
        "Settled",
        "They leave on the evening of 28 May",
        "Left open",
        "Book six berths",
        "How the sleeper is run",
    ):
        assert text in html


def test_what_the_enricher_found_stands_with_the_one_post_it_belongs_to() -> None:
    given = site([LISBON], settings=PLAIN)
    assert "Book six berths" in post_of(given, 0)
    assert "Book six berths" not in post_of(given, 1)


def test_the_sidecar_holds_post_and_window_as_data_with_names_only() -> None:
    given = site([LISBON], settings=PLAIN)
    story = Edition(given).stories[0]
    data = json.loads(html_of(given, f"{story.folder}post.json"))
    assert data["title"] == LISBON.posts[0].title
    assert data["window"]["messages"] == 132
    assert data["enrichment"]["decisions"][0]["text"].startswith("They leave")
    assert data["people"][0] == "Copper Fox"
    assert data["citations"][-1]["author"] == "someone"


def test_the_front_page_knows_this_day_in_earlier_years_from_the_archive_alone() -> None:
    html = whole()["index.html"].decode()
    assert "On 20 April" in html
    assert "How Gerald got his name" in html.partition("On 20 April")[2]


def test_the_front_page_looks_around_the_day_where_the_day_itself_is_empty() -> None:
    documents = [document for document in DOCUMENTS if document.first != "2023-04-20T18:00:00"]
    html = html_of(site(documents, settings=PLAIN), "index.html")
    assert "Around 20 April" in html
    assert "The sleeper that did not stop" in html.partition("Around 20 April")[2]


def test_the_status_page_counts_explains_and_says_how_to_retry() -> None:
    html = whole()["status/index.html"].decode()
    for text in (
        "egregora reprocess",
        "the model refuses this content",
        "did not fit the schema",
        "3 lines without a date",
    ):
        assert text in html
    for count, word in ((10, "written"), (1, "waiting"), (1, "failed"), (1, "refused by the model")):
        assert f"<dt>{word}</dt><dd>{count}</dd>" in html
    assert "52,000" in html
    assert "Lisbon" not in html


def test_an_empty_archive_still_makes_a_whole_site() -> None:
    files = rendered(site([]))
    assert b"Nothing has been written yet" in files["index.html"]
    assert {"people/index.html", "graph/index.html", "statistics/index.html", "search/index.html"} <= files.keys()


def test_windows_without_times_are_kept_apart_from_the_calendar() -> None:
    undated = LISBON.model_copy(
        update={
            "first": None,
            "last": None,
            "days": {},
            "posts": tuple(post.model_copy(update={"date": None}) for post in LISBON.posts),
        }
    )
    files = rendered(site([*DOCUMENTS[:2], undated]))
    assert len([path for path in files if re.fullmatch(r"undated/[0-9a-f]{10}/index\.html", path)]) == 2
    assert b"Undated" in files["archive/index.html"]
    assert "search/undated/pagefind-entry.json" in files


def test_older_pages_do_not_change_when_a_story_is_added_at_the_end() -> None:
    before, after = rendered(site(DOCUMENTS[:-1], settings=PLAIN)), rendered(site(DOCUMENTS, settings=PLAIN))
    changed = [path for path in before if before[path] != after[path]]
    posts = [path for path in changed if re.match(r"\d{4}/\d\d/\d\d-", path)]
    assert [before[path] for path in posts if b"Eleven viewings" not in before[path]] == []


def test_related_stories_lie_before_the_story() -> None:
    edition = Edition(magazine())
    for story, related in zip(edition.stories, edition.related, strict=True):
        assert all((other.day, other.folder) < (story.day, "~") for other in related)
        assert story not in related
    lisbon = next(place for place, story in enumerate(edition.stories) if "Lisbon, and" in story.post.title)
    assert "The sleeper that did not stop" in [other.post.title for other in edition.related[lisbon]]


def test_a_card_survives_being_kept_as_json() -> None:
    for document in DOCUMENTS:
        card = summarise(document, "documents/x/1.json")
        assert WindowCard.model_validate_json(card.model_dump_json()) == card


def test_the_same_topic_in_other_letters_is_one_topic_and_others_are_not() -> None:
    assert topic_key("Night  Trains") == topic_key("night trains")
    assert topic_key("night trains") != topic_key("night-trains")
    assert topic_key("🎉") != topic_key("🎂")
    assert re.fullmatch(r"topic-[0-9a-f]{8}", topic_key("🎉"))


def test_a_topic_named_after_a_person_has_an_address_that_outlives_their_name() -> None:
    key = topic_key(f"{handle('ana')}’s birthday")
    assert key.startswith("s-birthday-")
    assert handle("ana")[1:] not in key


PRINT_DIGEST = """
import hashlib, sys
sys.path[:0] = sys.argv[1:]
from magazine import magazine, rendered
digest = hashlib.sha256()
for path, data in sorted(rendered(magazine()).items()):
    digest.update(path.encode() + b"\\0" + data + b"\\0")
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes_in_any_process() -> None:
    tests = Path(__file__).parents[2]
    paths = [str(tests), str(tests.parent / "shared")]
    digests = {
        subprocess.run(
            [sys.executable, "-c", PRINT_DIGEST, *paths],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_opted_out_handles_are_nobody_in_any_list() -> None:
    edition = Edition(magazine())
    assert GONE not in edition.people
    assert GONE not in {person for story in edition.stories for person in story.people}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("IMG-20250210-WA0011.jpg (file attached)\nthe poster", "photo"),
        ("<attached: 00000012-PHOTO-2025-02-10.jpg> the poster", "photo"),
        ("PTT-20250210-WA0003.mp3 (Datei angehängt)", "recording"),
        ("minutes.pdf (archivo adjunto)", "file"),
    ],
)
def test_a_file_that_a_message_brought_is_told_in_a_word(text: str, shown: str) -> None:
    (post,) = LISBON.posts[:1]
    cited = post.citations[0].model_copy(update={"text": text})
    document = LISBON.model_copy(update={"posts": (post.model_copy(update={"citations": (cited,)}),)})
    html = post_of(site([document], settings=PLAIN))
    assert f'<span class="when">{shown}</span>' in html
    assert "attached" not in html
    assert ("the poster" in html) == ("the poster" in text)
