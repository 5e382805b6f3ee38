"""How a function starts, from nothing to its first answer, against a bare functions-framework that says hello.

A start ends with the first answer, here to a caller who is refused: no service is asked. What the first call costs that
does a function's work is shown beside it; most of that is the import of Google's clients, which has a row of its own.
"""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from functions.world import World, open_world
from gemini_server import GeminiServer
from servers.events import event_headers
from servers.functions import FUNCTIONS, function_process

HELLO = """
import functions_framework


@functions_framework.http
def hello(request):
    return "hello"
"""
CLIENTS = """
import functions_framework
import google.cloud.firestore
import google.cloud.storage
import google.cloud.tasks_v2


@functions_framework.http
def clients(request):
    return "hello"
"""
NAMES = ("slice_export", "process_window", "publish_site", "reprocess")
CHAT = "\n".join(
    f"17/03/2024, 18:{minute:02} - {who}: Harbour party number {minute} is on Sunday"
    for minute, who in enumerate(["Tonje", "Marisol"] * 20)
)


@dataclass(frozen=True)
class Case:
    """A first call: which function, what is sent, and what it answers."""

    title: str
    function: str
    answer: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)


def figures(*, pairs: int = 7) -> dict[str, float]:
    """Time to the first answer and CPU of a start, each over those of a hello right before it; medians of `pairs`."""
    found: dict[str, float] = {}
    with GeminiServer() as gemini, open_world() as opened, TemporaryDirectory() as folder:
        world = as_deployed(opened, gemini)
        Path(folder, "hello.py").write_text(HELLO, encoding="utf-8")
        Path(folder, "clients.py").write_text(CLIENTS, encoding="utf-8")
        hello = Case("hello", "hello", "hello")
        cases = [Case("Google's clients alone", "clients", "hello"), *_prepare(world)]
        for case in (hello, *cases):  # so that all bytecode is there, as a deployment's build leaves it
            _start(case, world, Path(folder))
        for case in cases:
            runs = [(_start(hello, world, Path(folder)), _start(case, world, Path(folder))) for _ in range(pairs)]
            for number, figure in enumerate(("time", "cpu")):
                ratios = [ours[number] / bare[number] for bare, ours in runs]
                found[f"{case.title}: {figure}"] = round(statistics.median(ratios), 2)
            found[f"{case.title}: seconds"] = round(statistics.median(ours[0] for _, ours in runs), 2)
        found["hello: seconds"] = round(statistics.median(bare[0] for bare, _ in runs), 2)
    return found


def as_deployed(world: World, gemini: GeminiServer) -> World:
    """The world with the model that functions have unless they are told otherwise."""
    told = {"EGREGORA_PROVIDER": "gemini", "GEMINI_API_KEY": "test", "GOOGLE_GEMINI_BASE_URL": gemini.url}
    return replace(world, more=told)


def _prepare(world: World) -> list[Case]:
    """Bring one upload to its end, so that each function meets a deployment with a site and nothing to do."""
    event = world.upload("WhatsApp Chat with Harbour Street.txt", CHAT.encode())
    upload = json.dumps(event).encode()
    with function_process("slice_export", world.env) as function:
        _expect(function.post(upload, event_headers()).text, "sliced")
    window = world.tasks.tasks(world.windows)[0].http_request.body
    with function_process("process_window", world.env) as function:
        _expect(function.post(window).text, "done")
    with function_process("publish_site", world.env) as function:
        _expect(function.post(b"{}").text, "published")
    gone = json.dumps({**event, "generation": "1"}).encode()
    dropped = json.dumps({**json.loads(window), "partition": "1999-01"}).encode()
    checked = {"EGREGORA_AUDIENCE": "https://here", "EGREGORA_CALLERS": "nobody@test.iam.gserviceaccount.com"}
    starts = [Case(f"{name} starts", name, "a caller's token", env=checked) for name in NAMES]
    return [
        *starts,
        Case("slice_export", "slice_export", "sliced", upload, event_headers()),
        Case("slice_export of what is gone", "slice_export", "overwritten", gone, event_headers()),
        Case("process_window", "process_window", "ended", window),
        Case("process_window of no plan", "process_window", "dropped", dropped),
        Case("publish_site", "publish_site", "published", b"{}"),
        Case("reprocess", "reprocess", "0 enqueued"),
    ]


def _start(case: Case, world: World, folder: Path) -> tuple[float, float]:
    """Seconds to the first answer, and of CPU until then."""
    where = folder if (folder / f"{case.function}.py").exists() else FUNCTIONS
    began = perf_counter()
    with function_process(case.function, {**world.env, **case.env}, folder=where) as function:
        text = function.post(case.body, case.headers).text
        seconds, cpu = perf_counter() - began, _cpu(function.pid)
    _expect(text, case.answer)
    return seconds, cpu


def _cpu(group: int) -> float:
    """Seconds of CPU that the threads of a group of processes have used, by the scheduler's account."""
    nanoseconds = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # over meanwhile
            if os.getpgid(int(process.name)) == group:
                nanoseconds += sum(int(task.read_text().split()[0]) for task in process.glob("task/*/schedstat"))
    return nanoseconds / 1e9


def _expect(text: str, beginning: str) -> None:
    if not text.startswith(beginning):
        raise RuntimeError(f"answered {text!r} instead of {beginning!r}")
