"""However often, late, out of order or at once things are delivered: the same site, and no answer paid for twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import zstandard

from cloud_runs import Grown, assert_same, grown_there, run_here
from e2e import personal
from example_chat import ROOT, example
from gemini_server import GeminiServer, a_post, paid_twice, said
from servers.stack import Stack, contents, keys_of, open_stack

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cloud-deliveries")]

TEXT = ROOT / "examples/WhatsApp Chat with Harbour Street.txt"
SETTINGS = '[site]\nsearch = false\nmarkdown = true\n[windows]\nstrategy = "days"\nsize = 7\n'


@pytest.fixture(scope="module")
def gemini() -> Iterator[GeminiServer]:
    with GeminiServer(respond=a_post) as server:
        yield server


@pytest.fixture(scope="module")
def running(gemini: GeminiServer) -> Iterator[Stack]:
    with open_stack(settings=SETTINGS, gemini=gemini) as stack:
        yield stack


@pytest.fixture
def stack(running: Stack) -> Iterator[Stack]:
    """An empty deployment."""
    yield running
    running.reset()


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Two exports of one chat, the second of which is longer and holds the first."""
    folder = tmp_path_factory.mktemp("example")
    whole = example(folder).read_bytes()
    lines = TEXT.read_text(encoding="utf-8").splitlines(keepends=True)
    cut = next(number for number, line in enumerate(lines) if line.startswith("20/03/2025"))
    return {f"{TEXT.stem}.txt": "".join(lines[:cut]).encode(), f"{TEXT.stem}.zip": whole}


@pytest.fixture(scope="module")
def undisturbed(exports: dict[str, bytes], running: Stack, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    """The site of both exports, made here."""
    return run_here(exports, tmp_path_factory.mktemp("both"), SETTINGS, running.tools_env)


@pytest.fixture(scope="module")
def undisturbed_whole(exports: dict[str, bytes], running: Stack, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    """The site of the longer export, made here."""
    whole = {name: data for name, data in exports.items() if name.endswith(".zip")}
    return run_here(whole, tmp_path_factory.mktemp("whole"), SETTINGS, running.tools_env)


def whole_of(exports: dict[str, bytes]) -> tuple[str, bytes]:
    return next((name, data) for name, data in exports.items() if name.endswith(".zip"))


def test_an_event_delivered_three_times_at_once_and_again_later_counts_once(
    stack: Stack, gemini: GeminiServer, exports: dict[str, bytes], undisturbed_whole: Grown
) -> None:
    gemini.requests.clear()
    stack.events.copies = 3
    stack.upload(*whole_of(exports))
    stack.settle()
    stack.events.copies = 1
    assert_same(grown_there(stack), undisturbed_whole)
    assert not paid_twice(gemini)
    paid, enqueued = len(gemini.requests), stack.tasks.counts(stack.windows).creates
    stack.upload(*whole_of(exports))  # the same content again: another generation, another event
    stack.settle()
    assert (len(gemini.requests), stack.tasks.counts(stack.windows).creates) == (paid, enqueued)
    assert_same(grown_there(stack), undisturbed_whole)


def test_overlapping_exports_at_once_grow_one_history(
    stack: Stack, gemini: GeminiServer, exports: dict[str, bytes], undisturbed: Grown
) -> None:
    gemini.requests.clear()
    for name, data in exports.items():
        stack.upload(name, data)
    stack.settle()
    assert len({key.split("/")[1] for key in keys_of(stack.work, "manifests/")}) == 1
    assert_same(grown_there(stack), undisturbed)
    assert not paid_twice(gemini)


def test_tasks_delivered_twice_out_of_order_and_at_once_write_each_window_once(
    stack: Stack, gemini: GeminiServer, exports: dict[str, bytes], undisturbed_whole: Grown
) -> None:
    gemini.requests.clear()
    stack.tasks.hold()
    stack.upload(*whole_of(exports))
    stack.events.wait()
    waiting = stack.tasks.tasks(stack.windows)
    for task in waiting[::2]:
        stack.enqueue_again(task)
    stack.tasks.shuffle(7)
    stack.tasks.deliver_twice(2 * len(waiting))
    stack.tasks.release()
    stack.settle()
    stack.tasks.shuffle(None)
    assert_same(grown_there(stack), undisturbed_whole)
    assert not paid_twice(gemini)
    assert len(gemini.requests) == 2 * len(waiting)
    assert 409 in stack.tasks.counts(stack.windows).answers, "two deliveries of a window never met"


def test_nothing_of_a_chat_is_where_it_does_not_belong(
    stack: Stack, gemini: GeminiServer, exports: dict[str, bytes]
) -> None:
    gemini.requests.clear()
    stack.tasks.hold()
    stack.upload(*whole_of(exports))
    stack.events.wait()
    payloads = [task.http_request.body.decode() for task in stack.tasks.tasks(stack.windows)]
    stack.tasks.release()
    stack.settle()
    bodies = set(re.findall(r"^[\d/]+, [\d:]+ - [^:\n]+: (.{20,})$", personal.TEXT, re.MULTILINE))
    assert bodies

    outputs = "".join(function.output() for function in stack.functions.values())
    journal = json.dumps(stack.journal(), default=str)
    silent = {"output": outputs, "journal": journal, "tasks": "".join(payloads)}
    assert all(len(told) > 1000 for told in silent.values())
    assert not [(where, word) for where, told in silent.items() for word in personal.WORDS | bodies if word in told]

    asked = "".join(map(said, gemini.requests))
    assert asked
    assert not [word for word in personal.WORDS if word in asked]
    kept = {key: readable(key, data) for key, data in contents(stack.work).items() if not key.startswith("people/")}
    assert {key.split("/")[0] for key in kept} >= {"slices", "documents", "responses", "manifests", "uploads"}
    assert not [(key, word) for key, held in kept.items() for word in personal.WORDS if word in held or word in key]


def readable(key: str, data: bytes) -> str:
    if key.endswith(".zst"):
        data = zstandard.ZstdDecompressor().stream_reader(data).read()
    return data.decode()
