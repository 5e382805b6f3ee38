"""People's commands on a deployment, as they type them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cloud_runs import assert_same, grown_there, run_here
from example_chat import EGREGORA, environment, example
from servers.stack import Stack, keys_of, open_stack

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cloud-commands")]

SETTINGS = '[site]\nsearch = false\nmarkdown = true\n[windows]\nstrategy = "days"\nsize = 14\n'
SOURCE = "harbour-street"


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """What it printed as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """Runs commands on a deployment."""

    stack: Stack
    config: Path

    def run(self, *words: str | Path, config: bool = True) -> Said:
        """Run a command while the deployment works."""
        where = ("--config", self.config) if config else ()
        with ThreadPoolExecutor(1) as pool:
            running: Future[subprocess.CompletedProcess[str]] = pool.submit(
                subprocess.run, [EGREGORA, *words, *where],
                env=environment() | self.stack.tools_env, capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
            while wait([running], timeout=0.1).not_done:
                self.stack.settle()
        done = running.result()
        assert "Traceback" not in done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def running() -> Iterator[Stack]:
    with open_stack(settings=SETTINGS) as stack:
        yield stack


@pytest.fixture
def shell(running: Stack, tmp_path: Path) -> Iterator[Shell]:
    config = tmp_path / "deployment.toml"
    config.write_text(running.deployment_toml())
    yield Shell(running, config)
    running.reset()


def test_an_export_put_there_is_followed_until_the_site_has_grown(shell: Shell, tmp_path: Path) -> None:
    bucket = f"gs://{shell.stack.exports.name}"
    export = example(tmp_path / "early", until="2025-03-20")
    first = shell.run("upload", export, "--to", bucket)
    assert (first.status, first.err) == (0, "")
    put, read, grown = first.out.splitlines()
    assert put == f"Put at {bucket}/{export.name}"
    assert read.startswith(f"{SOURCE}: ")
    assert grown.startswith("The site has grown: ")
    posts = [path for path in shell.stack.site_files() if path.endswith("post.json")]
    assert posts

    again = shell.run("upload", export, "--to", bucket, "--json")
    assert again.status == 0
    assert again.told["upload"]["key"] == export.name
    assert (again.told["windows"]["done"], again.told["failures"]) == (0, 0)
    assert keys_of(shell.stack.exports) == [export.name]

    longer = example(tmp_path / "late")
    other = shell.run("upload", longer, "--json", "--project", shell.stack.project, config=False)
    assert other.told["upload"]["key"] == f"{export.stem} (2).zip"
    assert [chat["source"] for chat in other.told["chats"]] == [SOURCE]
    assert other.told["windows"]["done"] > 0
    assert len([path for path in shell.stack.site_files() if path.endswith("post.json")]) > len(posts)


def test_a_deployment_is_worked_with_as_a_folder_is(shell: Shell, tmp_path: Path) -> None:
    export = example(tmp_path / "whole")
    assert f"run EXPORT --config {shell.config}" in shell.run("status").out
    before = shell.run("estimate", export, "--json").told
    windows = before["new"]["windows"]
    assert windows == before["sources"][0]["windows"] > 0
    assert keys_of(shell.stack.work, "slices/") == []

    ran = shell.run("run", export, "--json")
    assert ran.status == 0
    assert ran.told["windows"]["done"] == windows
    assert ran.told["sources"][0]["enqueued"] == windows
    shell.stack.settle()
    here = run_here({export.name: export.read_bytes()}, tmp_path / "here", SETTINGS)
    assert_same(grown_there(shell.stack), here)
    assert shell.run("estimate", export, "--json").told["new"]["windows"] == 0

    [source] = shell.run("status", "--json").told["sources"]
    assert (source["source"], source["states"]) == (SOURCE, {"DONE": windows})
    by_project = shell.run("status", "--project", shell.stack.project, config=False)
    assert by_project.status == 0
    assert f"windows: {windows} done" in by_project.out

    published = shell.run("publish")
    assert published.out.startswith("site: 0 files written, 0 deleted, ")
    shell.stack.configure(SETTINGS + "[writing]\nmax_posts = 1\n")
    anew = shell.run("reprocess", "--json")
    shell.stack.configure(SETTINGS)
    assert anew.told["reprocessed"]["enqueued"] == windows == anew.told["windows"]["done"]

    forgotten = shell.run("forget", SOURCE, "--yes")
    assert forgotten.out.startswith(f"{SOURCE} is forgotten: ")
    nobodys = ("budget/", "config/", "markdown/", "recipes/", "sinks/")
    assert [key for key in keys_of(shell.stack.work) if not key.startswith(nobodys)] == []
    assert [path for path in shell.stack.site_files() if path.endswith("post.json")] == []
    unknown = shell.run("forget", SOURCE, "--yes")
    assert (unknown.status, unknown.out) == (2, "")
    assert "there is no conversation" in unknown.err


def test_what_cannot_be_done_is_said_in_one_line_with_status_2(shell: Shell, tmp_path: Path) -> None:
    picture = tmp_path / "Holiday.jpg"
    picture.write_bytes(b"\x89PNG\r\n" + bytes(100))
    chat = example(tmp_path)
    bucket = shell.stack.exports.name
    refused = shell.run("upload", picture, "--to", f"gs://{bucket}")
    assert refused.out == f"Put at gs://{bucket}/Holiday.jpg\n"
    assert "Holiday.jpg was refused: no conversation found" in refused.err
    listed = shell.run("status")
    assert listed.status == 1
    assert "REFUSED upload on " in listed.out
    said = {
        "name the bucket": shell.run("upload", chat, config=False),
        "that is gs://": shell.run("upload", chat, "--to", "gs://elsewhere"),
        "is no address": shell.run("upload", chat, "--to", "somewhere"),
        "does not tell its project": shell.run("upload", chat, "--to", "gs://elsewhere", config=False),
        "deploy Egregora first": shell.run("status", "--project", "nobodys", config=False),
    }
    for words, done in {"was refused": refused, **said}.items():
        assert done.status == 2
        assert words in done.err
        assert len(done.err.strip().splitlines()) == 1, done.err
