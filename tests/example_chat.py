"""The example and the command line, as a user has them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EGREGORA = Path(sys.executable).with_name("egregora")


def example(folder: Path, *, until: str | None = None) -> Path:
    """The example's zip, whole or as it stood on a day; the name is the same, as a phone would give it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "WhatsApp Chat with Harbour Street.zip"
    cut = ["--until", until] if until else []
    subprocess.run([sys.executable, ROOT / "examples/make_zip.py", path, *cut], check=True, capture_output=True)
    return path


def environment() -> dict[str, str]:
    """The environment without anything that would make a model reachable."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GEMINI", "GOOGLE"))}


def egregora(*arguments: str | Path, expect: int = 0, env: Mapping[str, str] | None = None) -> str:
    """Run a command, with `env` added to its environment, and return what it printed. Its status must be `expect`."""
    told = environment() | dict(env or {})
    done = subprocess.run([EGREGORA, *arguments], check=False, capture_output=True, text=True, env=told, timeout=300)
    assert done.returncode == expect, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stdout if expect != 2 else done.stderr


def weekly(folder: Path, *, key_of: Path | None = None) -> Path:
    """A work folder in `folder` with a window for each week, and, where named, with the key of another."""
    (folder / "work/config").mkdir(parents=True)
    shutil.copy(ROOT / "examples/egregora.toml", folder / "work/config/egregora.toml")
    if key_of:
        shutil.copy(key_of / "work/key", folder / "work/key")
    return folder


def run(export: Path, folder: Path) -> Any:
    """`egregora run` into a folder; its result."""
    return json.loads(egregora("run", export, "--work", folder / "work", "--to", folder / "site", "--json"))


def contents(*folders: Path) -> dict[str, str]:
    """A digest of every file below `folders`, by path."""
    return {
        str(path.relative_to(folder.parent)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def stamps(*folders: Path) -> dict[str, int]:
    """The time of the last write of every file below `folders`, by path."""
    return {str(p): p.stat().st_mtime_ns for folder in folders for p in sorted(folder.rglob("*")) if p.is_file()}
