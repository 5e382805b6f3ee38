"""What is particular to a sink in S3: how files are served, what a publish costs, what happens when the store fails."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import md5

import pytest

from contract.sites import content, site_content, site_pages
from egregora.errors import Conflict, RateLimited, Reject, Retry
from egregora.sinks.s3 import S3Sink
from egregora.site.deliver import RECORD, deliver
from magazine import DOCUMENTS
from servers.relay import Fault, broken, lost, refusal, spoilt
from servers.s3 import S3Server, error, shared_s3

pytestmark = pytest.mark.slow

Open = Callable[..., S3Sink]
THROTTLED = refusal("write", 503, body=error("SlowDown"))


@pytest.fixture
def server() -> S3Server:
    server = shared_s3()
    server.reset()
    return server


@pytest.fixture
def bucket(server: S3Server) -> str:
    return server.make_bucket()


@pytest.fixture
def opened(server: S3Server, bucket: str) -> Iterator[Open]:
    """Makes sinks of one bucket, each as another publisher would; their client tries once."""
    with closing(server.client()) as client:
        yield lambda prefix="": S3Sink(bucket, prefix, client=client)


@pytest.fixture
def patient(server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch) -> S3Sink:
    """A sink with the client that it makes itself, as the environment says."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return S3Sink(bucket)


@pytest.mark.parametrize(
    ("path", "kind", "caching"),
    [
        ("index.html", "text/html; charset=utf-8", "no-cache"),
        ("assets/site-0123456789.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("assets/pagefind-1.5.0/wasm.unknown.pagefind", "application/octet-stream", "no-cache"),
        ("atom.xml", "application/xml; charset=utf-8", "no-cache"),
        (RECORD, "application/json", "private, no-store"),
    ],
)
def test_a_file_is_served_as_what_it_is(
    opened: Open, server: S3Server, bucket: str, path: str, kind: str, caching: str
) -> None:
    opened().write(path, b"x")
    found = server.client().head_object(Bucket=bucket, Key=path)
    assert (found["ContentType"], found["CacheControl"]) == (kind, caching)


def test_what_was_listed_costs_no_further_request(opened: Open, server: S3Server) -> None:
    for number in range(5):
        opened().write(f"{number}.html", b"same")
    sink = opened()
    server.reset()
    assert list(sink.list()) == [f"{number}.html" for number in range(5)]
    assert [sink.write(f"{number}.html", b"same") for number in range(5)] == [False] * 5
    assert sink.write("new.html", b"new") is True
    assert sink.delete("other.html") is False
    assert server.counts == {("GET", "list"): 1, ("PUT", "write"): 1}


def test_a_listing_goes_page_by_page_and_a_thousand_go_in_one_request(opened: Open, server: S3Server) -> None:
    sink = opened()
    paths = [f"{number:04}.html" for number in range(1003)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda path: sink.write(path, b"x"), paths))
    server.reset()
    other = opened()
    assert list(other.list()) == paths
    assert server.counts == {("GET", "list"): 2}
    assert other.delete_many(paths) == 1003
    assert server.counts == {("GET", "list"): 2, ("POST", "deletes"): 2}
    assert list(opened().list()) == []


def test_a_sink_under_a_prefix_sees_and_touches_nothing_else(opened: Open) -> None:
    whole, part = opened(), opened("club/")
    whole.write("index.html", b"theirs")
    part.write("index.html", b"ours")
    part.write("a b%/ü.md", b"ours")
    assert list(part.list()) == ["a b%/ü.md", "index.html"]
    assert part.delete_many(["index.html", "a b%/ü.md", "other"]) == 2
    assert content(opened()) == {"index.html": b"theirs"}


def test_what_no_path_may_name_is_passed_over(opened: Open, server: S3Server, bucket: str) -> None:
    server.client().put_object(Bucket=bucket, Key="folder/", Body=b"")
    opened().write("folder/a.html", b"x")
    assert list(opened().list()) == ["folder/a.html"]


@pytest.mark.parametrize("learnt", ["listed", "read", "made", "deleted"])
def test_of_two_publishers_the_later_gives_way(opened: Open, learnt: str) -> None:
    first, second = opened(), opened()
    if learnt == "made":
        assert list(second.list()) == []
    else:
        first.write("a.html", b"before")
    if learnt == "read":
        second.read("a.html")
    elif learnt != "made":
        assert list(second.list()) == ["a.html"]
    if learnt == "deleted":
        first.delete("a.html")
    else:
        first.write("a.html", b"by the first")
    with pytest.raises(Conflict):
        second.write("a.html", b"by the second")
    list(second.list())
    assert second.write("a.html", b"by the second") is True


def test_a_store_without_conditions_is_written_to_all_the_same(opened: Open, server: S3Server) -> None:
    sink = opened()
    server.fail(refusal("write", 501, body=error("NotImplemented")))
    assert sink.write("a.html", b"one") is True
    assert sink.write("b.html", b"two") is True
    assert ["if-none-match" in request.headers for request in server.requests if request.kind == "write"] == [
        True,
        False,
        False,
    ]
    assert content(opened()) == {"a.html": b"one", "b.html": b"two"}


def test_a_store_that_deletes_no_batches_deletes_one_by_one(opened: Open, server: S3Server) -> None:
    sink = opened()
    for path in "abc":
        sink.write(path, b"x")
    server.fail(refusal("deletes", 501, body=error("NotImplemented")))
    assert sink.delete_many(["a", "b", "z"]) == 2
    assert list(opened().list()) == ["c"]


