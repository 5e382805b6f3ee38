"""Debian's Chromium without a window, driven through its debugging pipe: no driver, no extra package.

Commands and answers are JSON, ended by a zero byte, on file descriptors 3 and 4 of the browser's process.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory
from typing import Any

PATIENCE = 30.0
"""Seconds to wait for anything the browser was asked for, before the test fails."""


_BETWEEN = re.compile("navigated or closed|execution context|context was destroyed", re.IGNORECASE)


class BetweenDocumentsError(AssertionError):
    """A page was asked for something while it gave way to the next."""


def executable() -> str | None:
    """Where Chromium is on this machine."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Tab:
    """One page, and all that it complained about."""

    browser: Browser
    session: str
    complaints: list[str] = field(default_factory=list)

    def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command to this page and wait for its answer."""
        return self.browser.command(method, params, self.session)

    def open(self, url: str, *, width: int = 390, height: int = 844, dark: bool = False) -> None:
        """Go to `url` in a window of that size and wait until it has loaded."""
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])
        document = self.command("Page.navigate", url=url)["loaderId"]
        self.browser.wait(lambda: document in self.browser.loaded)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self.command("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"].get("text", "the expression failed"))
        return answer["result"].get("value")

    def click(self, selector: str) -> None:
        """Click on an element; what follows happens once this has been answered."""
        self.evaluate(f"void setTimeout(() => document.querySelector({json.dumps(selector)}).click())")

    def wait_for(self, expression: str) -> Any:
        """Ask again until the expression is true; its value then."""
        deadline = time.monotonic() + PATIENCE
        while not (value := self._if_there(expression)):
            if time.monotonic() > deadline:
                raise AssertionError(f"never came true: {expression}; complaints: {self.complaints}")
            self.browser.read(0.05)
        return value

    def _if_there(self, expression: str) -> Any:
        """The value of an expression; None between two documents, when there is nothing to ask."""
        try:
            return self.evaluate(expression)
        except BetweenDocumentsError:
            return None

    def picture(self, path: Path) -> None:
        """Save what the whole page looks like."""
        answer = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(answer["data"]))


class Browser:
    """A running Chromium."""

    def __init__(self, process: subprocess.Popen[bytes], to: int, back: int) -> None:
        self._process, self._to, self._back = process, to, back
        self._buffer = b""
        self._number = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._tabs: dict[str, Tab] = {}
        self.loaded: set[str] = set()
        """Documents that have loaded, by the id of their loader: no earlier one's event is taken for a later's."""

    def tab(self) -> Tab:
        """A new empty page."""
        target = self.command("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.command("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        tab = self._tabs[session] = Tab(self, session)
        for domain in ("Page", "Runtime", "Log"):
            tab.command(f"{domain}.enable")
        tab.command("Page.setLifecycleEventsEnabled", enabled=True)
        return tab

    def command(self, method: str, params: dict[str, Any], session: str | None = None) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._to, json.dumps(message).encode() + b"\0")
        self.wait(lambda: number in self._answers)
        answer = self._answers.pop(number)
        if "error" in answer:
            if _BETWEEN.search(answer["error"]["message"]):
                raise BetweenDocumentsError(answer["error"]["message"])
            raise AssertionError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def wait(self, condition: Any) -> None:
        """Read what the browser says until `condition` holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise AssertionError("the browser did not answer")
            self.read(0.5)

    def read(self, seconds: float) -> None:
        """Take in what the browser says within `seconds`."""
        if not select([self._back], [], [], seconds)[0]:
            return
        self._buffer += os.read(self._back, 1 << 20)
        *messages, self._buffer = self._buffer.split(b"\0")
        for message in messages:
            self._take(json.loads(message))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
            return
        session, params = message.get("sessionId", ""), message.get("params", {})
        if message["method"] == "Page.lifecycleEvent" and params["name"] == "load":
            self.loaded.add(params["loaderId"])
        tab = self._tabs.get(session)
        if tab is None:
            return
        if message["method"] == "Log.entryAdded":
            tab.complaints.append(f"{params['entry']['text']} ({params['entry'].get('url', '')})")
        elif message["method"] == "Runtime.exceptionThrown":
            tab.complaints.append(params["exceptionDetails"]["text"])
        elif message["method"] == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning", "assert"}:
            tab.complaints.append(" ".join(str(part.get("value", "")) for part in params["args"]))


# The browser expects its pipe at 3 and 4, where the parent has files of its own.
_LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def _high(descriptor: int) -> int:
    """The same file under a number that is out of the way of 3 and 4."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 20)
    os.close(descriptor)
    return moved


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium, and end it."""
    found = executable()
    assert found, "no chromium"
    (to_read, to_write), (from_read, from_write) = (map(_high, os.pipe()) for _ in range(2))
    with TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        flags = [
            "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking",
            "--disable-component-update", "--no-first-run", "--disable-dev-shm-usage", f"--user-data-dir={profile}",
            "--remote-debugging-pipe",
        ]  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, str(to_read), str(from_write), found, *flags],
            pass_fds=(to_read, from_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(from_write)
        running = Browser(process, to_write, from_read)
        try:
            yield running
            running.command("Browser.close", {})
        finally:
            os.close(to_write)
            os.close(from_read)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
