"""A function killed with SIGKILL, wherever it is: the same site, and only calls that were in flight are paid again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloud_runs import Grown, assert_same, grown_there, run_here
from example_chat import ROOT
from gemini_server import GeminiServer, Recorded, Reply, a_post, dropped
from servers.cloud_tasks import Limits
from servers.stack import Instances, Stack, open_stack

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cloud-kills")]

SETTINGS = """
[site]
search = false
markdown = true
[windows]
strategy = "days"
size = 7
[run]
max_attempts = 9
publish_every = 86400
"""
TEXT = ROOT / "examples/WhatsApp Chat with Harbour Street.txt"


class Assassin:
    """Kills a function when it makes its request number `step` (from 0), which then takes no effect.

    Requests are those to storage, journal, queue and model. `struck` says that it is done.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.then: Callable[[], object] = lambda: None
        """Done right after a kill."""
        self.struck = threading.Event()
        self._lock = threading.Lock()
        self._victim: Instances | None = None
        self._step = -1

    def aim(self, victim: Instances, step: int) -> None:
        """Watch from now on."""
        with self._lock:
            self.seen, self._victim, self._step = [], victim, step
            self.struck.clear()

    def told(self, request: str) -> bool:
        """Whether a request dies with its function."""
        with self._lock:
            self.seen.append(request)
            if self._victim is None or len(self.seen) - 1 != self._step or self.struck.is_set():
                return False
            self._victim.now.kill_worker()
            self.then()
            self.struck.set()
            return True

    def answer(self, request: Recorded) -> Reply | None:
        """What the model says; nothing where who asked is dead."""
        return dropped() if self.told("model") else a_post(request)


@pytest.fixture(scope="module")
def assassin() -> Assassin:
    return Assassin()


@pytest.fixture(scope="module")
def gemini(assassin: Assassin) -> Iterator[GeminiServer]:
    with GeminiServer(respond=assassin.answer) as server:
        yield server


@pytest.fixture(scope="module")
def running(gemini: GeminiServer) -> Iterator[Stack]:
    one_by_one = Limits(concurrent=1, max_attempts=-1, min_backoff=0.1, max_backoff=0.2)
    with open_stack(settings=SETTINGS, gemini=gemini, windows=one_by_one) as stack:
        yield stack


@pytest.fixture
def stack(running: Stack, assassin: Assassin) -> Iterator[Stack]:
    """An empty deployment."""
    assassin.then = lambda: None
    yield running
    running.reset()


@pytest.fixture(scope="module")
def undisturbed(running: Stack, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    return run_here({TEXT.name: TEXT.read_bytes()}, tmp_path_factory.mktemp("here"), SETTINGS, running.tools_env)


def test_a_window_killed_at_every_step_is_written_once(
    stack: Stack, gemini: GeminiServer, assassin: Assassin, undisturbed: Grown
) -> None:
    gemini.requests.clear()
    stack.tasks.hold()
    stack.upload(TEXT.name, TEXT.read_bytes())
    stack.events.wait()
    tasks = stack.take_tasks()
    stack.tasks.release()
    stack.settle()

    processing = stack.functions["process_window"]
    stack.enqueue_again(tasks.pop())  # from here on the instance knows its settings, as it will after each kill
    stack.tasks.drain(queue=stack.windows)
    assassin.then = stack.tasks.hold
    stack.tasks.hold()
    stack.enqueue_again(tasks.pop())
    stack.watch(assassin.told)
    assassin.aim(processing, -1)
    stack.tasks.release()
    stack.tasks.drain(queue=stack.windows)
    steps = list(assassin.seen)
    assert Counter(steps)["model"] == 2
    assert [step.split("/")[0] for step in steps if step.startswith("write")] == [
        "write responses", "write responses", "write documents",
    ]  # fmt: skip
    assert steps.count("Commit") == 2, "the claim, and DONE"
    assert steps[-1] == "CreateTask"
    assert len(tasks) >= len(steps)

    allowed = 0
    for step, name in enumerate(steps):
        paid = len(gemini.requests)
        stack.tasks.hold()
        stack.enqueue_again(tasks.pop())
        assassin.aim(processing, step)
        stack.tasks.release()
        assert assassin.struck.wait(30), name
        stack.tasks.settle()
        stack.end_leases()
        stack.tasks.release()
        stack.tasks.drain(queue=stack.windows)
        in_flight = name == "model" or name.startswith("write responses")  # its answer is not kept yet
        assert len(gemini.requests) == paid + 2 + in_flight, f"killed at {name}"
        allowed += in_flight
    stack.watch(None)
    for task in tasks:
        stack.enqueue_again(task)
    stack.settle()
    assert {entry["state"] for entry in stack.journal().values()} == {"DONE"}
    assert_same(grown_there(stack), undisturbed)
    assert len(gemini.requests) == 2 * len(stack.journal()) + allowed


def test_an_upload_killed_while_it_is_sliced_is_sliced_by_the_next_delivery(
    stack: Stack, assassin: Assassin, undisturbed: Grown
) -> None:
    slicing = stack.functions["slice_export"]
    stack.watch(assassin.told)
    assassin.aim(slicing, 12)
    stack.tasks.hold()
    stack.upload(TEXT.name, TEXT.read_bytes())
    for step in (25, 50):
        assert assassin.struck.wait(30)
        assassin.aim(slicing, step)
    assert assassin.struck.wait(30)
    stack.watch(None)
    stack.tasks.release()
    stack.settle()
    assert_same(grown_there(stack), undisturbed)
    assert 0 in {answer.status for answer in stack.events.answers}


def test_a_publish_killed_in_the_middle_is_finished_by_the_next_delivery(
    stack: Stack, assassin: Assassin, undisturbed: Grown
) -> None:
    stack.tasks.hold()
    stack.upload(TEXT.name, TEXT.read_bytes())
    stack.events.wait()
    stack.tasks.release()
    stack.tasks.drain(queue=stack.windows)
    publishing = stack.functions["publish_site"]
    stack.watch(assassin.told)
    assassin.aim(publishing, 10)
    with ThreadPoolExecutor(1) as pool:
        settled = pool.submit(stack.settle)
        for step in (40, 80):
            assert assassin.struck.wait(30)
            assassin.aim(publishing, step)
        assert assassin.struck.wait(30)
        settled.result()
    assert_same(grown_there(stack), undisturbed)


def test_an_instance_that_is_gone_whole_is_followed_by_a_new_one(stack: Stack, undisturbed: Grown) -> None:
    stack.upload(TEXT.name, TEXT.read_bytes())
    stack.events.wait()
    stack.functions["process_window"].restart()
    stack.tasks.hold()
    stack.tasks.settle()
    stack.end_leases()
    stack.tasks.release()
    stack.settle()
    assert_same(grown_there(stack), undisturbed)
