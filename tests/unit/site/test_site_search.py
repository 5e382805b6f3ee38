from __future__ import annotations

import gzip
import json
from dataclasses import replace

from egregora.site.build import build_site
from egregora.site.deliver import deliver
from egregora.testing.sinks import MemorySink
from magazine import DOCUMENTS, GRETE, magazine, renamed, site


def indexes(sink: MemorySink) -> dict[str, bytes]:
    return {path: sink.read(path) or b"" for path in sink.list("search/") if path.count("/") > 1}


def months(files: dict[str, bytes]) -> set[str]:
    return {path.split("/")[1] for path in files}


def test_a_new_post_touches_the_index_of_its_month_only() -> None:
    sink = MemorySink()
    deliver(build_site(site(DOCUMENTS[:-1])), sink)
    before = indexes(sink)
    deliver(build_site(site(DOCUMENTS)), sink)
    after = indexes(sink)
    assert {path for path in before if before[path] != after.get(path)} != set()
    assert months({path: data for path, data in after.items() if before.get(path) != data}) == {"2024-04"}


def test_a_changed_name_is_indexed_anew_only_where_it_is_shown() -> None:
    sink = MemorySink()
    deliver(build_site(magazine()), sink)
    before = indexes(sink)
    deliver(build_site(renamed(magazine(), GRETE, "Amber Sail")), sink)
    after = indexes(sink)
    assert months({path: data for path, data in after.items() if before.get(path) != data}) == {"2024-04"}
    fragments = [gzip.decompress(data) for path, data in after.items() if path.endswith(".pf_fragment")]
    assert not [text for text in fragments if b"Violet Anvil" in text]


def test_months_are_listed_newest_first_with_the_state_of_their_index() -> None:
    sink = MemorySink()
    deliver(build_site(site(DOCUMENTS[:-1])), sink)
    first = json.loads(sink.read("search/months.json") or b"")
    deliver(build_site(site(DOCUMENTS)), sink)
    second = json.loads(sink.read("search/months.json") or b"")
    assert [month["path"] for month in second] == sorted((month["path"] for month in second), reverse=True)
    assert [old["path"] for old, new in zip(first, second, strict=True) if old != new] == ["2024-04/"]


def test_pagefinds_own_code_is_there_once() -> None:
    sink = MemorySink()
    deliver(build_site(magazine()), sink)
    code = [path for path in sink.list() if path.endswith((".pagefind", "pagefind.js"))]
    assert [path.rpartition("/")[2] for path in code] == ["pagefind.js", "wasm.unknown.pagefind"]
    assert len({path.rpartition("/")[0] for path in code}) == 1


def test_no_search_means_no_index_no_page_and_no_link_to_it() -> None:
    given = magazine()
    without = replace(given, settings=given.settings.model_copy(update={"search": False}))
    sink = MemorySink()
    deliver(build_site(given), sink)
    deliver(build_site(without), sink)
    assert list(sink.list("search/")) == []
    assert b"search/index.html" not in (sink.read("index.html") or b"")


def test_a_month_whose_only_post_has_no_word_in_it_is_indexed_all_the_same() -> None:
    post = DOCUMENTS[0].posts[0].model_copy(update={"title": "🎉", "standfirst": "", "body": "…", "tags": ()})
    enrichment = DOCUMENTS[0].enrichment.model_copy(update={"topics": []})
    silent = DOCUMENTS[0].model_copy(update={"posts": (post,), "enrichment": enrichment})
    sink = MemorySink()
    deliver(build_site(site([silent])), sink)
    assert months(indexes(sink)) == {"2022-04"}
