"""The site in Debian's Chromium, served as any static host serves it."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chromium import Tab, browser, executable
from egregora.sinks.folder import FolderSink
from egregora.site import SiteInput
from egregora.site.build import build_site
from egregora.site.deliver import deliver
from magazine import hostile, magazine

pytestmark = pytest.mark.slow


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """A test run is no place for an access log."""


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    if executable() is None:
        message = "no Chromium on this machine: install the Debian package chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with browser() as running:
        yield running.tab()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A host's root folder: the site lives below it, at /us/ and /hostile/."""
    folder = tmp_path_factory.mktemp("host")
    deliver(build_site(magazine()), FolderSink(folder / "us"))
    deliver(build_site(hostile()), FolderSink(folder / "hostile"))
    return folder


@pytest.fixture(scope="module")
def host(root: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def pages(given: SiteInput) -> list[str]:
    return [page.path for page in build_site(given) if page.path.endswith(".html") and page.path != "404.html"]


def kinds(given: SiteInput) -> list[str]:
    """One page of each kind: those whose addresses differ in more than a date, a name or a digest."""
    shapes = {
        re.sub(r"(?<=/)[^/]*[0-9a-f]{6}(?=/)|(?<=people/)[^/]+(?=/)|\d+", "0", path): path for path in pages(given)
    }
    return sorted(shapes.values())


FOUND = "document.querySelectorAll('#results li').length"
SETTLED = "/^(\\d+ posts?|Nothing.*)$/.test(document.getElementById('found').textContent)"


def test_search_finds_a_word_in_posts_of_two_months(tab: Tab, host: str) -> None:
    tab.complaints.clear()
    tab.open(f"{host}/us/search/index.html?q=warm")
    tab.wait_for(f"{SETTLED} && {FOUND} >= 2")
    links = tab.evaluate("[...document.querySelectorAll('#results a')].map(a => a.pathname)")
    assert len({link.split("/")[3] + link.split("/")[2] for link in links}) >= 2
    assert all(link.startswith("/us/20") and link.endswith("/index.html") for link in links)
    tab.click("#results a")
    tab.wait_for("document.querySelector('.story h1') !== null")
    assert tab.complaints == []


def test_search_narrows_while_typing_and_says_when_nothing_is_found(tab: Tab, host: str) -> None:
    tab.complaints.clear()
    tab.open(f"{host}/us/search/index.html")
    for word, expected in (("Gerald", "2 posts"), ("zyzzyva", "Nothing was found")):
        tab.evaluate(
            f"(input => {{ input.value = '{word}'; input.dispatchEvent(new Event('input')); }})"
            "(document.getElementById('query'))"
        )
        tab.wait_for(f"document.getElementById('found').textContent.startsWith('{expected}')")
    assert tab.evaluate(FOUND) == 0
    assert tab.complaints == []


def test_months_without_the_word_add_nothing_to_what_is_found(tab: Tab, host: str) -> None:
    # "A" is a word of nearly every post, and the beginning of a word that no post has.
    tab.open(f"{host}/us/search/index.html?q=alabaster")
    tab.wait_for(SETTLED)
    assert tab.evaluate(FOUND) == 0
    tab.open(f"{host}/us/search/index.html?q=motorways")
    tab.wait_for(f"{SETTLED} && {FOUND} >= 1")
    found = tab.evaluate("[...document.querySelectorAll('#results li')].map(item => item.textContent)")
    assert len(found) == 1
    assert "motorway" in found[0]


def test_the_word_search_starts_from_is_never_a_result(tab: Tab, host: str) -> None:
    tab.open(f"{host}/us/search/index.html?q=egregorastub")
    tab.wait_for(SETTLED)
    assert tab.evaluate(FOUND) == 0


def test_hostile_text_in_results_stays_text(tab: Tab, host: str) -> None:
    tab.complaints.clear()
    tab.open(f"{host}/hostile/search/index.html?q=script")
    tab.wait_for(f"{SETTLED} && {FOUND} === 1")
    assert tab.evaluate("document.querySelectorAll('#results script, #results img').length") == 0
    assert "<script>" in tab.evaluate("document.querySelector('#results').textContent")
    assert tab.complaints == []


@pytest.mark.parametrize(("given", "folder"), [(magazine(), "us"), (hostile(), "hostile")])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_complains_or_needs_scrolling_sideways(
    tab: Tab, host: str, given: SiteInput, folder: str, width: int
) -> None:
    for path in pages(given):
        tab.complaints.clear()
        tab.open(f"{host}/{folder}/{path}", width=width)
        assert tab.complaints == [], path
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, path


CONTRAST = """
(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = rgb(getComputedStyle(e).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const svg = element.closest('svg');
    const [a, b] = [light(rgb(svg ? style.fill : style.color)), light(behind(svg ? svg.parentElement : element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${node.data.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return poor;
})()
"""


@pytest.mark.parametrize("dark", [False, True])
def test_every_word_stands_out_from_its_ground(tab: Tab, host: str, dark: bool) -> None:
    for path in kinds(magazine()):
        tab.open(f"{host}/us/{path}", width=1280, dark=dark)
        assert tab.evaluate(CONTRAST) == [], path


def test_words_that_were_found_stand_out_in_the_dark(tab: Tab, host: str) -> None:
    tab.open(f"{host}/us/search/index.html?q=Gerald", dark=True)
    tab.wait_for(f"{SETTLED} && document.querySelector('#results mark') !== null")
    assert tab.evaluate(CONTRAST) == []


def test_the_ground_follows_what_the_reader_prefers(tab: Tab, host: str) -> None:
    grounds = []
    for dark in (False, True):
        tab.open(f"{host}/us/index.html", dark=dark)
        grounds.append(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(251, 248, 242)", "rgb(23, 21, 18)"]


def test_the_site_reads_straight_from_the_disk(tab: Tab, root: Path) -> None:
    tab.complaints.clear()
    tab.open((root / "us" / "index.html").as_uri())
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 248, 242)"
    tab.click(".lead h2 a")
    tab.wait_for("document.querySelector('.story h1') !== null")
    tab.open((root / "us" / "search" / "index.html").as_uri())
    assert "once the site is served" in tab.evaluate("document.getElementById('found').textContent")
    assert tab.complaints == []


def test_the_keyboard_reaches_the_content_first(tab: Tab, host: str) -> None:
    tab.open(f"{host}/us/index.html")
    for kind in ("keyDown", "keyUp"):
        tab.command("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert tab.evaluate("document.activeElement.textContent") == "Skip to content"
    assert tab.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