@pytest.mark.parametrize(
    "fault",
    [THROTTLED, refusal("write", 500, body=error("InternalError")), refusal("write", 503), lost("write")],
    ids=["throttled", "500", "503", "lost"],
)
@pytest.mark.parametrize("before", [None, b"before"])
def test_a_write_that_fails_in_passing_is_done_once(
    patient: S3Sink, opened: Open, server: S3Server, fault: Fault, before: bytes | None
) -> None:
    if before:
        opened().write("a.html", before)
    server.fail(fault)
    assert patient.write("a.html", b"one") is True
    assert patient.write("a.html", b"two") is True
    assert content(opened()) == {"a.html": b"two"}


@pytest.mark.parametrize(
    "fault",
    [broken("read", 0), broken("read", 1000), spoilt("read"), refusal("read", 500), lost("read")],
    ids=["at once", "in the middle", "damaged", "500", "lost"],
)
def test_a_file_is_read_whole_and_sound_or_again(patient: S3Sink, opened: Open, server: S3Server, fault: Fault) -> None:
    opened().write("a.html", b"whole" * 10_000)
    server.fail(fault)
    assert patient.read("a.html") == b"whole" * 10_000


@pytest.mark.parametrize("fault", [broken("read", 100), spoilt("read")], ids=["cut", "damaged"])
def test_a_file_that_never_arrives_whole_is_said_to_be_damaged(opened: Open, server: S3Server, fault: Fault) -> None:
    opened().write("a.html", b"whole" * 100)
    server.fail(*[fault] * 5)
    with pytest.raises(Retry, match="damaged"):
        opened().read("a.html")


def test_what_arrives_otherwise_than_it_was_sent_is_noticed_and_mended_by_the_next(
    opened: Open, server: S3Server
) -> None:
    server.fail(spoilt("write"))
    with pytest.raises(Retry, match="damaged"):
        deliver(site_pages(DOCUMENTS[:2]), opened())
    deliver(site_pages(DOCUMENTS[:2]), opened())
    assert content(opened()) == site_content(DOCUMENTS[:2])


def test_every_write_says_what_it_hashes_to_so_that_the_store_may_refuse_it(patient: S3Sink, server: S3Server) -> None:
    server.fail(refusal("write", 400, body=error("BadDigest")))
    with pytest.raises(Retry, match="BadDigest"):
        patient.write("a.html", b"one")
    assert patient.write("a.html", b"one") is True
    said = {request.headers["content-md5"] for request in server.requests if request.kind == "write"}
    assert said == {base64.b64encode(md5(b"one").digest()).decode()}


@pytest.mark.parametrize(
    ("fault", "expected", "after"),
    [
        (THROTTLED, RateLimited, None),
        (refusal("write", 429, retry_after="9", body=error("TooManyRequests")), RateLimited, 9),
        (refusal("write", 500, body=error("InternalError")), Retry, None),
        (refusal("write", 503, retry_after="7"), Retry, 7),
        (refusal("write", 409, body=error("ConditionalRequestConflict")), Conflict, None),
        (refusal("write", 403, body=error("AccessDenied")), Reject, None),
        (refusal("write", 400, body=error("InvalidRequest")), Reject, None),
    ],
)
def test_a_refusal_says_what_to_do_and_names_no_file(
    opened: Open, server: S3Server, fault: Fault, expected: type[Exception], after: float | None
) -> None:
    server.fail(fault)
    with pytest.raises(expected) as caught:
        opened().write("somebody.html", b"x")
    assert type(caught.value) is expected
    assert getattr(caught.value, "after", None) == after
    assert "somebody" not in str(caught.value)


@pytest.mark.parametrize(("code", "expected"), [("AccessDenied", Reject), ("InternalError", Retry)])
def test_files_of_a_batch_that_were_not_deleted_are_not_taken_for_gone(
    opened: Open, server: S3Server, code: str, expected: type[Exception]
) -> None:
    sink = opened()
    for path in "ab":
        sink.write(path, b"x")
    left = f"<DeleteResult><Error><Key>a</Key><Code>{code}</Code></Error></DeleteResult>".encode()
    server.fail(refusal("deletes", 200, body=left))
    with pytest.raises(expected, match=code):
        sink.delete_many(["a", "b"])
    assert sink.delete_many(["a", "b"]) == 2
    assert list(opened().list()) == []


def test_a_bucket_that_is_not_there_and_credentials_that_are_not_are_said_in_a_line(
    server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for call in (lambda sink: list(sink.list()), lambda sink: sink.write("a.html", b"x")):
        with pytest.raises(Reject, match="no such bucket"):
            call(S3Sink("nowhere", client=server.client()))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(Reject, match="NoCredentialsError"):
        S3Sink("nowhere", endpoint=server.url).read("a.html")


def test_a_site_is_the_same_in_s3_and_an_unchanged_one_costs_a_listing(opened: Open, server: S3Server) -> None:
    delivery = deliver(site_pages(), opened())
    assert server.counts["PUT", "write"] == delivery.written + 2  # with the intent and the record
    assert content(opened()) == site_content()
    server.reset()
    assert deliver(site_pages(), opened()).written == 0
    assert server.counts == {("GET", "list"): 1, ("GET", "read"): 2}


def test_a_publish_that_the_store_ended_is_made_whole_by_the_next(opened: Open, server: S3Server) -> None:
    deliver(site_pages(DOCUMENTS[:4]), opened())
    for kind in ("write", "deletes"):
        server.fail(refusal(kind, 503, body=error("SlowDown")))
        with pytest.raises(RateLimited):
            deliver(site_pages(DOCUMENTS[2:]), opened())
    deliver(site_pages(DOCUMENTS[2:]), opened())
    assert content(opened()) == site_content(DOCUMENTS[2:])
