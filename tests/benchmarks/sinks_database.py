"""What a database costs: a delivery of thousands of posts from nothing, one of a single changed window, one of nothing.

    python -m benchmarks.sinks_database        (from tests/)

Deliveries run in processes of their own, documents being read from a folder, so that the peak of memory is theirs; what
it would be without the delivery, cards alone, stands beside it.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import event

from benchmarks import archive
from benchmarks.process import measure
from egregora.sinks.database import DatabaseSink
from egregora.sinks.database.delivery import deliver_database
from servers.postgres import postgres_server


def figures(posts: int = 5_000) -> dict[str, float]:
    """Deliver to SQLite, and to PostgreSQL where it is installed."""
    with TemporaryDirectory(prefix="egregora-database-") as name:
        folder = Path(name)
        archive.write(folder, posts)
        found = _deliveries(folder, "sqlite", f"sqlite:///{folder}/chat.sqlite")
        with suppress(pytest.skip.Exception), postgres_server() as server:
            found |= _deliveries(folder, "postgres", server.make_database())
        found["cards_alone_peak_mib"] = round(_measured(folder, "", "read")["peak_mib"], 1)
    return found


def _deliveries(folder: Path, kind: str, url: str) -> dict[str, float]:
    full, one, none = (_measured(folder, url, what) for what in ("full", "one", "none"))
    return {
        f"{kind}_full_seconds": round(full["seconds"], 2),
        f"{kind}_full_cpu_seconds": round(full["cpu"], 2),
        f"{kind}_full_peak_mib": round(full["peak_mib"], 1),
        f"{kind}_full_rows": full["rows"],
        f"{kind}_one_changed_seconds": round(one["seconds"], 2),
        f"{kind}_one_changed_rows": one["rows"],
        f"{kind}_unchanged_seconds": round(none["seconds"], 2),
        f"{kind}_unchanged_rows": none["rows"],
    }


def _measured(folder: Path, url: str, what: str) -> dict[str, float]:
    process = measure([sys.executable, "-m", "benchmarks.sinks_database", folder, url, what])
    found: dict[str, float] = json.loads((folder / "result.json").read_text())
    return found | {"cpu": process.cpu, "peak_mib": process.peak}


def _deliver(folder: Path, url: str, what: str) -> None:
    """In a process of its own: deliver, and leave what it took."""
    site, rows = archive.read(folder, changed=what in {"one", "none"}), 0
    began = time.perf_counter()
    if url:
        with closing(DatabaseSink(url, name="bench")) as sink:

            @event.listens_for(sink.engine, "after_cursor_execute")
            def count(_: Any, cursor: Any, statement: str, *__: object) -> None:
                nonlocal rows
                if statement.startswith(("INSERT INTO", "DELETE FROM", "UPDATE")):
                    rows += max(0, cursor.rowcount)

            deliver_database(site, sink)
    (folder / "result.json").write_text(json.dumps({"seconds": time.perf_counter() - began, "rows": rows}))


if __name__ == "__main__":
    if len(sys.argv) == 4:
        _deliver(Path(sys.argv[1]), *sys.argv[2:])
    else:
        print(json.dumps(figures(), indent=1))
