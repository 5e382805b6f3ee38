"""The next plan of a partition: new windows, what stays on show until they are written, what was learned meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from egregora.archive.manifest import Manifest, WindowRef
from egregora.archive.slices import Slice
from egregora.ids import Handle, Partition, RecipeDigest, SliceDigest, SourceId
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.leaves import Leaf, Standing, read_standing
from egregora.privacy.exclusion import exclude
from egregora.windows.replan import replan

NOBODY: frozenset[Handle] = frozenset()


def next_plan(
    deployment: Deployment,
    old: Manifest | None,
    slices: Sequence[Slice],
    old_slices: Mapping[SliceDigest, Slice],
    *,
    source: SourceId,
    partition: Partition,
    hidden: frozenset[Handle] = NOBODY,
) -> Manifest:
    """The manifest that holds `slices` under the present recipe and model; `old` itself where nothing changed.

    What is on show stays so until it is replaced, except windows that hold or mention somebody `hidden`.
    """

    @cache
    def standing() -> Standing:
        return read_standing(deployment.journal, old) if old else Standing([], {}, {})

    def shown(window: WindowRef, recipe: RecipeDigest, model: str) -> bool:
        up = (window.slice, recipe, model) in standing().shown
        return up and not _involves(deployment, window, old_slices, hidden)

    manifest = replan(
        old,
        slices,
        old_slices,
        source=source,
        partition=partition,
        recipe=deployment.recipe_digest,
        model=deployment.model_name,
        bytes_per_token=old.bytes_per_token if old else 4.0,
        shown=shown,
    )
    if old is None or manifest is old:
        return manifest
    learned = {"bytes_per_token": _learned(standing().leaves, old.bytes_per_token), "inputs": old.inputs}
    return manifest.model_copy(update=learned)


def is_current(deployment: Deployment, manifest: Manifest) -> bool:
    """Whether a plan is of the present recipe and model."""
    return (manifest.recipe, manifest.model) == (deployment.recipe_digest, deployment.model_name)


def commit_plan(deployment: Deployment, manifest: Manifest, *, generation: int) -> None:
    """Write a plan over the one read at `generation` (0: none), and the recipe it names before it.

    Raises `Conflict` where another plan was first.
    """
    deployment.keep_recipe()
    deployment.manifests.commit(manifest, generation=generation)


def _involves(
    deployment: Deployment, window: WindowRef, slices: Mapping[SliceDigest, Slice], hidden: frozenset[Handle]
) -> bool:
    if not hidden:
        return False
    messages = (slices.get(window.slice) or deployment.slices.get(window.slice)).messages
    return exclude(messages, hidden) != list(messages)


def _learned(leaves: Sequence[Leaf], before: float) -> float:
    """Bytes of request to a token, as finished windows show it."""
    done = [leaf.entry.usage for leaf in leaves if leaf.entry and leaf.output]
    tokens = sum(usage.input_tokens for usage in done)
    if not tokens:
        return before
    return round(min(6.0, max(1.0, sum(usage.sent_bytes for usage in done) / tokens)), 2)
