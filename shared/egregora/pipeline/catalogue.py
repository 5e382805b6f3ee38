"""Which windows are shown, and their cards: read from the journal and the documents, kept for each partition.

A partition whose plan is as it was and whose windows are all DONE is not read again.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from egregora.archive.manifest import Manifest, StoredManifest
from egregora.documents import WindowDocument
from egregora.errors import NotFound
from egregora.ids import HANDLE, Handle
from egregora.journal import TROUBLED, Entry, Usage
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.leaves import Leaf, find_leaves, on_show
from egregora.site import StatusRow
from egregora.site.catalogue import WindowCard, summarise


class Shown(BaseModel):
    """A window that is shown: its card, and every handle in its document."""

    model_config = ConfigDict(frozen=True)
    card: WindowCard
    handles: frozenset[Handle]


class PartitionCatalogue(BaseModel):
    """What the site needs of one partition, and what it was read from."""

    model_config = ConfigDict(frozen=True)
    version: int = 1
    generation: int
    settled: bool
    shown: tuple[Shown, ...]
    status: tuple[StatusRow, ...]


def read_catalogue(deployment: Deployment, stored: StoredManifest) -> PartitionCatalogue:
    """The catalogue of one partition, from the kept one where it still holds."""
    manifest = stored.manifest
    key = f"catalogue/{manifest.source}/{manifest.partition}.json"
    kept = _kept(deployment, key)
    if kept and kept.settled and kept.generation == stored.generation:
        return kept
    leaves = find_leaves(deployment.journal, manifest.windows, manifest.recipe, manifest.model)
    outputs = [key for keys in on_show(deployment.journal, manifest, leaves).values() for key in keys]
    known = {entry.card.key: entry for entry in kept.shown} if kept else {}
    catalogue = PartitionCatalogue(
        generation=stored.generation,
        settled=all(leaf.output for leaf in leaves),
        shown=tuple(known.get(output) or _read(deployment, output) for output in outputs),
        status=tuple(_status(manifest, leaf) for leaf in leaves),
    )
    if catalogue != kept:
        deployment.blobs.write(key, catalogue.model_dump_json().encode())
    return catalogue


def load_document(deployment: Deployment, key: str) -> WindowDocument:
    """Read a window's document."""
    return WindowDocument.model_validate_json(deployment.blobs.read(key).data)


def _read(deployment: Deployment, key: str) -> Shown:
    data = deployment.blobs.read(key).data
    card = summarise(WindowDocument.model_validate_json(data), key)
    return Shown(card=card, handles=frozenset(Handle(handle) for handle in HANDLE.findall(data.decode())))


def _kept(deployment: Deployment, key: str) -> PartitionCatalogue | None:
    try:
        return PartitionCatalogue.model_validate_json(deployment.blobs.read(key).data)
    except (NotFound, ValueError):  # not there, or written by another version: made anew
        return None


def _status(manifest: Manifest, leaf: Leaf) -> StatusRow:
    entry: Entry | None = leaf.entry
    return StatusRow(
        signature=leaf.signature,
        source=manifest.source,
        partition=manifest.partition,
        state=entry.state if entry else None,
        first=entry.first if entry else leaf.root.first,
        last=entry.last if entry else leaf.root.last,
        messages=entry.messages if entry else leaf.root.messages,
        reason=entry.reason if entry and entry.state in TROUBLED else None,
        usage=entry.usage if entry else Usage(),
    )
