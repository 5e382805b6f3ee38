"""What test servers are made of: programs that this machine may lack, free ports, processes that end with the tests."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn, TypeVar

import pytest

Server = TypeVar("Server")

TOOLS = Path(__file__).resolve().parents[2] / ".tools"
"""Programs installed for the tests alone; git ignores it."""


def lacking(what: str, how: str) -> NoReturn:
    """Skip the test for want of `what`, saying `how` to install it; where CI is set that is a failure."""
    reason = f"{what} is lacking: {how}"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def go_program(module: str, version: str) -> Path:
    """The program of a Go module (whose last part names it), built on first use and kept for the next."""
    name = module.rpartition("/")[2]
    program = TOOLS / "bin" / f"{name}-{version}"
    with _locked(TOOLS / f"{name}.lock"):  # test processes run side by side: one of them builds
        if not program.exists():
            _build(f"{module}@{version}", name, program)
    return program


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answers(port: int, path: str) -> bool:
    """Whether a server of the loopback has a good answer to a GET."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def until_exit(server: AbstractContextManager[Server]) -> Server:
    """Start a server that runs until this process ends."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(server)


@contextmanager
def answering(server: HTTPServer) -> Iterator[None]:
    """Have a server of this process answer until the block ends."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    with server:
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serving(command: list[str], *, ready: Callable[[], bool], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; the block begins when `ready` says so. Its output goes to the file `log`.

    It ends with this process too, however that does. Raises `RuntimeError`, with the end of the output, where the
    server ends or is not ready in a minute.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    with _outlived(process):
        _await(process, ready, log)
        yield process


@contextmanager
def _outlived(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a process with the block, or, where this one is killed, when the shell's input closes with it."""
    guard = subprocess.Popen(["/bin/sh", "-c", 'read -r _; kill "$0"', str(process.pid)], stdin=subprocess.PIPE)
    try:
        yield
    finally:
        guard.kill()
        guard.communicate()
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    for _ in range(3000):
        if ready():
            return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _build(module: str, name: str, program: Path) -> None:
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if go is None:
        lacking("Go", f"install it (Debian: golang-go), and the tests build {name} themselves")
    with TemporaryDirectory(dir=TOOLS) as folder:
        done = subprocess.run(
            [go, "install", module], env={**os.environ, "GOBIN": folder}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            lacking(name, f"`go install {module}` failed: {done.stderr.strip().rpartition(':')[2].strip()}")
        program.parent.mkdir(exist_ok=True)
        Path(folder, name).replace(program)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
