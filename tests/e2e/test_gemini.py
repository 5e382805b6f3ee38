"""`egregora run` with a key: real processes and the real google-genai library against a scripted server."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from e2e import personal
from example_chat import EGREGORA, environment, example
from gemini_server import (
    GeminiServer,
    Recorded,
    Reply,
    a_post,
    dropped,
    invalid_key,
    is_writer,
    paid_twice,
    prompt_blocked,
    rate_limited,
    said,
)

pytestmark = pytest.mark.slow

KEY = "AIza-a-secret-that-nobody-may-see"
QUICK = "[site]\nsearch = false\nmarkdown = false\n[model]\nretries = 0\n"
"""Settings that leave out what has nothing to do with the model; its retries are then the queue's, a second apart."""


@dataclass(frozen=True)
class Done:
    """What a command left: exit status, standard output, standard error."""

    status: int
    out: str
    err: str


class Desk:
    """A folder to run in, and the server that answers there."""

    def __init__(self, folder: Path, server: GeminiServer, *, until: str | None = "2025-02-28") -> None:
        self.server = server
        self.folder = folder
        self.export = example(folder, until=until)
        (folder / "work/config").mkdir(parents=True)
        (folder / "work/config/egregora.toml").write_text(QUICK)

    def start(self, command: str, *options: str, key: str = KEY) -> subprocess.Popen[str]:
        """Start a command."""
        places = ["--work", str(self.folder / "work")]
        if command != "status":
            places += ["--to", str(self.folder / "site")]
        export = [str(self.export)] if command == "run" else []
        return subprocess.Popen(
            [EGREGORA, command, *export, *places, *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment() | {"GEMINI_API_KEY": key, "GOOGLE_GEMINI_BASE_URL": self.server.url},
        )  # fmt: skip

    def do(self, command: str, *options: str, key: str = KEY) -> Done:
        """Run a command to its end."""
        with self.start(command, *options, key=key) as process:
            try:
                out, err = process.communicate(timeout=60)
            finally:
                process.kill()
        assert "Traceback" not in err
        return Done(process.returncode, out, err)

    def run(self, *, expect: int = 0) -> Any:
        """`egregora run --json`; its result."""
        done = self.do("run", "--json")
        assert done.status == expect, done
        return json.loads(done.out)

    def status(self) -> Any:
        """The one source of `egregora status --json`."""
        (source,) = json.loads(self.do("status", "--json").out)["sources"]
        return source

    def files(self) -> dict[str, str]:
        """Every file below the folder but the export itself."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes().decode(errors="replace")
            for path in self.folder.rglob("*")
            if path.is_file() and path != self.export
        }


def first_then(times: int, reply: Callable[[], Reply]) -> Callable[[Recorded], Reply | None]:
    """Answers the first `times` requests with `reply`, and the others as a model does."""
    left = iter(range(times))

    def respond(request: Recorded) -> Reply | None:
        return reply() if next(left, None) is not None else a_post(request)

    return respond


def test_a_run_writes_posts_counts_what_it_cost_and_pays_nothing_twice(tmp_path: Path) -> None:
    with GeminiServer(respond=a_post) as server:
        desk = Desk(tmp_path, server)
        result = desk.run()
        assert result["windows"]["done"] == 2
        assert server.calls["generateContent"] == 4
        usage = desk.status()["usage"]
        assert usage["calls"] == 4
        assert usage["input_tokens"] == 4_000
        assert usage["output_tokens"] == 800
        assert usage["cost"] == pytest.approx((4_000 * 0.30 + 800 * 2.50) / 1_000_000)
        posts = [text for path, text in desk.files().items() if path.endswith("post.json")]
        assert len(posts) == result["published"]["posts"] == 2
        assert all("About m" in text for text in posts)
        assert "<em>talked</em>" in "".join(desk.files().values())
        before = server.calls.total()
        again = desk.run()
        assert again["windows"]["done"] == 0
        assert server.calls.total() == before


def test_nothing_that_reaches_the_server_names_a_participant_or_holds_a_number_or_address(tmp_path: Path) -> None:
    with GeminiServer(respond=a_post) as server:
        desk = Desk(tmp_path, server, until=None)
        desk.run()
        sent = "\n".join(said(request) for request in server.requests)
    assert not [word for word in personal.WORDS if word in sent]
    assert len(sent) > len(personal.TEXT)


def test_a_rate_limit_is_waited_out(tmp_path: Path) -> None:
    with GeminiServer(respond=first_then(3, lambda: rate_limited(retry_after="0"))) as server:
        desk = Desk(tmp_path, server)
        assert desk.run()["windows"]["done"] == 2
        assert desk.status()["usage"]["calls"] == 4
        assert server.calls["generateContent"] == 4 + 3


def test_a_window_too_large_for_the_model_is_split_until_all_of_it_is_written(tmp_path: Path) -> None:
    with GeminiServer(limit=5_000, respond=a_post) as server:
        desk = Desk(tmp_path, server)
        result = desk.run()
        assert result["windows"]["split"] > 0
        status = desk.status()
        assert status["states"] == {"DONE": result["windows"]["done"]}
        assert status["posts"] == result["windows"]["done"] == 2 + result["windows"]["split"]


def test_a_refused_window_is_named_everywhere_and_mended_by_a_retry(tmp_path: Path) -> None:
    refusing = threading.Event()
    refusing.set()

    def respond(request: Recorded) -> Reply | None:
        if refusing.is_set() and " 2025-01-06 " in said(request):
            return prompt_blocked("SAFETY")
        return a_post(request)

    with GeminiServer(respond=respond) as server:
        desk = Desk(tmp_path, server)
        assert desk.run(expect=1)["failures"] == 1
        shown = desk.do("status")
        assert shown.status == 1
        (line,) = [line for line in shown.out.splitlines() if "BLOCKED" in line]
        assert "refused by the model: safety" in line
        assert "refused by the model: safety" in desk.files()["site/status/index.html"]
        paid = server.calls["generateContent"]
        assert desk.do("reprocess").status == 1
        assert server.calls["generateContent"] == paid
        refusing.clear()
        assert desk.do("reprocess", "--retry").status == 0
        assert desk.status()["states"] == {"DONE": 2}
        assert "refused" not in desk.files()["site/status/index.html"]


def test_a_wrong_key_is_said_in_one_line_kept_nowhere_and_loses_nothing(tmp_path: Path) -> None:
    def respond(request: Recorded) -> Reply | None:
        return a_post(request) if request.headers["x-goog-api-key"] == KEY else invalid_key()

    with GeminiServer(respond=respond) as server:
        desk = Desk(tmp_path, server)
        wrong = "AIza-wrong-as-can-be"
        done = desk.do("run", key=wrong)
        assert done.status == 2
        assert len(done.err.strip().splitlines()) == 1
        assert "the API key is not valid; check GEMINI_API_KEY" in done.err
        right = desk.do("run", "--json")
        assert json.loads(right.out)["windows"]["done"] == 2
        everything = "\n".join((done.out, done.err, right.out, right.err, *desk.files().values()))
        assert wrong not in everything
        assert KEY not in everything


def test_an_outage_in_mid_run_is_waited_out(tmp_path: Path) -> None:
    number = iter(range(100))

    def respond(request: Recorded) -> Reply | None:
        return dropped() if next(number) in {1, 2, 3} else a_post(request)

    with GeminiServer(respond=respond) as server:
        desk = Desk(tmp_path, server)
        assert desk.run()["windows"]["done"] == 2
        assert server.calls["generateContent"] == 4 + 3


def test_killed_in_mid_run_and_run_again_no_answer_is_paid_for_twice(tmp_path: Path) -> None:
    reached, over = threading.Event(), threading.Event()

    def respond(request: Recorded) -> Reply | None:
        if not over.is_set() and is_writer(request) and len(server.requests) > 2:
            reached.set()
            over.wait(60)
            return dropped()
        return a_post(request)

    with GeminiServer(respond=respond) as server:
        desk = Desk(tmp_path, server)
        with desk.start("run", "--workers", "1") as process:
            assert reached.wait(60)
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
        over.set()
        assert desk.run()["windows"]["done"] == 1
        assert len(paid_twice(server)) == 1, "only the request that was never answered is sent again"
        assert server.calls["generateContent"] == 4 + 1
        assert desk.status()["usage"]["calls"] == 4
