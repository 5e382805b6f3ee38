"""What a database costs: a delivery of thousands of posts from nothing, one of a single changed window, one of nothing.

    python -m benchmarks.sinks_database        (from tests/)

The archive is that of `site_growth`. Deliveries run in processes of their own, documents being read from a folder, so
that the peak of memory is theirs; what it would be without the delivery, cards alone, stands beside it.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import event

from benchmarks.process import measure
from benchmarks.site_growth import PEOPLE, windows
from egregora.documents import WindowDocument
from egregora.ids import SourceId
from egregora.settings import SiteSettings
from egregora.sinks.database import DatabaseSink
from egregora.sinks.database.delivery import deliver_database
from egregora.site import PersonView, SiteInput, SourceView, StatusRow
from egregora.site.catalogue import WindowCard, summarise
from servers.postgres import postgres_server

CHANGED = 2_500
"""The number of the window that changes."""


def figures(posts: int = 5_000) -> dict[str, float]:
    """Deliver to SQLite, and to PostgreSQL where it is installed."""
    with TemporaryDirectory(prefix="egregora-database-") as name:
        folder = Path(name)
        _write(folder, posts)
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


def _write(folder: Path, posts: int) -> None:
    """Documents by number, and their cards; those of the window that changes in both forms."""
    with (folder / "cards.jsonl").open("w") as cards:
        for number, document in enumerate(windows(posts)):
            _keep(folder, f"{number}.json", document)
            cards.write(summarise(document, f"{number}.json").model_dump_json() + "\n")
            if number == CHANGED:
                post = document.posts[0].model_copy(update={"title": "Another title"})
                changed = document.model_copy(update={"posts": (post,)})
                _keep(folder, "changed.json", changed)
                (folder / "changed_card.json").write_text(summarise(changed, "changed.json").model_dump_json())


def _keep(folder: Path, name: str, document: WindowDocument) -> None:
    (folder / name).write_text(document.model_dump_json())


def _read(folder: Path) -> SiteInput:
    """The site, its documents being read when they are asked for."""
    with (folder / "cards.jsonl").open() as lines:
        cards = tuple(map(WindowCard.model_validate_json, lines))
    rows = (StatusRow(c.signature, c.source, c.partition, "DONE", c.first, c.last, c.messages) for c in cards)
    total = sum(card.messages for card in cards)
    return SiteInput(
        settings=SiteSettings(),
        title="A long conversation",
        sources=(SourceView(SourceId("bench"), "A long conversation", total, cards[0].first, cards[-1].last),),
        cards=cards,
        people={who: PersonView(who, f"Person {n}", f"person-{n}") for n, who in enumerate(PEOPLE)},
        status=tuple(rows),
        load=lambda key: WindowDocument.model_validate_json((folder / key).read_text()),
    )


def _deliver(folder: Path, url: str, what: str) -> None:
    """In a process of its own: deliver, and leave what it took."""
    site, rows = _read(folder), 0
    if what in {"one", "none"}:
        changed = WindowCard.model_validate_json((folder / "changed_card.json").read_text())
        site = replace(site, cards=(*site.cards[:CHANGED], changed, *site.cards[CHANGED + 1 :]))
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
