from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator, Mapping

import pytest
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request, Response

from egregora.cloud.serving import File, Files, serve
from egregora.errors import NotFound, Reject, Retry
from egregora.logs import log_to, logger

PAGES = {
    "index.html": b"home",
    "404.html": b"gone",
    "people/index.html": b"people",
    "people/a/index.html": b"one",
    "assets/site-0123456789.css": b"body{}",
    ".egregora/record.json": b"{}",
    "a b/\u00e9.html": b"odd",
}


class MemoryFiles:
    """A site in memory; what is read is counted."""

    def __init__(self, pages: Mapping[str, bytes], *, fault: Exception | None = None, gone: bool = False) -> None:
        self.pages, self.fault, self.gone = pages, fault, gone
        self.read: list[str] = []

    def find(self, path: str) -> File | None:
        if self.fault:
            raise self.fault
        if path not in self.pages:
            return None

        def read() -> Iterator[bytes]:
            if self.gone:
                raise NotFound
            self.read.append(path)
            data = self.pages[path]
            yield from (data[at : at + 3] for at in range(0, len(data), 3))

        kind = "text/css; charset=utf-8" if path.endswith(".css") else "text/html; charset=utf-8"
        caching = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
        return File(kind, caching, "7", len(self.pages[path]), read)


def browser(files: Files) -> Client:
    @Request.application
    def site(request: Request) -> Response:
        return serve(request, files)

    return Client(site)


def get(path: str, files: Files | None = None, **headers: str) -> TestResponse:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser(files or MemoryFiles(PAGES)).get(path, headers=given)


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, object]]]]:
    stream = io.StringIO()
    handler = log_to(logging.StreamHandler(stream))
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", b"home"),
        ("/index.html", b"home"),
        ("/people/", b"people"),
        ("/people/a/index.html", b"one"),
        ("/a%20b/%C3%A9.html", b"odd"),
        ("/?theme=dark", b"home"),
    ],
)
def test_a_path_is_a_file_and_a_folder_its_index(path: str, body: bytes) -> None:
    answered = get(path)
    assert (answered.status_code, answered.data) == (200, body)
    assert answered.headers["Content-Length"] == str(len(body))


def test_a_page_says_what_it_is_and_that_only_its_reader_may_keep_it() -> None:
    page, asset = get("/"), get("/assets/site-0123456789.css")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-cache"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert asset.headers["Content-Type"] == "text/css; charset=utf-8"
    assert asset.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_a_page_that_the_reader_has_is_not_read_again() -> None:
    files = MemoryFiles(PAGES)
    tag = get("/", files).headers["ETag"]
    again = get("/", files, If_None_Match=tag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == "no-cache"
    assert files.read == ["index.html"]
    assert get("/", files, If_None_Match='"6"').data == b"home"


def test_head_tells_all_but_the_bytes() -> None:
    files = MemoryFiles(PAGES)
    answered = browser(files).head("/people/")
    assert (answered.status_code, answered.data, answered.headers["Content-Length"]) == (200, b"", "6")
    assert answered.headers["ETag"]
    assert files.read == []


@pytest.mark.parametrize("path", ["/nothing", "/nothing/", "/people/b", "/a/../index.html", "/a//b", "/%00"])
def test_what_is_not_there_gets_the_sites_own_page(path: str) -> None:
    answered = get(path)
    assert (answered.status_code, answered.data) == (404, b"gone")
    assert "ETag" not in answered.headers
    assert get(path, If_None_Match='"7"').status_code == 404


@pytest.mark.parametrize(
    "path", ["/.egregora/record.json", "/%2eegregora/record.json", "/people/../.egregora/record.json", "/.egregora/"]
)
def test_our_own_records_are_not_there(path: str) -> None:
    assert get(path).status_code == 404
    assert get(path).data == b"gone"


def test_a_site_without_pages_yet_says_so() -> None:
    assert get("/", MemoryFiles({})).status_code == 404


def test_a_folder_without_its_slash_is_sent_to_it() -> None:
    answered = get("/people/a?x=1")
    assert (answered.status_code, answered.headers["Location"]) == (301, "/people/a/")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_site_is_only_read(method: str) -> None:
    answered = browser(MemoryFiles(PAGES)).open("/", method=method)
    assert (answered.status_code, answered.headers["Allow"]) == (405, "GET, HEAD")


def test_a_page_that_is_replaced_while_it_is_read_is_asked_for_again() -> None:
    answered = get("/", MemoryFiles(PAGES, gone=True))
    assert (answered.status_code, answered.headers["Retry-After"]) == (503, "1")


def test_faults_are_logged_and_answered_without_a_path(lines: Callable[[], list[dict[str, object]]]) -> None:
    for fault, status in ((Retry("no answer"), 503), (Reject("no role"), 503), (RuntimeError("people/a"), 500)):
        answered = get("/people/a/", MemoryFiles(PAGES, fault=fault))
        assert answered.status_code == status
        assert "people" not in answered.text
    assert [line["message"] for line in lines()] == [
        "a page could not be served",
        "a page could not be served",
        "a fault in egregora itself",
    ]
    assert "people" not in json.dumps([{**line, "at": None} for line in lines()])
