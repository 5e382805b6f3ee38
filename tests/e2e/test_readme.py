"""Every command that the README shows is run, in its order, as a newcomer would."""

from __future__ import annotations

import re
import shlex
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from example_chat import EGREGORA, ROOT, environment, example

pytestmark = pytest.mark.slow


def commands(page: str) -> list[str]:
    """The lines of every shell block of a page, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = (line.split(" #")[0].strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line]


def test_every_target_that_is_named_exists() -> None:
    named = [line for page in ("README.md", "CONTRIBUTING.md") for line in commands(page) if line.startswith("make")]
    assert "make demo" in named
    assert "make test" in named
    for line in named:
        subprocess.run([*shlex.split(line), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


def test_every_command_works_in_the_order_it_stands(tmp_path: Path) -> None:
    example(tmp_path)
    done = []
    for line in commands("README.md"):
        words = shlex.split(line)
        if words[0] == "egregora" and words[1] != "serve":
            subprocess.run([EGREGORA, *words[1:]], cwd=tmp_path, env=environment(), check=True, capture_output=True)
            done.append(words[1])
        elif words[0] == "egregora":
            _serve(tmp_path)
        else:
            assert words[0] in {"make", "export"}, line
    assert {"run", "estimate", "init", "doctor"} <= set(done)
    assert (tmp_path / "egregora-site/index.html").exists()


def test_every_command_of_the_table_is_one() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`egregora ([a-z]+)", text))
    known = set(re.findall(r"^  ([a-z]+)  ", subprocess.check_output([EGREGORA, "--help"], text=True), re.MULTILINE))
    assert named <= known
    assert known - named == set()


def _serve(folder: Path) -> None:
    """Start `egregora serve` on a free port, read the front page, stop it."""
    with subprocess.Popen(
        [EGREGORA, "serve", "--port", "0"], cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[0]
            with urllib.request.urlopen(address) as page:
                assert "text/html" in page.headers["Content-Type"]
                assert b"<h1" in page.read()
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"{address}nothing-here/")
        finally:
            server.terminate()
            server.wait(10)
