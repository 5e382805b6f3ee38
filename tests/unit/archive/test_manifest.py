"""Plans in a store."""

from __future__ import annotations

import threading

import pytest

from egregora.archive.manifest import Extent, Manifest, Manifests, WindowRef, extent
from egregora.blobs import Blob
from egregora.errors import Conflict
from egregora.ids import Partition, RecipeDigest, SliceDigest, SourceId
from egregora.testing.blobs import MemoryBlobs

CLUB, MAY = SourceId("club"), Partition("2023-05")


def window(first: str | None, last: str | None, messages: int = 1) -> WindowRef:
    return WindowRef(slice=SliceDigest("s"), first=first, last=last, messages=messages, bytes=9)


def plan(source: str = CLUB, partition: str = MAY, model: str = "offline") -> Manifest:
    return Manifest(
        source=SourceId(source),
        partition=Partition(partition),
        recipe=RecipeDigest("r"),
        model=model,
        windows=(window("2023-05-01", "2023-05-02"),),
    )


def test_a_plan_comes_back_as_it_was_committed() -> None:
    manifests = Manifests(MemoryBlobs())
    assert manifests.get(CLUB, MAY) is None
    generation = manifests.commit(plan(), generation=0)
    stored = manifests.get(CLUB, MAY)
    assert stored
    assert (stored.manifest, stored.generation) == (plan(), generation)


def test_a_plan_is_committed_over_the_one_that_was_read_alone() -> None:
    manifests = Manifests(MemoryBlobs())
    generation = manifests.commit(plan(), generation=0)
    with pytest.raises(Conflict):
        manifests.commit(plan(model="other"), generation=0)
    manifests.commit(plan(model="other"), generation=generation)
    with pytest.raises(Conflict):
        manifests.commit(plan(), generation=generation)
    stored = manifests.get(CLUB, MAY)
    assert stored
    assert stored.manifest.model == "other"


def test_plans_are_listed_in_the_order_of_source_and_partition() -> None:
    manifests = Manifests(MemoryBlobs())
    for name in ("club/2024", "book-club/all", "club/2023", "club-2/undated"):
        manifests.commit(plan(*name.split("/")), generation=0)

    def names(source: SourceId | None = None) -> list[str]:
        return [f"{s.manifest.source}/{s.manifest.partition}" for s in manifests.all(source)]

    assert manifests.sources() == ["book-club", "club", "club-2"]
    assert sorted(names()) == ["book-club/all", "club-2/undated", "club/2023", "club/2024"]
    assert names(CLUB) == ["club/2023", "club/2024"]


def test_a_forgotten_plan_is_gone_and_no_other() -> None:
    manifests = Manifests(MemoryBlobs())
    for name in ("club/2024", "club/2023", "book-club/2023"):
        manifests.commit(plan(*name.split("/")), generation=0)
    manifests.delete(CLUB, Partition("2023"))
    manifests.delete(CLUB, Partition("2023"))
    assert [(s.manifest.source, s.manifest.partition) for s in manifests.all()] == [
        ("book-club", "2023"),
        ("club", "2024"),
    ]


def test_a_plan_that_goes_while_all_are_read_is_left_out() -> None:
    class Going(MemoryBlobs):
        def read(self, key: str) -> Blob:
            if "2023" in key:
                self.delete(key)
            return super().read(key)

    manifests = Manifests(Going())
    for partition in ("2023", "2024"):
        manifests.commit(plan(partition=partition), generation=0)
    assert [stored.manifest.partition for stored in manifests.all()] == ["2024"]


def test_many_plans_are_waited_for_side_by_side() -> None:
    meeting = threading.Barrier(8, timeout=60)

    class Far(MemoryBlobs):
        def read(self, key: str) -> Blob:
            meeting.wait()
            return super().read(key)

    manifests = Manifests(Far())
    for year in range(2000, 2008):
        manifests.commit(plan(partition=str(year)), generation=0)
    assert len(list(manifests.all())) == 8


def test_an_extent_is_from_the_first_to_the_last_and_counts_all() -> None:
    windows = [window("2023-05-03", "2023-05-09", 2), window(None, None, 3), window("2023-05-01", "2023-05-02", 4)]
    assert extent(iter(windows)) == Extent("2023-05-01", "2023-05-09", 9)
    assert extent([window(None, None)]) == Extent(None, None, 1)
    assert extent([]) == Extent(None, None, 0)
