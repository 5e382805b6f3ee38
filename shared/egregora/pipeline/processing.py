"""Work on one window: claim it, enrich, write, keep the document, and finish its journal entry.

claim ── held ──────────────────────────► HELD      (409: the other delivery goes on)
  │  └── terminal ─ split: enqueue both ─► ENDED     (200)
  ▼
enrich, write ── too large ── SPLIT first, then both halves enqueued ─► SPLIT
  │   │   │ └── refused ─► BLOCKED       │ └── no usable answer: another attempt, or FAILED
  │   │   └── rate limit, outage: lease given back, `Retry` raised (503)
  ▼
document ──► DONE ──► publish asked for
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from egregora.archive.manifest import WindowRef
from egregora.archive.slices import Slice
from egregora.errors import BadAnswer, Block, NotFound, Reject, Retry, Split
from egregora.journal import Entry, Usage
from egregora.journal.states import Claim, Held, WindowFacts
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.documents import document_key, make_document, read_window
from egregora.pipeline.enqueuing import ask_for_publish, window_task
from egregora.pipeline.payloads import WindowTask
from egregora.windows.replan import refer_to
from egregora.windows.splitting import split


class Result(StrEnum):
    """What became of a delivery."""

    DONE = "done"
    SPLIT = "split"
    BLOCKED = "blocked"
    FAILED = "failed"
    AGAIN = "again"
    """The attempt yielded nothing that can be used: deliver again."""
    ENDED = "ended"
    """Nothing was left to do."""
    DROPPED = "dropped"
    """The plan, recipe or model changed since; `reprocess` enqueues its successor."""
    HELD = "held"
    """Another delivery is at it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one delivery; `entry` as the journal has it afterwards, where there is one."""

    result: Result
    entry: Entry | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What a log says of it."""
        entry = self.entry
        if entry is None:
            return {}
        return {
            "attempt": entry.attempt,
            "posts": entry.posts,
            "tokens": entry.usage.input_tokens + entry.usage.output_tokens,
            "cost": round(entry.usage.cost, 6),
            "seconds": round(entry.seconds, 3),
            "reason": entry.reason,
        }


def process_window(deployment: Deployment, task: WindowTask) -> Outcome:
    """Work on one delivery.

    Raises `Retry` where the same delivery may succeed later, and `Reject` where no window can be worked on until
    somebody mends the settings (a wrong key, an unknown model); the lease is given back in both cases.
    """
    stored = deployment.manifests.get(task.source, task.partition)
    current = (task.recipe, task.model) == (deployment.recipe_digest, deployment.model_name)
    if not current or stored is None or all(w.slice != task.root for w in stored.manifest.windows):
        return Outcome(Result.DROPPED)
    try:
        window = deployment.slices.get(task.slice)
    except NotFound:
        return Outcome(Result.DROPPED)
    claim = deployment.windows.claim(_facts(task, refer_to(window)))
    if isinstance(claim, Held):
        return Outcome(Result.HELD)
    if isinstance(claim, Entry):
        _finish_what_follows(deployment, task, claim)
        return Outcome(Result.ENDED, claim)
    return _work(deployment, task, window, claim, stored.manifest.bytes_per_token)


def _work(deployment: Deployment, task: WindowTask, window: Slice, claim: Claim, bytes_per_token: float) -> Outcome:
    journal, started, usage = deployment.windows, deployment.clock.now(), Usage()
    try:
        reading = read_window(window, task.signature, bytes_per_token)
        enriched = deployment.enricher.enrich(reading)
        usage += enriched.usage
        written = deployment.writer.write(reading, enriched.enrichment)
        usage += written.usage
    except Split:
        return _split(deployment, task, window, claim, usage)
    except Block as refusal:
        return Outcome(Result.BLOCKED, journal.block(claim, str(refusal), usage))
    except BadAnswer as error:
        return Outcome(Result.AGAIN, journal.release(claim, str(error), usage, spare=False))
    except (Retry, Reject) as error:
        journal.release(claim, str(error), usage)
        raise
    document = make_document(task, claim.attempt, window, reading, enriched.enrichment, written.writing)
    key = document_key(task.signature, claim.attempt)
    deployment.blobs.write(key, document.model_dump_json(exclude_defaults=True).encode())
    entry = journal.done(
        claim,
        output=key,
        posts=len(document.posts),
        usage=usage,
        dropped=enriched.dropped + written.dropped,
        seconds=(deployment.clock.now() - started).total_seconds(),
    )
    ask_for_publish(deployment)
    return Outcome(Result.DONE, entry)


def _split(deployment: Deployment, task: WindowTask, window: Slice, claim: Claim, usage: Usage) -> Outcome:
    """Commit SPLIT before either half is enqueued, so that a crash between leaves a trace to go on from."""
    try:
        halves = split(window, context=deployment.settings.windows.context)
    except Reject as floor:
        return Outcome(Result.FAILED, deployment.windows.fail(claim, str(floor), usage))
    first, second = (deployment.slices.put(half) for half in halves)
    entry = deployment.windows.split(claim, (first, second), usage)
    _finish_what_follows(deployment, task, entry)
    return Outcome(Result.SPLIT, entry)


def _finish_what_follows(deployment: Deployment, task: WindowTask, entry: Entry) -> None:
    """What a terminal entry owes, done again by every delivery that meets it."""
    if entry.state == "SPLIT":
        halves = [
            window_task(deployment, task.source, task.partition, task.root, child, task.signature)
            for child in entry.children
        ]
        deployment.tasks.enqueue(halves)
    else:
        ask_for_publish(deployment)


def _facts(task: WindowTask, window: WindowRef) -> WindowFacts:
    return WindowFacts(
        signature=task.signature,
        source=task.source,
        partition=task.partition,
        slice=task.slice,
        recipe=task.recipe,
        model=task.model,
        first=window.first,
        last=window.last,
        messages=window.messages,
        bytes=window.bytes,
        parent=task.parent,
    )
