from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest
from google.cloud.storage import Bucket  # type: ignore[import-untyped]

from egregora.sinks.gcs import GcsSink
from servers.functions import FunctionProcess, function_process
from servers.relay import broken, refusal
from servers.stack import told
from servers.storage import StorageServer, shared_storage

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("functions")]

LARGE = bytes(range(256)) * 4096 * 3  # three MiB, so three pieces


@pytest.fixture
def storage() -> StorageServer:
    server = shared_storage()
    server.reset()
    return server


@pytest.fixture
def site(storage: StorageServer) -> Bucket:
    """A bucket as a publish leaves it."""
    bucket = storage.client().bucket(storage.make_bucket())
    sink = GcsSink(bucket.name, client=storage.client())
    for path, data in {
        "index.html": b"<p>home",
        "404.html": b"<p>gone",
        "people/index.html": b"<p>people",
        "assets/site-0123456789.css": b"body{}",
        "assets/pagefind-1/wasm.en.pagefind": LARGE,
        ".egregora/record.json": b"{}",
    }.items():
        sink.write(path, data)
    return bucket


@pytest.fixture
def function(storage: StorageServer, site: Bucket) -> Iterator[FunctionProcess]:
    env = told("test", ("exports", "work", site.name), "https://process", "https://publish")
    with function_process("serve_site", env | storage.environment) as process:
        yield process


def ask(function: FunctionProcess, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", function.port, timeout=60)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


def test_a_site_is_served_as_its_sink_left_it(function: FunctionProcess, storage: StorageServer, site: Bucket) -> None:
    status, body, headers = ask(function, "/")
    assert (status, body) == (200, b"<p>home")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache"

    storage.reset()
    assert ask(function, "/", If_None_Match=headers["ETag"])[:2] == (304, b"")
    assert ask(function, "/", "HEAD")[:2] == (200, b"")
    assert storage.served == 0

    site.blob("index.html").upload_from_string(b"<p>grown", content_type="text/html; charset=utf-8")
    assert ask(function, "/", If_None_Match=headers["ETag"])[:2] == (200, b"<p>grown")

    status, body, headers = ask(function, "/assets/site-0123456789.css")
    assert (status, body, headers["Content-Type"]) == (200, b"body{}", "text/css; charset=utf-8")
    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert ask(function, "/assets/pagefind-1/wasm.en.pagefind")[1] == LARGE

    assert ask(function, "/people/")[1] == b"<p>people"
    assert ask(function, "/people")[0] == 301
    assert ask(function, "/nobody/")[:2] == (404, b"<p>gone")
    assert ask(function, "/.egregora/record.json")[:2] == (404, b"<p>gone")
    assert ask(function, "/", "POST")[0] == 405
    assert function.logs() == []


def test_a_bucket_that_cannot_be_read_is_said_and_comes_back(function: FunctionProcess, storage: StorageServer) -> None:
    storage.fail(refusal("stat", 403))
    status, body, _ = ask(function, "/people/")
    assert status == 503
    assert b"people" not in body
    assert [line["message"] for line in function.logs()] == ["a page could not be served"]
    assert "people" not in function.output()
    storage.fail(broken("read", 2))  # read on from there
    assert ask(function, "/people/")[1] == b"<p>people"
