"""Kill a writer at each of its steps in turn, and look at what it left.

Usage: killing_process.py blobs|sink FOLDER NUMBER

A step is anything that Python audits: opening, locking, truncating, stamping, renaming, making a folder. For each, a
child is forked that kills itself (SIGKILL) right before that step of a write; the parent then checks that readers see
the old or the new bytes, that nothing else is listed, and that writing again works. Prints how many steps there were.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from egregora.blobs.folder import FolderBlobs
from egregora.sinks.folder import FolderSink

OLD, NEW, NEXT = b"old " * 5000, b"new " * 4000, b"next"
PATH = "some/folder/file.json"


def killed_before(step: int, action: Callable[[], object]) -> bool:
    """Run `action` in a child that dies before its audited event number `step`; False where it ended before."""
    child = os.fork()
    if child == 0:
        seen = count()

        def hook(event: str, _: object) -> None:
            if event != "os._exit" and next(seen) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        action()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def check_blobs(folder: Path, step: int, old: bytes | None) -> bool:
    """One write, killed before `step`, over `old` or over nothing."""
    blobs = FolderBlobs(folder)
    generation = blobs.write(PATH, old) if old else 0
    killed = killed_before(step, lambda: FolderBlobs(folder).write(PATH, NEW, if_generation=generation))
    now = [(info.key, blobs.read(info.key).data) for info in blobs.list()]
    before = [(PATH, old)] if old else []
    assert now in (before, [(PATH, NEW)]) if killed else now == [(PATH, NEW)], (step, len(now))
    later = blobs.write(PATH, NEXT)
    assert later > generation
    assert blobs.read(PATH).data == NEXT
    blobs.delete(PATH)
    assert [path.name for path in folder.iterdir()] == [".egregora"]
    return killed


def check_sink(folder: Path, step: int, old: bytes | None) -> bool:
    """One write, killed before `step`, over `old` or over nothing; then the same write again."""
    sink = FolderSink(folder)
    if old:
        sink.write(PATH, old)
    killed = killed_before(step, lambda: FolderSink(folder).write(PATH, NEW))
    now = [(path, sink.read(path)) for path in sink.list()]
    before = [(PATH, old)] if old else []
    assert now in (before, [(PATH, NEW)]) if killed else now == [(PATH, NEW)], (step, len(now))
    sink.write(PATH, NEW)
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()] == [PATH]
    sink.delete(PATH)
    assert list(folder.iterdir()) == []
    return killed


def main(port: str, folder: Path) -> None:
    """Go through all steps, for a write over an old file and for one of a new file."""
    check = {"blobs": check_blobs, "sink": check_sink}[port]
    steps = 0
    for number, old in enumerate((OLD, None)):
        for step in count():
            if not check(folder / f"{number}-{step}", step, old):
                break
            steps += 1
    print(steps)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
