"""From settings to sinks: what a URL names, and what is said of one that is at fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from egregora.errors import Reject
from egregora.local import open_workplace
from egregora.pipeline.outlets import open_outlets
from egregora.settings import Credentials, parse
from egregora.sinks.database import DatabaseSink
from egregora.sinks.folder import FolderSink
from egregora.sinks.gcs import GcsSink
from egregora.sinks.opening import open_sink
from egregora.sinks.s3 import S3Sink


def entry(to: str, **more: str) -> str:
    values = {"what": "site", "to": to, "name": "other"} | more
    return "[[sinks]]\n" + "".join(f"{key} = '{value}'\n" for key, value in values.items())


def said(text: str, folder: Path | None = Path("/work")) -> str:
    with pytest.raises(Reject) as raised:
        open_outlets(parse(text).sinks, folder=folder)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_entries_become_outlets_with_what_they_say() -> None:
    text = (
        entry("s3://bucket/a/club?endpoint=http://127.0.0.1:9", what="site", name="club", title="The club")
        + 'sources = ["club-*", "chess"]\n'
        + entry("gs://bucket/tree/", what="markdown", name="tree")
        + '[[sinks]]\nwhat = "sidecar"\nto = "file:/srv/side cars"\n'
        + '[[sinks]]\nwhat = "database"\nto = "sqlite:////srv/club.sqlite"\n'
    )
    club, tree, sidecar, database = open_outlets(parse(text).sinks, folder=Path("/work"))
    assert (club.what, club.name, club.title, club.whole) == ("site", "club", "The club", False)
    assert [club.gets(source) for source in ("club-1", "chess", "chess-2", "my-club-1")] == [True, True, False, False]  # type: ignore[arg-type]
    assert isinstance(club.sink, S3Sink)
    assert isinstance(tree.sink, GcsSink)
    assert (tree.title, tree.whole) == (None, True)
    assert isinstance(sidecar.sink, FolderSink)
    assert (sidecar.name, database.name) == ("sidecar", "database")
    assert isinstance(database.sink, DatabaseSink)


@pytest.mark.parametrize(
    ("to", "place"),
    [("file:club", "club"), ("file:{}/club", "club"), ("file://{}/a b%20", "a b%20"), ("FILE:x/../club", "club")],
)
def test_a_folder_lies_where_its_url_says(tmp_path: Path, to: str, place: str) -> None:
    open_sink(to.format(tmp_path), name="x", folder=tmp_path).write("index.html", b"x")
    assert (tmp_path / place / "index.html").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("ftp://host/site", "ftp: there are file, gs, s3"),
        ("sqlite:///club.sqlite", "sqlite: there are file, gs, s3"),
        ("s3:bucket", "//BUCKET/PREFIX"),
        ("s3:///prefix", "//BUCKET/PREFIX"),
        ("s3://bucket?region=x", "?endpoint="),
        ("gs://bucket?endpoint=x", "//BUCKET/PREFIX"),
        ("gs://bucket/a#b", "//BUCKET/PREFIX"),
        ("s3://bucket/a//b", "path"),
        ("s3://key:hunter2@bucket/a", "no user or password"),
        ("file://host/club", "no host"),
    ],
)
def test_a_url_that_names_no_place_is_said_in_a_line_with_the_sinks_name(to: str, says: str) -> None:
    line = said(entry(to))
    assert line.startswith("sinks: other: ")
    assert says in line
    assert "hunter2" not in line


@pytest.mark.parametrize("to", ["file:/srv/club", "s3://bucket", "gs://bucket/club"])
def test_a_place_for_files_is_no_database(to: str) -> None:
    assert "sqlite:////" in said(entry(to, what="database"))


def test_in_the_cloud_there_are_no_folders() -> None:
    assert "functions in the cloud have none" in said(entry("file:club"), folder=None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[sinks]]\nwhat = "site"\nto = "file:club"\n', "site: there is another"),
        (entry("file:a", name="markdown"), "markdown: there is another"),
        (entry("file:a") + entry("file:b"), "other: there is another"),
        (entry("s3://club/a", name="one") + entry("s3://club/a/", name="two"), "two: one goes to the same place"),
    ],
)
def test_no_two_sinks_have_one_name_or_one_place(text: str, says: str) -> None:
    assert says in said(text)


def test_places_whose_names_begin_alike_are_two() -> None:
    text = entry("file:club", name="one") + entry("file:clubX", name="two") + entry("file:club/X", name="three")
    assert len(open_outlets(parse(text).sinks, folder=Path("/work"))) == 3


def test_two_may_share_a_database_by_different_names() -> None:
    to = "sqlite:///club.sqlite"
    text = entry(to, what="database", name="one") + entry(to, what="database", name="two")
    assert [outlet.name for outlet in open_outlets(parse(text).sinks)] == ["one", "two"]


def test_a_work_folder_has_its_own_outlets_and_those_of_its_settings(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    settings = '[site]\nsources = ["family-*"]\n' + entry("file:club", name="club")
    (tmp_path / "config/egregora.toml").write_text(settings)
    with open_workplace(tmp_path, credentials=Credentials(), site=tmp_path / "site") as place:
        found = {outlet.name: tuple(outlet.sources) for outlet in place.deployment.outlets}
    assert found == {"site": ("family-*",), "markdown": ("family-*",), "club": ("*",)}
    with open_workplace(tmp_path, credentials=Credentials()) as place:
        assert list(place.deployment.outlets) == []
