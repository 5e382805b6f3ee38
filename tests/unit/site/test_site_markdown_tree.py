from __future__ import annotations

import re
import subprocess
import sys
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
from magazine import ANA, DOCUMENTS, GRETE, HOSTILE, PEOPLE, hostile, magazine, renamed, site


def tree(given: SiteInput) -> dict[str, str]:
    return {page.path: page.render().decode() for page in build_markdown(given)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "given", [magazine(), hostile(), site([]), magazine(settings=SiteSettings(base_url="https://x.example"))]
)
def test_mkdocs_builds_the_tree_strictly(given: SiteInput, tmp_path: Path) -> None:
    deliver(build_markdown(given), FolderSink(tmp_path / "tree"))
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=tmp_path / "tree",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for path in (tmp_path / "site").rglob("*.html"):
        html = path.read_text()
        assert "<script>alert" not in html, path
        assert not re.search(r"<img[^>]*onerror", html), path


def test_every_post_is_there_with_its_front_matter() -> None:
    files = tree(magazine())
    posts = [path for path in files if re.fullmatch(r"docs/posts/\d{4}/\d\d/\d\d-[0-9a-f]{10}\.md", path)]
    assert len(posts) == len(Edition(magazine()).stories)
    lisbon = next(text for text in files.values() if text.startswith('---\ntitle: "Five days'))
    head = yaml.safe_load(lisbon.split("---")[1])
    assert head["people"][0] == "Copper Fox"
    assert "Night trains" in head["tags"]


def test_the_configuration_names_no_post_and_stays_as_it_is_when_the_tree_grows() -> None:
    assert tree(site(DOCUMENTS[:2]))["mkdocs.yml"] == tree(site(DOCUMENTS))["mkdocs.yml"]


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
