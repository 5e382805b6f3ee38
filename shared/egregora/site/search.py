"""Search: one Pagefind index per month, merged in the browser, and one shared copy of Pagefind's own code.

    assets/pagefind-<version>/     script, WebAssembly, and an index of one word that search starts from
    search/index.html              the page; without a script, links to the months
    search/months.json             which indexes there are, newest first
    search/<month>/                entry, meta, index, fragments

Only a month whose posts changed is indexed again. Words are indexed as they are written, without a language's
stemming, since a month may be written in several and the browser loads one WebAssembly for all of them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from html import escape
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from egregora.documents import WindowDocument
from egregora.errors import EgregoraError
from egregora.ids import Handle
from egregora.site import Page, Phase
from egregora.site.archives import month_path
from egregora.site.dates import UNDATED, month_label
from egregora.site.edition import Edition
from egregora.site.frame import SEARCH_POLICY, Frame
from egregora.site.markup import body_html
from egregora.site.names import Ref, named
from egregora.site.stories import Story

Load = Callable[[str], WindowDocument]

_LANGUAGE = "und"
_STUB = "egregorastub"
"""The one word of the index that search starts from; the script leaves that result out."""


def search_pages(frame: Frame, edition: Edition, load: Load) -> Iterator[Page]:
    """Pagefind's code, an index for every month with posts, their list, and the search page."""
    runtime = f"assets/pagefind-{version('pagefind_bin')}/"
    yield _folder(runtime, frame.inputs("pagefind", runtime), Phase.ASSETS, _runtime)
    indexes = [_index(frame, edition, month, load) for month in edition.months]
    yield from indexes
    listed = [
        {"path": page.path.removeprefix("search/"), "tag": page.inputs[:12]}
        for page in sorted(indexes, key=lambda page: "" if UNDATED in page.path else page.path, reverse=True)
    ]
    yield frame.page("search/months.json", Phase.SEARCH, "months.json", {"months": listed})
    yield frame.page("search/index.html", Phase.HUBS, "search.html", _page(edition, runtime))


def _page(edition: Edition, runtime: str) -> dict[str, Any]:
    years: dict[str, list[dict[str, str]]] = {}
    for month in sorted(edition.months, key=lambda month: "" if month == UNDATED else month, reverse=True):
        link = {"label": month_label(month, year=False), "href": f"{month_path(month)}index.html"}
        years.setdefault("Undated" if month == UNDATED else month[:4], []).insert(0, link)
    return {"years": years, "runtime": runtime, "policy": SEARCH_POLICY}


def _index(frame: Frame, edition: Edition, month: str, load: Load) -> Page:
    stories = tuple(edition.months[month])
    refs = [edition.names.shown(story.post.handles) for story in stories]
    inputs = frame.inputs(
        "index",
        [(story.folder, story.card.content, story.number, shown) for story, shown in zip(stories, refs, strict=True)],
        [(story.teaser.title, story.teaser.date, edition.topic_refs(story.topics)) for story in stories],
    )

    def files() -> Mapping[str, bytes]:
        pages = {
            f"{story.folder}index.html": _searchable(edition, story, load(story.card.key), shown)
            for story, shown in zip(stories, refs, strict=True)
        }
        made = run_pagefind(pages)
        kept = [name for name in made if name.endswith((".pf_fragment", ".pf_index", ".pf_meta", "-entry.json"))]
        # The entry is read first, so it is written last: what it points to is there by then.
        return {name: made[name] for name in sorted(kept, key=lambda name: (_rank(name), name))}

    return _folder(f"search/{month}/", inputs, Phase.SEARCH, files)


def _rank(name: str) -> int:
    return next(
        rank for rank, end in enumerate((".pf_fragment", ".pf_index", ".pf_meta", ".json")) if name.endswith(end)
    )


def _searchable(edition: Edition, story: Story, document: WindowDocument, refs: Mapping[Handle, Ref]) -> str:
    """What is found of a post: its words, topics and date, without the page around them.

    The date is always a word, which Pagefind must have: it refuses to index a month of emoji.
    """
    post, topics = document.posts[story.number], edition.topic_refs(story.topics)
    return (
        f'<!doctype html><html lang="{_LANGUAGE}"><body><main data-pagefind-body>'
        f'<h1>{escape(story.teaser.title)}</h1><p data-pagefind-meta="date:{escape(story.teaser.date)}"></p>'
        f"<p>{escape(named(post.standfirst, refs))}</p>{body_html(post.body, refs, '')}"
        f"<p>{escape(' · '.join((*(topic.name for topic in topics), story.teaser.date)))}</p></main></body></html>"
    )


@cache
def _runtime() -> Mapping[str, bytes]:
    """Pagefind's script and WebAssembly, and the smallest index it can make."""
    stub = f'<!doctype html><html lang="{_LANGUAGE}"><body><main data-pagefind-body>{_STUB}</main></body></html>'
    made = run_pagefind({"stub/index.html": stub})
    wanted = ("pagefind.js", "wasm.unknown.pagefind", "pagefind-entry.json")
    return {
        name: made[name]
        for name in sorted(made)
        if name in wanted or name.startswith(("index/", "fragment/")) or name.endswith(".pf_meta")
    }


def run_pagefind(pages: Mapping[str, str]) -> dict[str, bytes]:
    """Index `pages` (path to HTML) with Pagefind; the files it makes. Raises `EgregoraError` where it fails."""
    from pagefind_bin import get_executable  # type: ignore[import-untyped]

    with TemporaryDirectory(prefix="egregora-search-") as folder:
        source, target = Path(folder, "pages"), Path(folder, "index")
        for path, html in pages.items():
            file = source / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(html, encoding="utf-8")
        command = [str(get_executable()), "--site", str(source), "--output-path", str(target), "--keep-index-url"]
        command += ["--force-language", _LANGUAGE, "--silent"]
        done = subprocess.run(command, capture_output=True, check=False, cwd=folder)  # noqa: S603 - no shell, own paths
        if done.returncode:
            raise EgregoraError(f"pagefind ended with status {done.returncode}")
        return {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()}


def _folder(path: str, inputs: str, phase: Phase, files: Callable[[], Mapping[str, bytes]]) -> Page:
    return Page(path, inputs, phase, bytes, files)
