"""What the folder adds to a blob store's promises: other tools, other processes, and death at any step."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from contract.contenders import in_processes
from egregora.blobs.folder import FolderBlobs
from egregora.errors import Conflict, NotFound, Reject

AHEAD = 3_000_000_000
"""Seconds since 1970 of a day in 2065."""


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


def test_a_file_put_there_by_hand_is_a_blob(blobs: FolderBlobs, tmp_path: Path) -> None:
    file = tmp_path / "blobs" / "uploads" / "WhatsApp Chat.zip"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"by hand")
    (info,) = blobs.list("uploads/")
    assert info.key == "uploads/WhatsApp Chat.zip"
    assert blobs.read(info.key).generation == info.generation
    blobs.write(info.key, b"replaced", if_generation=info.generation)
    assert file.read_bytes() == b"replaced"


def test_a_change_by_hand_is_a_new_generation(blobs: FolderBlobs, tmp_path: Path) -> None:
    first = blobs.write("config/egregora.toml", b"one")
    (tmp_path / "blobs/config/egregora.toml").write_bytes(b"two")
    os.utime(tmp_path / "blobs/config/egregora.toml", (2_000_000_000, 2_000_000_000))
    with pytest.raises(Conflict):
        blobs.write("config/egregora.toml", b"three", if_generation=first)
    assert blobs.write("config/egregora.toml", b"three") > 2_000_000_000 * 10**9


@pytest.mark.parametrize("removed_by", ["delete", "hand"])
def test_a_generation_does_not_return_when_the_clock_is_set_back(
    blobs: FolderBlobs, tmp_path: Path, removed_by: str
) -> None:
    """A file stamped with a time to come stands for the time before the clock was set back."""
    blobs.write("a", b"one")
    os.utime(tmp_path / "blobs/a", (AHEAD, AHEAD))
    later = blobs.write("a", b"two")
    assert later > AHEAD * 10**9
    if removed_by == "hand":
        (tmp_path / "blobs/a").unlink()
    else:
        blobs.delete("a")
    assert blobs.write("a", b"three") > later


def test_a_generation_given_by_hand_does_not_return_after_a_delete(blobs: FolderBlobs, tmp_path: Path) -> None:
    blobs.write("a", b"one")
    os.utime(tmp_path / "blobs/a", (AHEAD, AHEAD))
    blobs.delete("a", if_generation=AHEAD * 10**9)
    assert blobs.write("a", b"two") > AHEAD * 10**9


def test_the_folder_of_locks_is_no_place_for_blobs(blobs: FolderBlobs) -> None:
    blobs.write("a", b"x")
    assert list(blobs.list(".egregora/")) == []
    with pytest.raises(Reject):
        blobs.write(".egregora/a", b"x")
    with pytest.raises(Reject):
        blobs.read(".egregora/00.lock")


def test_a_key_cannot_be_anothers_folder(blobs: FolderBlobs) -> None:
    blobs.write("a/b", b"x")
    for key in ("a", "a/b/c", "a/b/c/d"):
        with pytest.raises(Reject):
            blobs.write(key, b"y")
        with pytest.raises(NotFound):
            blobs.read(key)
    assert [info.key for info in blobs.list()] == ["a/b"]


def test_linked_folders_are_not_listed(blobs: FolderBlobs, tmp_path: Path) -> None:
    blobs.write("a/b", b"x")
    (tmp_path / "blobs/loop").symlink_to(tmp_path / "blobs")
    (tmp_path / "blobs/gone").symlink_to(tmp_path / "nowhere")
    assert [info.key for info in blobs.list()] == ["a/b"]
    assert list(blobs.list("loop/")) == list(blobs.list("loop/a/")) == []


def test_a_delete_leaves_no_empty_folder(blobs: FolderBlobs, tmp_path: Path) -> None:
    blobs.write("a/b/c", b"x")
    blobs.write("a/d", b"x")
    blobs.delete("a/b/c")
    assert {path.name for path in (tmp_path / "blobs/a").iterdir()} == {"d"}
    blobs.delete("a/d")
    assert {path.name for path in (tmp_path / "blobs").iterdir()} == {".egregora"}


@pytest.mark.slow
def test_processes_that_count_by_compare_and_swap_lose_no_count(tmp_path: Path) -> None:
    in_processes(3, "counting_process.py", "blobs", tmp_path, "100")
    assert FolderBlobs(tmp_path).read("counter").data == b"300"


@pytest.mark.slow
def test_a_writer_killed_at_any_step_leaves_old_or_new_bytes_and_no_lock(tmp_path: Path) -> None:
    (steps,) = in_processes(1, "killing_process.py", "blobs", tmp_path)
    assert int(steps) > 10
