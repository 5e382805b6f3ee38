"""Services that fail on the way: all ends with the right site, or with a window that says what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import grpc
import pytest

from cloud_runs import Grown, assert_same, grown_there, run_here
from example_chat import ROOT
from gemini_server import (
    GeminiServer,
    Recorded,
    Reply,
    a_post,
    answer,
    cut_off,
    is_writer,
    prompt_blocked,
    rate_limited,
    said,
    unavailable,
)
from servers import firestore, relay
from servers.stack import Stack, open_stack

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cloud-faults")]

TEXT = ROOT / "examples/WhatsApp Chat with Harbour Street.txt"
SETTINGS = """
[site]
search = false
markdown = true
[model]
retries = 0
[run]
max_attempts = 2
publish_every = 86400
"""


class Script:
    """What the model says first, and then as always."""

    def __init__(self) -> None:
        self.first: list[Reply] = []
        self.always: Callable[[Recorded], Reply | None] = lambda _: None

    def __call__(self, request: Recorded) -> Reply | None:
        return self.first.pop(0) if self.first else self.always(request) or a_post(request)


@pytest.fixture(scope="module")
def script() -> Script:
    return Script()


@pytest.fixture(scope="module")
def gemini(script: Script) -> Iterator[GeminiServer]:
    with GeminiServer(respond=script) as server:
        yield server


@pytest.fixture(scope="module")
def running(gemini: GeminiServer) -> Iterator[Stack]:
    with open_stack(settings=SETTINGS, gemini=gemini) as stack:
        yield stack


@pytest.fixture
def stack(running: Stack, gemini: GeminiServer, script: Script) -> Iterator[Stack]:
    """An empty deployment."""
    gemini.requests.clear()
    limit = gemini.limit
    yield running
    gemini.limit, script.first, script.always = limit, [], lambda _: None
    running.tasks.forgive_creates()
    running.reset()


@pytest.fixture(scope="module")
def undisturbed(running: Stack, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    return run_here({TEXT.name: TEXT.read_bytes()}, tmp_path_factory.mktemp("here"), SETTINGS, running.tools_env)


def upload(stack: Stack) -> None:
    stack.upload(TEXT.name, TEXT.read_bytes())


def states(stack: Stack) -> list[str]:
    return sorted(str(entry["state"]) for entry in stack.journal().values())


def status_page(stack: Stack) -> str:
    return stack.site_files()["status/index.html"].decode()


def test_an_outage_of_every_service_in_turn_delays_and_changes_nothing(
    stack: Stack, gemini: GeminiServer, script: Script, undisturbed: Grown
) -> None:
    gemini.requests.clear()
    down = grpc.StatusCode.UNAVAILABLE
    stack.firestore.fail(
        firestore.refusal("BatchGetDocuments", down),
        firestore.refusal("BatchGetDocuments", down),
        firestore.refusal("Commit", down),
        firestore.lost("Commit", down),
        firestore.lost("Commit", down),
    )
    stack.storage.fail(
        *(relay.refusal(kind, 503) for kind in ("list", "read", "write", "write", "stat", "read")),
        relay.lost("write"),
        relay.lost("write"),
        relay.refusal("read", 429, retry_after="1"),
    )
    stack.tasks.fail_creates(down, times=2, moment="before")
    stack.tasks.fail_creates(down, times=2, moment="after")
    script.first = [rate_limited(retry_after="1"), unavailable(), rate_limited(), unavailable(500)]
    upload(stack)
    stack.settle()
    assert stack.tasks.faults_left() == 0
    assert not script.first
    assert_same(grown_there(stack), undisturbed)
    assert 503 in stack.tasks.counts(stack.windows).answers
    refused = 4
    assert len(gemini.requests) == 2 * len(stack.journal()) + refused


def test_an_answer_of_no_use_is_asked_for_again_and_then_given_up_with_its_reason(
    stack: Stack, script: Script, undisturbed: Grown
) -> None:
    script.first = [answer("{no json"), cut_off()]
    upload(stack)
    stack.settle()
    assert set(states(stack)) == {"DONE"}
    assert stack.site_files().keys() == undisturbed.site.keys()
    stack.reset()
    script.always = lambda request: answer("{no json") if " 2025-02-" in said(request) else None
    upload(stack)
    stack.settle()
    assert set(states(stack)) == {"DONE", "FAILED"}
    assert "attempts used up" in status_page(stack)


def test_what_the_model_refuses_is_blocked_with_its_reason_and_mended_by_a_retry(
    stack: Stack, script: Script, undisturbed: Grown
) -> None:
    script.always = lambda request: prompt_blocked("SAFETY") if " 2025-02-" in said(request) else None
    upload(stack)
    stack.settle()
    assert set(states(stack)) == {"DONE", "BLOCKED"}
    assert "refused by the model: safety" in status_page(stack)
    script.always = lambda _: None
    assert stack.call("reprocess", b'{"retry": true}').status == 200
    stack.settle()
    assert_same(grown_there(stack), undisturbed)


def test_a_window_too_large_becomes_two_tasks_which_are_what_finishes(stack: Stack, gemini: GeminiServer) -> None:
    stack.tasks.hold()
    upload(stack)
    stack.events.wait()
    roots = stack.take_tasks()
    gemini.limit = 6_500
    root = json.loads(roots[0].http_request.body)
    assert stack.call("process_window", roots[0].http_request.body).text == "split\n"
    halves = stack.take_tasks()
    [parent] = stack.journal().values()
    assert parent["state"] == "SPLIT"
    told = [json.loads(task.http_request.body) for task in halves]
    children: object = parent["children"]
    assert isinstance(children, list)
    assert sorted(half["slice"] for half in told) == sorted(children)
    assert all(half["root"] == root["slice"] for half in told)

    gemini.limit = 1_000_000
    for task in reversed(halves):
        stack.enqueue_again(task)
    stack.tasks.release()
    stack.tasks.drain(queue=stack.windows)
    assert states(stack) == ["DONE", "DONE", "SPLIT"]
    for task in roots:  # the first of them is what was split: it is over, whoever delivers it
        stack.enqueue_again(task)
    stack.settle()
    written = [request for request in gemini.requests if is_writer(request)]
    assert states(stack).count("DONE") == len(roots) + 1 == len(written)
    assert len([path for path in stack.site_files() if path.endswith("post.json")]) == len(roots) + 1
