"""Exports to begin from: small ones, of every format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "tests/unit/ingest/cases"
CASES = (OWN, ROOT.parent / "shared/cases")

LARGEST = 100_000
"""Bytes of a case: what is larger is only slower."""

Files = tuple[tuple[str, bytes], ...]
"""Names within the upload, and what they hold."""


class Case(NamedTuple):
    """An export, what it is called, and its format."""

    id: str
    format: str
    files: Files


@cache
def seeds() -> dict[str, tuple[Files, ...]]:
    """Every case that is there, each once, by its format."""
    found: dict[str, dict[Files, None]] = {}
    for root in filter(Path.is_dir, CASES):
        for case in cases(root):
            found.setdefault(case.format, {})[case.files] = None
    return {name: tuple(files) for name, files in sorted(found.items())}


def cases(root: Path) -> Iterator[Case]:
    """The small cases of a collection."""
    for line in (root / "expected.jsonl").read_text(encoding="utf-8").split("\n"):
        if not line:
            continue
        case = json.loads(line)
        paths = [path for name in case["files"] for path in _files(root / case["id"] / name)]
        files = tuple((str(path.relative_to(root / case["id"])), path.read_bytes()) for path in paths)
        if files and sum(len(data) for _, data in files) <= LARGEST:
            yield Case(case["id"], case["format"], files)


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
