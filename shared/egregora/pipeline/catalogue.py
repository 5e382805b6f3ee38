"""Which windows are shown, and their cards: read from the journal and the documents, kept for each partition.

What is DONE or SPLIT stays as it is for as long as a plan refers to it, so the journal is asked only about the rest; a
document is read once. What is kept changes only how much is read, never what comes out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from egregora.archive.manifest import Manifest, StoredManifest
from egregora.documents import WindowDocument
from egregora.errors import NotFound
from egregora.ids import HANDLE, Handle, Partition, Signature, SourceId
from egregora.journal import TROUBLED, Entry, Usage
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.leaves import Leaf, read_standing
from egregora.site import StatusRow
from egregora.site.catalogue import WindowCard, summarise


class Shown(BaseModel):
    """A window that is shown: its card, and every handle in its document."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    card: WindowCard
    handles: frozenset[Handle]


class PartitionCatalogue(BaseModel):
    """What is kept of one partition: entries that will not change any more, and what is shown."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    version: int = 2
    ended: tuple[Entry, ...]
    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class PartitionView:
    """What the site needs of one partition: the windows it shows, and how every window of the plan stands."""

    shown: tuple[Shown, ...]
    status: tuple[StatusRow, ...]


def read_partition(deployment: Deployment, stored: StoredManifest, *, keep: bool = True) -> PartitionView:
    """What the site needs of one partition, read as far as it is not kept, and then kept unless `keep` is false."""
    manifest = stored.manifest
    key = _key(manifest.source, manifest.partition)
    kept = _kept(deployment, key)
    known = {entry.signature: entry for entry in kept.ended} if kept else {}
    cards = {shown.card.key: shown for shown in kept.shown} if kept else {}
    standing = read_standing(deployment.journal, manifest, known)
    outputs = [output for outputs in standing.shown.values() for output in outputs]
    catalogue = PartitionCatalogue(
        ended=tuple(entry for entry in standing.entries.values() if entry.state in {"DONE", "SPLIT"}),
        shown=tuple(cards.get(output) or _read(deployment, output) for output in outputs),
    )
    if keep and catalogue != kept:
        _keep(deployment, key, catalogue)
    return PartitionView(catalogue.shown, tuple(_status(manifest, leaf) for leaf in standing.leaves))


def unlearn(deployment: Deployment, entries: Iterable[Entry]) -> None:
    """Take entries out of the catalogues before the journal forgets them, for their windows may be written anew."""
    gone: dict[str, set[Signature]] = {}
    for entry in entries:
        gone.setdefault(_key(entry.source, entry.partition), set()).add(entry.signature)
    for key, names in gone.items():
        kept = _kept(deployment, key)
        if kept and not names.isdisjoint(entry.signature for entry in kept.ended):
            ended = tuple(entry for entry in kept.ended if entry.signature not in names)
            shown = tuple(shown for shown in kept.shown if shown.card.signature not in names)
            _keep(deployment, key, PartitionCatalogue(ended=ended, shown=shown))


def load_document(deployment: Deployment, key: str) -> WindowDocument:
    """Read a window's document."""
    return WindowDocument.model_validate_json(deployment.blobs.read(key).data)


def _read(deployment: Deployment, key: str) -> Shown:
    data = deployment.blobs.read(key).data
    card = summarise(WindowDocument.model_validate_json(data), key)
    return Shown(card=card, handles=frozenset(Handle(handle) for handle in HANDLE.findall(data.decode())))


def _key(source: SourceId, partition: Partition) -> str:
    return f"catalogue/{source}/{partition}.json"


def _keep(deployment: Deployment, key: str, catalogue: PartitionCatalogue) -> None:
    deployment.blobs.write(key, catalogue.model_dump_json().encode())


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
