"""The outlets that people add in their settings: `[[sinks]]`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from egregora.errors import Reject
from egregora.pipeline.deployment import OWN, Outlet
from egregora.settings import SinkSettings
from egregora.sinks import Sink
from egregora.sinks.database import DatabaseSink
from egregora.sinks.opening import open_database, open_sink


def open_outlets(entries: Sequence[SinkSettings], *, folder: Path | None = None) -> list[Outlet]:
    """Open every entry; relative folders lie below `folder`. Raises `Reject` naming the entry and its fault."""
    names = [entry.name or entry.what for entry in entries]
    places = [
        entry.to.rstrip("/") if entry.what != "database" else name for entry, name in zip(entries, names, strict=True)
    ]
    for number, (name, place) in enumerate(zip(names, places, strict=True)):
        if name in (*OWN, *names[:number]):
            raise Reject(f"sinks: {name}: there is another sink of this name; give it a `name` of its own")
        if place in places[:number]:
            raise Reject(f"sinks: {name}: {names[places.index(place)]} goes to the same place; give it one of its own")
    return [_opened(entry, name, folder) for entry, name in zip(entries, names, strict=True)]


def _opened(entry: SinkSettings, name: str, folder: Path | None) -> Outlet:
    try:
        if entry.what == "database":
            sink: Sink | DatabaseSink = open_database(entry.to, name=name)
        else:
            sink = open_sink(entry.to, name=name, folder=folder)
    except Reject as fault:
        raise Reject(f"sinks: {name}: {fault}") from None
    return Outlet(entry.what, sink, entry.sources, entry.title, entry.description, entry.base_url)
