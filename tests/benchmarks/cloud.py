"""What the cloud's services are asked for, as the servers counted it, and what slicing takes there.

A window's figures are of a burst of more than a hundred windows of small size, written by a scripted Gemini: what is
asked for one does not depend on how large it is. All of the burst falls into one bucket of time.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from datetime import timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter

from egregora.tasks import Task
from egregora.tasks.cloud_tasks import CloudTasks, Route
from gemini_server import GeminiServer, a_post
from servers.functions import FunctionProcess
from servers.relay import Request
from servers.stack import INVOKER, Stack, open_stack

BURST = "[windows]\ntokens = 1000\n[site]\nsearch = false\n[run]\npublish_every = 86400\n"
TASKS = 2_000


def figures(export: Path, folder: Path) -> dict[str, float]:
    """All of them; `export` is a text of a million messages."""
    return {**_windows(export), **_slicing(export, folder), **_enqueuing()}


def _windows(export: Path) -> dict[str, float]:
    with export.open(encoding="utf-8") as lines:
        text = "".join(islice(lines, 8_000)).encode()
    with GeminiServer(respond=a_post) as gemini, open_stack(settings=BURST, gemini=gemini) as stack:
        stack.tasks.hold()
        stack.upload("WhatsApp Chat with Burst.txt", text)
        stack.events.wait()
        windows = len(stack.tasks.tasks(stack.windows))
        stack.firestore.reset()
        stack.storage.reset()
        stack.tasks.release()
        stack.tasks.drain(600, queue=stack.windows)
        journal, stored, publishes = stack.firestore.counts, _writes(stack), stack.tasks.counts(stack.publishes)
        if len(gemini.requests) != 2 * windows:
            raise RuntimeError(f"{windows} windows made {len(gemini.requests)} calls of the model")
        return {
            "windows": windows,
            "firestore_writes_per_window": round(journal.writes / windows, 2),
            "firestore_reads_per_window": round(journal.reads / windows, 2),
            "storage_writes_per_window": round(sum(stored.values()) / windows, 2),
            "publish_tasks_per_burst": publishes.creates - publishes.refused,
            **_unchanged(stack, text),
        }


def _unchanged(stack: Stack, text: bytes) -> dict[str, float]:
    """What the same upload costs once more. Its publish is still to come, so nothing else is at work."""
    stack.settle(600)
    created = stack.tasks.counts(stack.windows).creates + stack.tasks.counts(stack.publishes).creates
    stack.firestore.reset()
    stack.storage.reset()
    stack.upload("WhatsApp Chat with Burst.txt", text)
    stack.events.wait()
    writes = sum(_writes(stack).values()) + stack.firestore.counts.writes
    again = stack.tasks.counts(stack.windows).creates + stack.tasks.counts(stack.publishes).creates
    return {"unchanged_upload_writes": writes, "unchanged_upload_tasks": again - created}


def _slicing(export: Path, folder: Path) -> dict[str, float]:
    packed = folder / "WhatsApp Chat with Many.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(export, "_chat.txt")
    with open_stack(functions=("slice_export",)) as stack:
        stack.tasks.hold()
        began = perf_counter()
        stack.exports.blob(packed.name).upload_from_filename(packed)
        stack.events.wait(600)
        seconds = perf_counter() - began
        return {
            "slicing_seconds": round(seconds, 1),
            "slicing_peak_mib": round(_peak(stack.functions["slice_export"].now)),
            "slicing_windows": len(stack.tasks.tasks(stack.windows)),
        }


def _enqueuing() -> dict[str, float]:
    with open_stack(functions=()) as stack:
        stack.tasks.hold()
        route = Route(stack.windows, "http://127.0.0.1:9/")
        queue = CloudTasks(
            {"windows": route}, invoker=INVOKER, deadline=timedelta(minutes=10), endpoint=stack.tasks.endpoint
        )
        began = perf_counter()
        new = queue.enqueue([Task("windows", f'{{"number": {number}}}') for number in range(TASKS)])
        seconds = perf_counter() - began
        queue.close()
        if new != TASKS:
            raise RuntimeError(f"{new} tasks of {TASKS} were new")
        return {"enqueuing_seconds": round(seconds, 1)}


def _writes(stack: Stack) -> Counter[str]:
    """Objects written or deleted in the deployment's own buckets since the last reset, by their first folder."""
    return Counter(request.name.partition("/")[0] for request in stack.storage.requests if _writes_to(request, stack))


def _writes_to(request: Request, stack: Stack) -> bool:
    return request.kind in {"write", "delete"} and request.bucket in {stack.work.name, stack.site.name}


def _peak(function: FunctionProcess) -> float:
    """The most memory that the process which answers has held, in MiB."""
    [worker] = Path(f"/proc/{function.pid}/task/{function.pid}/children").read_text(encoding="ascii").split()
    status = Path(f"/proc/{worker}/status").read_text(encoding="utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024
