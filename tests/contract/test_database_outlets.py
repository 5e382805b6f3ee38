"""A deployment that publishes to a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contract.databases import URLS, content, opened
from egregora.ids import HANDLE
from egregora.message import Message
from egregora.models.offline import OfflineModel
from egregora.pipeline.deployment import Outlet
from egregora.pipeline.publishing import publish_site
from egregora.pipeline.slicing import slice_export
from egregora.settings import Settings
from egregora.sinks.database import DatabaseSink
from egregora.sinks.database.fulltext import search_posts
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabaseSink]:
    with opened(URLS[request.param](tmp_path)) as sink:
        yield sink


def test_who_opted_out_is_gone_from_a_database_after_the_next_publish(sink: DatabaseSink) -> None:
    world, messages = MemoryWorld(), conversation(40)
    deployment = replace(world.deployment(OfflineModel(), settings=Settings()), outlets=[Outlet("database", sink)])
    slice_export(deployment, export_of(messages))
    world.work_off(deployment)
    publish_site(deployment)
    person = deployment.people.get(deployment.manifests.sources()[0]).persons[deployment.handles.of_name("Chidi")]
    slug = person.pseudonym.lower().replace(" ", "-")
    assert person.pseudonym in repr(content(sink))
    leaving = Message(time="2024-03-05T10:00:00", author="Chidi", text="/egregora opt-out")
    slice_export(deployment, export_of([*messages, leaving]))
    for _ in ("taken down", "written anew"):
        publish_site(deployment)
        found = repr(content(sink))
        assert not HANDLE.search(found)
        for word in (person.pseudonym, slug, "Chidi"):
            assert word not in found
            assert search_posts(sink, word) == []
        world.work_off(deployment)
    publish_site(deployment)
    assert content(sink)["posts"]
    assert search_posts(sink, content_word(sink))


def content_word(sink: DatabaseSink) -> str:
    """A word of a post's title."""
    return str(dict(content(sink)["posts"][0])["title"]).split()[0]
