"""Sweeping what nothing refers to any more: slices, documents, answers, recipes, journal entries, old refusals.

    live = slices of every plan, of the windows it supersedes, and of the halves they were split into

What is not live goes once it is `keep_days` old; what belonged to a forgotten source, or is left after an opt-out, goes
at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from egregora.archive.manifest import Manifest, StoredManifest, WindowRef
from egregora.blobs import BlobInfo
from egregora.errors import Conflict
from egregora.ids import RecipeDigest, Signature, SliceDigest, SourceId, signature
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.leaves import find_leaves
from egregora.windows.replan import settle


@dataclass(frozen=True, slots=True)
class Swept:
    """How much was removed."""

    blobs: int = 0
    entries: int = 0


@dataclass(frozen=True, slots=True)
class _Live:
    """What plans refer to: recipes, entries, slices, and for each signature its document."""

    recipes: set[RecipeDigest]
    signatures: set[Signature]
    slices: set[SliceDigest]
    outputs: set[str]


def sweep(deployment: Deployment) -> Swept:
    """Remove what no plan refers to and is older than `keep_days`."""
    for stored in list(deployment.manifests.all()):
        _settle(deployment, stored)
    live = _find_live(deployment)
    limit = deployment.clock.now() - timedelta(days=deployment.settings.run.keep_days)
    doomed = [info.key for info in _unreferenced(deployment, live) if info.updated < limit]
    entries = [
        stored.entry.signature
        for stored in deployment.journal.select()
        if stored.entry.signature not in live.signatures and _older(stored.entry.updated, limit)
    ]
    return _remove(deployment, doomed, entries)


def sweep_source(deployment: Deployment, source: SourceId) -> Swept:
    """Remove at once what belongs to one source and no plan refers to."""
    live = _find_live(deployment)
    entries = [
        stored.entry
        for stored in deployment.journal.select(source=source)
        if stored.entry.signature not in live.signatures
    ]
    mine = {entry.slice for entry in entries} - live.slices
    prefixes = tuple(f"documents/{entry.signature}/" for entry in entries)
    doomed = [
        info.key
        for info in _unreferenced(deployment, live)
        if info.key.startswith(prefixes) or _belongs(deployment, info.key, source, mine)
    ]
    return _remove(deployment, doomed, [entry.signature for entry in entries])


def forget(deployment: Deployment, source: SourceId) -> Swept:
    """Remove a source wholly: its plans first, so that a publish meanwhile shows no more of it, then all the rest."""
    for stored in list(deployment.manifests.all(source)):
        deployment.manifests.delete(source, stored.manifest.partition)
    blobs = deployment.blobs
    own = [info.key for kind in ("people", "reports", "catalogue") for info in blobs.list(f"{kind}/{source}")]
    own = [key for key in own if key.split("/")[1].removesuffix(".json") == source]
    own += deployment.source_ids.keys_of(source)
    swept = sweep_source(deployment, source)
    for key in own:
        blobs.delete(key)
    return Swept(swept.blobs + len(own), swept.entries)


def _settle(deployment: Deployment, stored: StoredManifest) -> None:
    """Let a plan forget what it replaced, where all that replaces it is written."""
    manifest = stored.manifest
    leaves = find_leaves(deployment.journal, manifest.windows, manifest.recipe, manifest.model)
    unwritten = {leaf.root.slice for leaf in leaves if not leaf.output}
    settled = settle(manifest, lambda digest: digest not in unwritten)
    if settled != manifest:
        with suppress(Conflict):  # an upload was first: what it replaced is settled another time
            deployment.manifests.commit(settled, generation=stored.generation)


def _find_live(deployment: Deployment) -> _Live:
    live = _Live(set(), set(), set(), set())
    for stored in deployment.manifests.all():
        manifest = stored.manifest
        for window, recipe, model in _windows(manifest):
            live.recipes.add(recipe)
            _follow(deployment, live, window.slice, recipe, model)
    return live


def _windows(manifest: Manifest) -> Iterator[tuple[WindowRef, RecipeDigest, str]]:
    for window in manifest.windows:
        yield window, manifest.recipe, manifest.model
    for old in manifest.superseded:
        yield old.window, old.recipe, old.model


def _follow(deployment: Deployment, live: _Live, digest: SliceDigest, recipe: RecipeDigest, model: str) -> None:
    name = signature(digest, recipe, model)
    live.slices.add(digest)
    live.signatures.add(name)
    stored = deployment.journal.get(name)
    if stored and stored.entry.output:
        live.outputs.add(stored.entry.output)
    for child in stored.entry.children if stored else ():
        _follow(deployment, live, child, recipe, model)


def _unreferenced(deployment: Deployment, live: _Live) -> Iterator[BlobInfo]:
    for info in list(deployment.blobs.list("recipes/")):
        if info.key.removeprefix("recipes/").removesuffix(".json") not in live.recipes:
            yield info
    for info in list(deployment.blobs.list("slices/")):
        if _digest(info.key) not in live.slices:
            yield info
    for info in list(deployment.blobs.list("documents/")):
        if info.key not in live.outputs:
            yield info
    for info in list(deployment.blobs.list("responses/")):
        if deployment.ledger.slice_of(info.key) not in live.slices:
            yield info
    yield from list(deployment.blobs.list("refusals/"))


def _belongs(deployment: Deployment, key: str, source: SourceId, mine: set[SliceDigest]) -> bool:
    if key.startswith("responses/"):
        return deployment.ledger.slice_of(key) in mine
    if key.startswith("slices/"):
        return deployment.slices.get(_digest(key)).source == source
    return False


def _digest(key: str) -> SliceDigest:
    return SliceDigest(key.removeprefix("slices/").removesuffix(".jsonl.zst"))


def _older(moment: datetime | None, limit: datetime) -> bool:
    return moment is not None and moment < limit


def _remove(deployment: Deployment, keys: list[str], entries: list[Signature]) -> Swept:
    for key in keys:
        deployment.blobs.delete(key)
    for name in entries:
        deployment.journal.delete(name)
    return Swept(len(keys), len(entries))
