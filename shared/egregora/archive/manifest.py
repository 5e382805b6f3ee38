"""The manifest of a partition: its plan, an ordered list of windows, committed by compare-and-swap.

It also remembers what a new plan replaced, until the replacement is written: publishing shows the old windows for a
stretch of messages as long as a window that replaces them is not terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from egregora.blobs import BlobInfo, BlobStore
from egregora.errors import NotFound
from egregora.ids import Partition, RecipeDigest, SliceDigest, SourceId
from egregora.threads import map_ahead


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class WindowRef(_Record):
    """One window of a plan: its slice, its bounds (ISO 8601), and its size without context; notices do not count."""

    slice: SliceDigest
    first: str | None
    last: str | None
    messages: int
    bytes: int


class Extent(NamedTuple):
    """What windows span together, and how many messages they hold."""

    first: str | None
    last: str | None
    messages: int


def extent(windows: Iterable[WindowRef]) -> Extent:
    """Measure windows of one source."""
    held = list(windows)
    return Extent(
        min((window.first for window in held if window.first), default=None),
        max((window.last for window in held if window.last), default=None),
        sum(window.messages for window in held),
    )


class Superseded(_Record):
    """A window that an earlier plan or recipe held, and the slices of the present plan that replace it."""

    window: WindowRef
    recipe: RecipeDigest
    model: str
    replaced_by: tuple[SliceDigest, ...]


class Manifest(_Record):
    """The plan of one partition. `recipe` and `model` are those that its windows were last enqueued under."""

    version: int = 1
    source: SourceId
    partition: Partition
    recipe: RecipeDigest
    model: str
    windows: tuple[WindowRef, ...]
    superseded: tuple[Superseded, ...] = ()
    bytes_per_token: float = 4.0
    """Learned from this source's finished windows when the plan was made."""
    inputs: tuple[str, ...] = ()
    """What was merged into it, as digests of :mod:`egregora.archive.recognition`, the latest last."""


@dataclass(frozen=True, slots=True)
class StoredManifest:
    """A manifest and the blob generation it was read at."""

    manifest: Manifest
    generation: int


class Manifests:
    """Manifests by source and partition, at ``manifests/<source>/<partition>.json``; of many, `at_once` are read."""

    def __init__(self, blobs: BlobStore, *, at_once: int = 16) -> None:
        self._blobs = blobs
        self._at_once = at_once

    def get(self, source: SourceId, partition: Partition) -> StoredManifest | None:
        """Read one manifest; None where the partition has none."""
        try:
            blob = self._blobs.read(_key(source, partition))
        except NotFound:
            return None
        return StoredManifest(Manifest.model_validate_json(blob.data), blob.generation)

    def commit(self, manifest: Manifest, *, generation: int) -> int:
        """Write a manifest over the one read at `generation` (0: none). Raises `Conflict` where another was first."""
        data = manifest.model_dump_json().encode()
        return self._blobs.write(_key(manifest.source, manifest.partition), data, if_generation=generation)

    def delete(self, source: SourceId, partition: Partition) -> None:
        """Forget a partition's plan."""
        self._blobs.delete(_key(source, partition))

    def sources(self) -> list[SourceId]:
        """Every source that has a manifest, in order."""
        return sorted({SourceId(info.key.split("/")[1]) for info in self._blobs.list("manifests/")})

    def all(self, source: SourceId | None = None) -> Iterator[StoredManifest]:
        """Every manifest, or those of one source, in the order of source and partition; many are read at once."""

        def read(info: BlobInfo) -> StoredManifest | None:
            _, name, partition = info.key.removesuffix(".json").split("/")
            return self.get(SourceId(name), Partition(partition))

        listed = self._blobs.list(f"manifests/{source}/" if source else "manifests/")
        yield from filter(None, map_ahead(read, list(listed), threads=self._at_once))


def _key(source: SourceId, partition: Partition) -> str:
    return f"manifests/{source}/{partition}.json"
