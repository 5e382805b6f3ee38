"""What the folder adds to a sink's promises: times, links and death at any step."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.contenders import in_processes
from egregora.errors import Reject
from egregora.sinks.folder import FolderSink


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def sink(site: Path) -> FolderSink:
    return FolderSink(site)


def test_unchanged_bytes_leave_the_file_untouched(sink: FolderSink, site: Path) -> None:
    sink.write("a/index.html", b"page")
    before = (site / "a/index.html").stat()
    sink.write("a/index.html", b"page")
    after = (site / "a/index.html").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_folders_left_empty_are_removed_and_the_root_stays(sink: FolderSink, site: Path) -> None:
    sink.write("a/b/c", b"x")
    sink.write("a/d", b"x")
    sink.delete("a/b/c")
    assert [path.name for path in (site / "a").iterdir()] == ["d"]
    sink.delete("a/d")
    assert list(site.iterdir()) == []


def test_nothing_is_written_read_or_deleted_through_a_linked_folder(
    sink: FolderSink, site: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    sink.write("a/b", b"x")
    (site / "a/link").symlink_to(outside)
    for call in (sink.read, sink.delete, lambda path: sink.write(path, b"x")):
        with pytest.raises(Reject):
            call("a/link/secret")
        with pytest.raises(Reject):
            call("a/link/deep/new")
    assert [path.name for path in outside.iterdir()] == ["secret"]
    assert list(sink.list()) == list(sink.list("a/")) == ["a/b"]
    assert list(sink.list("a/link/")) == list(sink.list("a/link/s")) == []


def test_a_linked_file_is_replaced_and_not_followed(sink: FolderSink, site: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"page")
    site.mkdir()
    (site / "index.html").symlink_to(outside)
    assert sink.read("index.html") is None
    assert list(sink.list()) == []
    assert sink.write("index.html", b"page") is True
    assert sink.write("index.html", b"new page") is True
    assert outside.read_bytes() == b"page"
    (site / "gone.html").symlink_to(outside)
    assert sink.delete("gone.html") is True
    assert outside.exists()


def test_a_link_in_place_of_the_file_being_written_is_not_followed(
    sink: FolderSink, site: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"untouched")
    site.mkdir()
    (site / ".egregora.part").symlink_to(outside)
    with pytest.raises(OSError, match="symbolic link"):
        sink.write("index.html", b"page")
    assert outside.read_bytes() == b"untouched"


def test_the_file_being_written_is_no_file_of_the_sink(sink: FolderSink, site: Path) -> None:
    sink.write("a", b"x")
    (site / ".egregora.part").write_bytes(b"left by a killed writer")
    assert list(sink.list()) == ["a"]
    with pytest.raises(Reject):
        sink.read(".egregora.part")
    sink.write("b", b"y")
    assert {path.name for path in site.iterdir()} == {"a", "b"}
    assert sink.read("b") == b"y"


def test_a_path_cannot_be_both_file_and_folder(sink: FolderSink, site: Path) -> None:
    sink.write("a/b", b"x")
    for path in ("a", "a/b/c"):
        with pytest.raises(Reject):
            sink.write(path, b"y")
    assert [path.relative_to(site).as_posix() for path in site.rglob("*")] == ["a", "a/b"]


@pytest.mark.slow
def test_a_writer_killed_at_any_step_and_repeated_leaves_only_whole_files(tmp_path: Path) -> None:
    (steps,) = in_processes(1, "killing_process.py", "sink", tmp_path)
    assert int(steps) > 10
