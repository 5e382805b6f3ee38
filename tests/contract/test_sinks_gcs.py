"""What is particular to a sink in Cloud Storage: how files are served, what a publish costs, who gives way to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from contract.sites import content, site_content, site_pages
from egregora.errors import Conflict, Retry
from egregora.sinks.gcs import GcsSink
from egregora.site import Page, Phase
from egregora.site.deliver import RECORD, deliver
from magazine import DOCUMENTS
from servers.relay import lost, refusal
from servers.storage import StorageServer, shared_storage

pytestmark = pytest.mark.slow

Open = Callable[..., GcsSink]


@pytest.fixture
def server() -> StorageServer:
    server = shared_storage()
    server.reset()
    return server


@pytest.fixture
def bucket(server: StorageServer) -> str:
    return server.make_bucket()


@pytest.fixture
def opened(server: StorageServer, bucket: str) -> Iterator[Open]:
    """Makes sinks of one bucket, each as another publisher would."""
    with server.client() as client:
        yield lambda **options: GcsSink(bucket, client=client, **options)


def headers(server: StorageServer, bucket: str, path: str) -> tuple[str, str]:
    with server.client() as client:
        blob = client.bucket(bucket).get_blob(path)
        return blob.content_type, blob.cache_control


@pytest.mark.parametrize(
    ("path", "kind", "caching"),
    [
        ("index.html", "text/html; charset=utf-8", "no-cache"),
        ("2024/03/index.html", "text/html; charset=utf-8", "no-cache"),
        ("assets/site-0123456789.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("assets/site-0123456789.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("assets/mark-0123456789.svg", "image/svg+xml", "public, max-age=31536000, immutable"),
        ("assets/pagefind-1.5.0/pagefind.js", "text/javascript; charset=utf-8", "no-cache"),
        ("assets/pagefind-1.5.0/wasm.unknown.pagefind", "application/octet-stream", "no-cache"),
        ("search/2024-03/index/und_1a2b3c4.pf_index", "application/octet-stream", "no-cache"),
        ("search/2024-03/fragment/und_1a2b3c4.pf_fragment", "application/octet-stream", "no-cache"),
        ("search/2024-03/pagefind-entry.json", "application/json", "no-cache"),
        ("feed.json", "application/json", "no-cache"),
        ("atom.xml", "application/xml; charset=utf-8", "no-cache"),
        ("robots.txt", "text/plain; charset=utf-8", "no-cache"),
        ("docs/posts/2024/03/05-0123456789.md", "text/markdown; charset=utf-8", "no-cache"),
        (RECORD, "application/json", "private, no-store"),
    ],
)
def test_a_file_is_served_as_what_it_is(
    opened: Open, server: StorageServer, bucket: str, path: str, kind: str, caching: str
) -> None:
    opened().write(path, b"x")
    assert headers(server, bucket, path) == (kind, caching)


def test_what_was_listed_costs_no_further_request(opened: Open, server: StorageServer) -> None:
    for number in range(5):
        opened().write(f"{number}.html", b"same")
    sink = opened()
    server.reset()
    assert list(sink.list()) == [f"{number}.html" for number in range(5)]
    assert [sink.write(f"{number}.html", b"same") for number in range(5)] == [False] * 5
    assert sink.write("new.html", b"new") is True
    assert sink.delete("other.html") is False
    assert server.counts == {("GET", "list"): 1, ("POST", "write"): 1}


def test_what_was_never_listed_is_asked_for_once(opened: Open, server: StorageServer) -> None:
    opened().write("a.html", b"same")
    sink = opened()
    server.reset()
    assert sink.write("a.html", b"same") is False
    assert sink.write("a.html", b"other") is True
    assert sink.write("a.html", b"other") is False
    assert server.counts == {("GET", "stat"): 1, ("POST", "write"): 1}


def test_a_sink_under_a_prefix_sees_and_touches_nothing_else(opened: Open) -> None:
    whole, part = opened(), opened(prefix="markdown/")
    whole.write("index.md", b"theirs")
    part.write("index.md", b"ours")
    part.write("a b%/ü.md", b"ours")
    assert list(part.list()) == ["a b%/ü.md", "index.md"]
    assert list(whole.list()) == ["index.md", "markdown/a b%/ü.md", "markdown/index.md"]
    assert part.read("index.md") == b"ours"
    assert part.delete("index.md") is True
    assert list(whole.list()) == ["index.md", "markdown/a b%/ü.md"]


@pytest.mark.parametrize("learnt", ["listed", "read", "written"])
def test_of_two_publishers_the_later_gives_way(opened: Open, learnt: str) -> None:
    first, second = opened(), opened()
    first.write("a.html", b"before")
    if learnt == "listed":
        list(second.list())
    elif learnt == "read":
        second.read("a.html")
    else:
        second.write("a.html", b"before, too")
        list(first.list())
    first.write("a.html", b"by the first")
    with pytest.raises(Conflict):
        second.write("a.html", b"by the second")
    assert first.read("a.html") == b"by the first"
    list(second.list())
    assert second.write("a.html", b"by the second") is True


def test_a_file_that_another_publisher_made_first_is_not_overwritten(opened: Open) -> None:
    first, second = opened(), opened()
    assert list(second.list()) == []
    first.write("a.html", b"by the first")
    with pytest.raises(Conflict):
        second.write("a.html", b"by the second")


def test_a_file_that_another_publisher_deleted_is_not_there_once_listed_anew(opened: Open) -> None:
    first, second = opened(), opened()
    first.write("a.html", b"x")
    list(second.list())
    first.delete("a.html")
    list(second.list())
    assert second.delete("a.html") is False
    assert second.write("a.html", b"x") is True


def test_a_deletion_names_the_generation_that_was_seen(opened: Open, server: StorageServer) -> None:
    sink = opened()
    sink.write("a.html", b"x")
    list(sink.list())
    server.reset()
    server.fail(refusal("delete", 412))
    with pytest.raises(Conflict):
        sink.delete("a.html")
    assert sink.delete("a.html") is True
    asked = [request.query["ifGenerationMatch"] for request in server.requests]
    assert len(asked) == 2
    assert int(asked[0]) > 0


def test_a_write_whose_answer_was_lost_is_known_to_be_ours(opened: Open, server: StorageServer) -> None:
    sink = opened()
    server.fail(lost("write"))
    assert sink.write("a.html", b"one") is True
    assert sink.write("a.html", b"two") is True
    assert sink.read("a.html") == b"two"


def test_a_site_is_the_same_in_the_cloud_and_an_unchanged_one_costs_a_listing(
    opened: Open, server: StorageServer
) -> None:
    delivery = deliver(site_pages(), opened())
    assert content(opened()) == site_content()
    assert server.counts["POST", "write"] == delivery.written + 2  # with the intent and the record
    server.reset()
    assert deliver(site_pages(), opened()).written == 0
    assert server.counts == {("GET", "list"): 1, ("GET", "read"): 2}


def test_a_publish_that_the_service_ended_is_made_whole_by_the_next(opened: Open, server: StorageServer) -> None:
    deliver(site_pages(DOCUMENTS[:4]), opened())
    server.fail(refusal("write", 503, retry_after="9"), refusal("delete", 503, retry_after="9"))
    with pytest.raises(Retry) as caught:
        deliver(site_pages(DOCUMENTS[2:]), opened())
    assert caught.value.after == 9
    server.reset()
    deliver(site_pages(DOCUMENTS[2:]), opened())
    assert content(opened()) == site_content(DOCUMENTS[2:])


class InterruptedSink(GcsSink):
    """Another publisher comes in between, right before this sink's call of a given number."""

    calls = 0
    moment = 0
    interruption: Callable[[], object]

    def _count(self) -> None:
        self.calls += 1
        if self.calls == self.moment:
            self.interruption()

    def read(self, path: str) -> bytes | None:
        self._count()
        return super().read(path)

    def write(self, path: str, data: bytes) -> bool:
        self._count()
        return super().write(path, data)

    def delete(self, path: str) -> bool:
        self._count()
        return super().delete(path)

    def list(self, prefix: str = "") -> Iterator[str]:
        self._count()
        return super().list(prefix)


@pytest.mark.parametrize("moment", range(1, 12))
def test_a_publisher_in_between_at_any_moment_leaves_nothing_that_the_next_does_not_mend(
    server: StorageServer, opened: Open, bucket: str, moment: int
) -> None:
    def pages(**texts: str) -> list[Page]:
        return [Page(f"{name}.html", text, Phase.POSTS, text.encode) for name, text in texts.items()]

    deliver(pages(a="1", b="1", c="1", d="1"), opened())
    with server.client() as client:
        sink = InterruptedSink(bucket, client=client)
        sink.parallel = 1
        sink.moment = moment
        sink.interruption = lambda: deliver(pages(a="1", b="2", c="2", e="2"), opened())
        try:
            deliver(pages(a="3", b="1", c="3", f="3"), sink)
        except Conflict:
            assert sink.calls >= moment
    wanted = {"a": "3", "b": "2", "c": "3", "f": "3"}
    deliver(pages(**wanted), opened())
    last = opened()
    found = {path: last.read(path) for path in last.list() if path != RECORD}
    assert found == {f"{name}.html": text.encode() for name, text in wanted.items()}
