"""One rule: enqueue every window of every current plan whose entry under the present recipe is not terminal.

The rule is the sweeper for lost tasks, the resume after a pause, and the re-run after a change of prompts or model.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from egregora.archive.manifest import Manifest, StoredManifest
from egregora.errors import Conflict, NotFound
from egregora.ids import SourceId
from egregora.journal import TROUBLED
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.enqueuing import ask_for_publish, enqueue_leaves, unfinished
from egregora.pipeline.estimating import Estimate, estimate_window
from egregora.pipeline.leaves import Leaf, find_leaves
from egregora.pipeline.planning import commit_plan, next_plan


class Spent(BaseModel):
    """What was enqueued by this rule on one day."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    windows: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Scope:
    """Which windows are meant: of one source, of a span of time (ISO 8601 dates, both inclusive), or all."""

    source: SourceId | None = None
    since: str | None = None
    until: str | None = None

    def holds(self, leaf: Leaf) -> bool:
        """Whether a window lies within."""
        first, last = leaf.root.first or "", leaf.root.last or ""
        return not ((self.since and last[: len(self.since)] < self.since) or (
            self.until and first[: len(self.until)] > self.until
        ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reprocessed:
    """How many windows were enqueued, and how many wait because the day's budget is spent."""

    enqueued: int = 0
    over_budget: int = 0


def reprocess(
    deployment: Deployment, scope: Scope = Scope(), *, retry: bool = False, budget: bool = True
) -> Reprocessed:
    """Apply the rule within `scope`. With `retry`, BLOCKED and FAILED windows are given another go first."""
    enqueued = over = 0
    for stored in deployment.manifests.all(scope.source):
        manifest = _under_present_recipe(deployment, stored)
        if retry:
            _retry(deployment, manifest, scope)
        leaves = [leaf for leaf in unfinished(deployment, manifest) if scope.holds(leaf)]
        allowed = _within_budget(deployment, leaves) if budget else leaves
        enqueued += enqueue_leaves(deployment, manifest, allowed)
        over += len(leaves) - len(allowed)
    ask_for_publish(deployment)
    return Reprocessed(enqueued, over)


def _under_present_recipe(deployment: Deployment, stored: StoredManifest) -> Manifest:
    """The plan, rewritten first where recipe or model changed, so that what they wrote stays up until replaced."""
    old = stored.manifest
    if (old.recipe, old.model) == (deployment.recipe_digest, deployment.model_name):
        return old
    slices = deployment.slices.get_all(w.slice for w in old.windows)
    hidden = deployment.people.get(old.source).opted_out
    manifest = next_plan(
        deployment, old, list(slices.values()), slices, source=old.source, partition=old.partition, hidden=hidden
    )
    try:
        commit_plan(deployment, manifest, generation=stored.generation)
    except Conflict:  # an upload was first; it enqueues what its plan needs
        again = deployment.manifests.get(old.source, old.partition)
        return again.manifest if again else manifest
    return manifest


def _retry(deployment: Deployment, manifest: Manifest, scope: Scope) -> None:
    for leaf in find_leaves(deployment.journal, manifest.windows, manifest.recipe, manifest.model):
        if leaf.entry and leaf.entry.state in TROUBLED and scope.holds(leaf):
            deployment.windows.retry(leaf.signature)


def _within_budget(deployment: Deployment, leaves: list[Leaf]) -> list[Leaf]:
    """As many of `leaves` as the day's budget allows, booked before they are enqueued."""
    if not leaves:
        return leaves
    run, key = deployment.settings.run, f"budget/{deployment.clock.now():%Y-%m-%d}.json"
    while True:
        try:
            blob = deployment.blobs.read(key)
            spent, generation = Spent.model_validate_json(blob.data), blob.generation
        except NotFound:
            spent, generation = Spent(), 0
        allowed: list[Leaf] = []
        for leaf in leaves:
            cost = spent.cost + _estimate(deployment, leaf).cost
            if spent.windows + 1 > run.budget_windows or cost > run.budget_cost:
                break
            spent = Spent(windows=spent.windows + 1, cost=cost)
            allowed.append(leaf)
        try:
            if allowed:
                deployment.blobs.write(key, spent.model_dump_json().encode(), if_generation=generation)
        except Conflict:
            continue
        return allowed


def _estimate(deployment: Deployment, leaf: Leaf) -> Estimate:
    size = leaf.entry.bytes if leaf.entry else leaf.root.bytes
    return estimate_window(deployment.settings, deployment.model_name, size)
