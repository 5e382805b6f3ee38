"""Exports to begin from: small ones, of every format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASES = (ROOT / "tests/unit/ingest/cases", ROOT.parent / "shared/cases")

LARGEST = 100_000
"""Bytes of a case: what is larger is only slower."""

Files = tuple[tuple[str, bytes], ...]
"""Names within the upload, and what they hold."""


@cache
def seeds() -> dict[str, tuple[Files, ...]]:
    """Every case that is there, each once, by its format."""
    found: dict[str, dict[Files, None]] = {}
    for root in filter(Path.is_dir, CASES):
        for name, files in _cases(root):
            found.setdefault(name, {})[files] = None
    return {name: tuple(cases) for name, cases in sorted(found.items())}


def _cases(root: Path) -> Iterator[tuple[str, Files]]:
    for line in (root / "expected.jsonl").read_text(encoding="utf-8").split("\n"):
        if not line:
            continue
        case = json.loads(line)
        paths = [path for name in case["files"] for path in _files(root / case["id"] / name)]
        files = tuple((str(path.relative_to(root / case["id"])), path.read_bytes()) for path in paths)
        if files and sum(len(data) for _, data in files) <= LARGEST:
            yield case.get("format", "none"), files


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
