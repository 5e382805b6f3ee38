"""Sweeping what nothing refers to any more: slices, documents, answers, recipes, journal entries, old refusals.

    live = slices of every plan, of the windows it supersedes, and of the halves they were split into

What is not live goes once it is `keep_days` old; what belonged to a forgotten source, or is left after an opt-out, goes
at once. The journal is read once, whole, after the blobs and before the plans.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from egregora.archive.manifest import Manifest, StoredManifest, WindowRef
from egregora.archive.slices import Slice
from egregora.blobs import BlobInfo
from egregora.errors import Conflict
from egregora.ids import Handle, RecipeDigest, Signature, SliceDigest, SourceId
from egregora.journal import Entry
from egregora.pipeline.catalogue import unlearn
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.leaves import Entries, leaves_of, unfold
from egregora.pipeline.uploads import uploads_of
from egregora.privacy.exclusion import exclude
from egregora.privacy.source_ids import keys_of
from egregora.windows.replan import settle

KINDS = ("recipes", "slices", "documents", "responses", "refusals")


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
    blobs, entries = _read_all(deployment)
    for stored in list(deployment.manifests.all()):
        _settle(deployment, entries, stored)
    live = _find_live(deployment, entries)
    limit = deployment.clock.now() - timedelta(days=deployment.settings.run.keep_days)
    old = [info for info in blobs if info.updated < limit]
    doomed = [info.key for info in _unreferenced(deployment, live, old)]
    dead = [entry for entry in _dead(entries, live) if entry.updated and entry.updated < limit]
    return _remove(deployment, doomed, dead)


def sweep_source(deployment: Deployment, source: SourceId) -> Swept:
    """Remove at once what belongs to one source and no plan refers to.

    A slice written within the last lease stays, where the source has a plan, for an upload or a split that is under way
    may be about to refer to it; unless it holds somebody who opted out.
    """
    blobs, entries = _read_all(deployment)
    live = _find_live(deployment, entries)
    dead = [entry for entry in _dead(entries, live) if entry.source == source]
    mine = {entry.slice for entry in dead} - live.slices
    prefixes = tuple(f"documents/{entry.signature}/" for entry in dead)
    forgotten = not any(deployment.manifests.all(source))
    hidden = deployment.people.get(source).opted_out
    lately = deployment.clock.now() - timedelta(seconds=deployment.settings.run.lease)

    def belongs(info: BlobInfo) -> bool:
        if info.key.startswith(prefixes):
            return True
        if info.key.startswith("responses/"):
            return deployment.ledger.slice_of(info.key) in mine
        if not info.key.startswith("slices/"):
            return False
        held = deployment.slices.get(_digest(info.key))
        return held.source == source and (forgotten or info.updated < lately or _holds(held, hidden))

    doomed = [info.key for info in _unreferenced(deployment, live, blobs) if belongs(info)]
    return _remove(deployment, doomed, dead)


def forget(deployment: Deployment, source: SourceId) -> Swept:
    """Remove a source wholly: its plans first, so that a publish meanwhile shows no more of it, then all the rest."""
    for stored in list(deployment.manifests.all(source)):
        deployment.manifests.delete(source, stored.manifest.partition)
    blobs = deployment.blobs
    own = [info.key for kind in ("people", "reports", "catalogue") for info in blobs.list(f"{kind}/{source}")]
    own = [key for key in own if key.split("/")[1].removesuffix(".json") == source]
    own += [*keys_of(blobs, source), *uploads_of(blobs, source)]
    swept = sweep_source(deployment, source)
    for key in own:
        blobs.delete(key)
    return Swept(swept.blobs + len(own), swept.entries)


def _read_all(deployment: Deployment) -> tuple[list[BlobInfo], dict[Signature, Entry]]:
    """All that may be removed; what refers to it is read later, so that nothing that came in between is missed."""
    blobs = [info for kind in KINDS for info in deployment.blobs.list(f"{kind}/")]
    return blobs, {stored.entry.signature: stored.entry for stored in deployment.journal.select()}


def _settle(deployment: Deployment, entries: Entries, stored: StoredManifest) -> None:
    """Let a plan forget what it replaced, where all that replaces it is written."""
    manifest = stored.manifest
    leaves = leaves_of(entries, manifest.windows, manifest.recipe, manifest.model)
    unwritten = {leaf.root.slice for leaf in leaves if not leaf.output}
    settled = settle(manifest, lambda digest: digest not in unwritten)
    if settled != manifest:
        with suppress(Conflict):  # an upload was first: what it replaced is settled another time
            deployment.manifests.commit(settled, generation=stored.generation)


def _find_live(deployment: Deployment, entries: Entries) -> _Live:
    live = _Live(set(), set(), set(), set())
    for stored in deployment.manifests.all():
        for window, recipe, model in _windows(stored.manifest):
            live.recipes.add(recipe)
            for part in unfold(entries, window, recipe, model):
                live.slices.add(part.slice)
                live.signatures.add(part.signature)
                if part.entry and part.entry.output:
                    live.outputs.add(part.entry.output)
    return live


def _windows(manifest: Manifest) -> Iterator[tuple[WindowRef, RecipeDigest, str]]:
    for window in manifest.windows:
        yield window, manifest.recipe, manifest.model
    for old in manifest.superseded:
        yield old.window, old.recipe, old.model


def _dead(entries: Entries, live: _Live) -> list[Entry]:
    return [entry for name, entry in entries.items() if name not in live.signatures]


def _unreferenced(deployment: Deployment, live: _Live, blobs: list[BlobInfo]) -> Iterator[BlobInfo]:
    for info in blobs:
        kind, _, name = info.key.partition("/")
        if kind == "recipes":
            held = name.removesuffix(".json") in live.recipes
        elif kind == "slices":
            held = _digest(info.key) in live.slices
        elif kind == "documents":
            held = info.key in live.outputs
        elif kind == "responses":
            held = deployment.ledger.slice_of(info.key) in live.slices
        else:
            held = False  # nothing refers to a refusal
        if not held:
            yield info


def _holds(held: Slice, people: frozenset[Handle]) -> bool:
    messages = [*held.context, *held.messages]
    return exclude(messages, people) != messages


def _digest(key: str) -> SliceDigest:
    return SliceDigest(key.removeprefix("slices/").removesuffix(".jsonl.zst"))


def _remove(deployment: Deployment, keys: list[str], entries: list[Entry]) -> Swept:
    unlearn(deployment, entries)
    for key in keys:
        deployment.blobs.delete(key)
    for entry in entries:
        deployment.journal.delete(entry.signature)
    return Swept(len(keys), len(entries))
