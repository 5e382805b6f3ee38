"""What an upload or a re-run would cost, without a call of the model."""

from __future__ import annotations

from dataclasses import dataclass

from egregora.ids import SourceId
from egregora.ingest import Export
from egregora.models import is_offline
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.intake import Progress, compare, load_plans, set_clock, source_of, take_in
from egregora.pipeline.leaves import find_leaves
from egregora.pipeline.planning import is_current
from egregora.pipeline.slicing import plan
from egregora.privacy.people import join
from egregora.settings import Settings

BYTES_PER_TOKEN = 4
INSTRUCTIONS = 1_500
"""Tokens of prompt and schema, for each agent."""
ANSWER = 2_500
"""Tokens of answer, for each agent: an upper middle of what windows yield."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Windows that a model would work on, tokens in and out, and US dollars at the prices of the settings."""

    windows: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(
            self.windows + other.windows,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
        )


@dataclass(frozen=True, slots=True)
class SourceEstimate:
    """An estimate for one chat of an export: all its windows, and those among them that are not done yet."""

    source: SourceId
    messages: int
    windows: int
    new: Estimate


def estimate_window(settings: Settings, model: str, size: int) -> Estimate:
    """What one window of `size` bytes costs: both agents read it, and each answers."""
    tokens_in = 2 * (size // BYTES_PER_TOKEN + INSTRUCTIONS)
    tokens_out = 2 * ANSWER
    prices = settings.model
    cost = (tokens_in * prices.price_input + tokens_out * prices.price_output) / 1_000_000
    return Estimate(1, tokens_in, tokens_out, 0.0 if is_offline(model) else cost)


def estimate_export(
    deployment: Deployment, export: Export, *, folder: str | None = None, progress: Progress = lambda _: None
) -> list[SourceEstimate]:
    """Plan each chat as `slice_export` would, and count what is not done. Commits and enqueues nothing."""
    results = []
    for chat in export.chats:
        source = source_of(deployment, chat, folder)
        plans = load_plans(deployment, source)
        intake = take_in(deployment, chat, source, plans, progress)
        people = intake.teach(deployment.people.get(source))
        drift = compare(deployment, people, intake.spool, plans)
        people, intake = join(people, drift.names), set_clock(deployment, intake, drift)
        windows, new = 0, Estimate()
        for partition in intake.partitions:
            stored = plans.get(partition)
            if stored and partition in intake.recognised and is_current(deployment, stored.manifest):
                manifest = stored.manifest
            else:
                manifest, _ = plan(deployment, people, partition, intake.spool.messages(partition), stored)
            leaves = find_leaves(deployment.journal, manifest.windows, deployment.recipe_digest, deployment.model_name)
            windows += len(leaves)
            for leaf in leaves:
                if not leaf.settled:
                    new += estimate_window(deployment.settings, deployment.model_name, leaf.root.bytes)
        results.append(SourceEstimate(source, chat.messages_count, windows, new))
    return results
