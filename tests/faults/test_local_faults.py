"""A laptop's own faults: a disk that fills up, and folders that cannot be written."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from example_chat import ROOT

pytestmark = pytest.mark.slow

TEXT = ROOT / "examples/WhatsApp Chat with Harbour Street.txt"
CLOSED = Path("/sys/egregora")
"""Where nobody can make a folder, not even root."""
QUIET = "[site]\nsearch = false\nmarkdown = false\n[windows]\ntokens = 600\n"


def chat(folder: Path) -> Path:
    """The beginning of the example."""
    file = folder / TEXT.name
    file.write_text("".join(TEXT.read_text(encoding="utf-8").splitlines(keepends=True)[:120]), encoding="utf-8")
    return file


def run(file: Path, work: Path, site: Path, *, largest: int | None = None) -> subprocess.CompletedProcess[str]:
    """`egregora run`; with `largest`, no file can grow beyond so many bytes, as on a disk that is full."""

    def limit() -> None:
        if largest is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    return subprocess.run(
        [sys.executable, "-m", "egregora", "run", file, "--to", site, "--work", work],
        env={**os.environ, "EGREGORA_PROVIDER": "offline"},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )


def quiet(work: Path) -> Path:
    """A work folder with settings that make it quick."""
    (work / "config").mkdir(parents=True)
    (work / "config/egregora.toml").write_text(QUIET)
    return work


def files(site: Path) -> dict[str, bytes]:
    """Every file of a site."""
    return {str(path.relative_to(site)): path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()}


def test_a_disk_that_fills_up_is_told_in_a_line_and_with_room_again_all_is_as_if_it_had_not(tmp_path: Path) -> None:
    file = chat(tmp_path)
    assert run(file, quiet(tmp_path / "undisturbed"), tmp_path / "expected").returncode == 0
    work, site = quiet(tmp_path / "work"), tmp_path / "site"
    shutil.copy2(tmp_path / "undisturbed/key", work)  # so that people are called alike
    for largest in (0, 40_000):
        full = run(file, work, site, largest=largest)
        assert full.returncode == 2, full.stderr
        assert "Traceback" not in full.stderr
        assert full.stderr.strip()
    assert run(file, work, site).returncode == 0
    assert files(site) == files(tmp_path / "expected")


def test_a_work_folder_that_cannot_be_written_is_named_in_a_line(tmp_path: Path) -> None:
    refused = run(chat(tmp_path), CLOSED, tmp_path / "site")
    assert refused.returncode == 2
    assert str(CLOSED) in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_site_whose_folder_cannot_be_written_is_delivered_later_and_nothing_is_paid_for_again(tmp_path: Path) -> None:
    file, work, site = chat(tmp_path), quiet(tmp_path / "work"), tmp_path / "site"
    refused = run(file, work, CLOSED)
    assert refused.returncode == 1
    assert "site: not delivered" in refused.stdout
    assert "Open" not in refused.stdout
    assert not refused.stderr
    again = run(file, work, site)
    assert again.returncode == 0
    assert "0 model calls" in again.stdout
    assert (site / "index.html").exists()
