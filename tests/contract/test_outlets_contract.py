"""What a deployment promises of whatever it delivers to, on every sink."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Literal

import pytest

from egregora.message import Message
from egregora.models.offline import OfflineModel
from egregora.pipeline.deployment import Outlet
from egregora.pipeline.publishing import publish_site
from egregora.pipeline.slicing import slice_export
from egregora.settings import Settings
from egregora.sinks import Sink
from egregora.testing.contracts import OpenSink
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of


def everything(sink: Sink) -> str:
    """All that a sink holds as text: paths, and files, with what search has packed."""
    parts = []
    for path in sink.list():
        data = sink.read(path) or b""
        opened = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
        parts.append(f"{path}\n{opened.decode(errors='replace')}")
    return "\n".join(parts)


@pytest.mark.parametrize("what", ["site", "markdown", "sidecar"])
def test_who_opted_out_is_gone_from_a_sink_after_the_next_publish(
    open_sink: OpenSink, what: Literal["site", "markdown", "sidecar"]
) -> None:
    world, messages = MemoryWorld(), conversation(40)
    opened = world.deployment(OfflineModel(), settings=Settings())
    slice_export(opened, export_of(messages))
    world.work_off(opened)
    publish_site(replace(opened, outlets=[Outlet(what, open_sink())]))
    person = opened.people.get(opened.manifests.sources()[0]).persons[opened.handles.of_name("Chidi")]
    slug = person.pseudonym.lower().replace(" ", "-")
    assert person.pseudonym in everything(open_sink())
    leaving = Message(time="2024-03-05T10:00:00", author="Chidi", text="/egregora opt-out")
    slice_export(opened, export_of([*messages, leaving]))
    for _ in ("taken down", "written anew"):
        publish_site(replace(opened, outlets=[Outlet(what, open_sink())]))
        found = everything(open_sink())
        assert found
        for word in (person.pseudonym, slug, person.handle, "Chidi"):
            assert word not in found
        world.work_off(opened)
