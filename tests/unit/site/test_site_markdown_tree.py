from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from egregora.settings import SiteSettings
from egregora.sinks.folder import FolderSink
from egregora.site import SiteInput
from egregora.site.deliver import RECORD, deliver
from egregora.site.edition import Edition
from egregora.site.markdown_tree import build_markdown
from egregora.testing.sinks import MemorySink
from example_chat import egregora, example
from magazine import ANA, DOCUMENTS, GRETE, HOSTILE, LISBON, PEOPLE, hostile, magazine, renamed, site


def tree(given: SiteInput) -> dict[str, str]:
    return {page.path: page.render().decode() for page in build_markdown(given)}


class Loading(HTMLParser):
    """What a page would load or run by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.handlers += [name for name in given if name.startswith("on")]
        if tag != "a" and given.get("rel") not in {"canonical", "prev", "next"}:
            self.addresses += [given[name] or "" for name in ("src", "href", "srcset", "data") if name in given]


def built(tree: Path, configuration: str, folder: Path) -> None:
    """Build a tree strictly; the result must load nothing from elsewhere and run nothing that it was told."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", configuration, "--site-dir", folder],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    for path in folder.rglob("*.html"):
        html = path.read_text()
        assert "<script>alert" not in html, path
        page = Loading()
        page.feed(html)
        assert not page.handlers, path
        if configuration == "mkdocs.yml":
            assert not [address for address in page.addresses if re.match(r"(?i)(?:[a-z]+:)?//", address)], path


def undated() -> SiteInput:
    """A site of one post without a date."""
    post = LISBON.posts[0]
    citations = tuple(citation.model_copy(update={"time": None}) for citation in post.citations)
    timeless: dict[str, object] = {"first": None, "last": None, "days": {}}
    posts = (post.model_copy(update={"date": None, "citations": citations}),)
    return site([LISBON.model_copy(update={**timeless, "posts": posts})])


@pytest.mark.slow
@pytest.mark.parametrize("configuration", ["mkdocs.yml", "mkdocs.plain.yml"])
@pytest.mark.parametrize(
    "given",
    [magazine(), hostile(), site([]), undated(), magazine(settings=SiteSettings(base_url="https://x.example"))],
    ids=["magazine", "hostile", "empty", "undated", "with an address"],
)
def test_mkdocs_builds_the_tree_strictly(given: SiteInput, configuration: str, tmp_path: Path) -> None:
    deliver(build_markdown(given), FolderSink(tmp_path / "tree"))
    built(tmp_path / "tree", configuration, tmp_path / "site")


@pytest.mark.slow
def test_the_blog_shows_every_post_with_its_authors_and_tags(tmp_path: Path) -> None:
    deliver(build_markdown(magazine()), FolderSink(tmp_path / "tree"))
    built(tmp_path / "tree", "mkdocs.yml", tmp_path / "site")
    posts = list((tmp_path / "site/blog").glob("20*/*/*/*/index.html"))
    assert len(posts) == len(Edition(magazine()).stories)
    lisbon = next(html for html in (post.read_text() for post in posts) if '<h1 id="five-days' in html)
    assert 'href="../../../../../people/copper-fox/">Copper Fox</a>' in lisbon
    assert re.search(r'class="md-tag">\s*Night trains', lisbon)
    first = (tmp_path / "site/blog/index.html").read_text()
    assert "116 messages on Saturday night" in first
    assert "Five days in Lisbon" in (tmp_path / "site/tags/index.html").read_text()


@pytest.mark.slow
def test_the_tree_of_the_example_builds_strictly(tmp_path: Path) -> None:
    egregora("run", example(tmp_path), "--to", tmp_path / "site", "--work", tmp_path / "work")
    (tree,) = tmp_path.glob("**/mkdocs.yml")
    built(tree.parent, "mkdocs.yml", tmp_path / "built")


def test_every_post_is_there_with_its_front_matter() -> None:
    files = tree(magazine())
    posts = [path for path in files if re.fullmatch(r"docs/blog/posts/\d{4}/\d\d/\d\d-[0-9a-f]{10}\.md", path)]
    assert len(posts) == len(Edition(magazine()).stories)
    lisbon = next(text for text in files.values() if text.startswith('---\ntitle: "Five days'))
    head = yaml.safe_load(lisbon.split("---")[1])
    assert head["people"][0] == "Copper Fox"
    assert "Night trains" in head["tags"]
    assert head["date"] == date(2024, 3, 15)
    authors = yaml.safe_load(files["docs/blog/.authors.yml"])["authors"]
    assert [authors[slug]["name"] for slug in head["authors"]] == head["people"]
    assert all(f"docs/{author['avatar']}" in files for author in authors.values())


@pytest.mark.parametrize("name", ["mkdocs.yml", "mkdocs.plain.yml"])
def test_the_configuration_names_no_post_and_stays_as_it_is_when_the_tree_grows(name: str) -> None:
    assert tree(site(DOCUMENTS[:2]))[name] == tree(site(DOCUMENTS))[name]


def test_a_post_without_a_date_stands_outside_the_blog() -> None:
    files = tree(undated())
    assert [path for path in files if re.fullmatch(r"docs/undated/[0-9a-f]{10}\.md", path)]
    assert not [path for path in files if path.startswith("docs/blog/posts/")]
    assert "undated/" in files["docs/archive/index.md"]


def test_hostile_names_and_titles_read_as_text_in_front_matter() -> None:
    for path, text in tree(hostile()).items():
        if text.startswith("---"):
            assert yaml.safe_load(text.split("\n---\n")[0])["title"], path
    assert HOSTILE not in "".join(tree(hostile()).values())


def test_a_changed_name_touches_only_files_that_show_it() -> None:
    sink = MemorySink()
    deliver(build_markdown(magazine()), sink)
    before = {path: sink.read(path) or b"" for path in sink.list("docs/")}
    deliver(build_markdown(renamed(magazine(), GRETE, "Amber Sail")), sink)
    changed = {path for path in before if before[path] != sink.read(path)}
    assert changed == {path for path, text in before.items() if b"Violet Anvil" in text}
    assert changed


def test_a_tree_whose_record_was_lost_holds_nothing_stale() -> None:
    sink = MemorySink()
    deliver(build_markdown(magazine()), sink)
    sink.delete(RECORD)
    sink.write("docs/people/our-own.md", b"# written by hand")
    deliver(build_markdown(site(DOCUMENTS[:1])), sink)
    assert set(sink.list()) == {*tree(site(DOCUMENTS[:1])), RECORD, "docs/people/our-own.md"}


def test_whoever_left_is_gone_from_the_tree() -> None:
    without = {who: view for who, view in PEOPLE.items() if who != ANA}
    assert "Quiet Heron" not in "".join(tree(site(DOCUMENTS, people=without)).values())
