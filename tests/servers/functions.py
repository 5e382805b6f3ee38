"""A function as it runs deployed: a process of functions-framework, here on a free port of the loopback.

with function_process("process_window", environment) as function:
    function.post(b"{}").status
    function.logs()
    function.kill()
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from servers.tools import free_port

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
_KEPT = ("PATH", "HOME", "TMPDIR", "PYTHONPATH")
"""What a function gets of the tests' own environment; the rest, credentials above all, stays here."""


@dataclass(frozen=True)
class Answered:
    """An HTTP answer."""

    status: int
    text: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class FunctionProcess:
    """A running function. `pid` leads a group of its own: gunicorn's master and the worker that answers."""

    name: str
    port: int
    pid: int
    log: Path

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def post(self, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answered:
        """Call it and wait for the answer. Raises `OSError` or `http.client.HTTPException` where it dies meanwhile."""
        return post_to("127.0.0.1", self.port, body, headers)

    def kill(self) -> None:
        """End it at once, wherever it is; returns when nobody listens any more."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        while self.listens():
            time.sleep(0.005)

    def kill_worker(self) -> int:
        """End the process that answers at once, wherever it is; gunicorn forks another, as new as the first was.

        Returns how many processes were ended: none where that other is not there yet.
        """
        ended = 0
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
        for child in children.split():
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
                ended += 1
        return ended

    def listens(self) -> bool:
        """Whether it can be connected to."""
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
        except OSError:
            return False
        return True

    def output(self) -> str:
        """All that it wrote to standard output and error."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def logs(self) -> list[dict[str, Any]]:
        """The lines it logged."""
        return [json.loads(line) for line in self.output().splitlines() if line.startswith("{")]


def post_to(host: str, port: int, body: bytes, headers: Mapping[str, str] | None = None) -> Answered:
    """Post JSON and wait for the answer. Raises `OSError` or `http.client.HTTPException` where none comes."""
    connection = http.client.HTTPConnection(host, port, timeout=600)
    try:
        connection.request("POST", "/", body, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return Answered(answer.status, answer.read().decode(), dict(answer.getheaders()))
    finally:
        connection.close()


@contextmanager
def function_process(
    name: str,
    env: Mapping[str, str],
    *,
    folder: Path = FUNCTIONS,
    python: str | Path = sys.executable,
    port: int | None = None,
) -> Iterator[FunctionProcess]:
    """Run the function `name` of ``folder/name.py`` until the block ends; the block begins when it can be connected to.

    `env` is all its environment, but for what every process needs. Raises `RuntimeError` where it does not start.
    """
    port = port or free_port()
    own = {key: os.environ[key] for key in _KEPT if key in os.environ}
    told = {"FUNCTION_TARGET": name, "FUNCTION_SOURCE": f"{name}.py", "HOST": "127.0.0.1", "PORT": str(port)}
    with TemporaryDirectory() as place:
        log = Path(place, f"{name}.log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [python, "-m", "functions_framework"], cwd=folder, env={**own, **env, **told},
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        function = FunctionProcess(name, port, process.pid, log)
        try:
            _await(process, function)
            yield function
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            function.kill()
            process.wait()


def _await(process: subprocess.Popen[bytes], function: FunctionProcess) -> None:
    for _ in range(6000):
        if function.listens():
            return
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise RuntimeError(f"{function.name} did not start:\n{function.output()[-2000:]}")
