"""From an export to plans: read, protect, merge into the archive, pack, commit, enqueue.

    chat ── take in ──► spool by partition ── for each touched partition:
        merge with the archive ──► pack ──► slices (create only) ──► manifest (compare-and-swap) ──► enqueue

A crash anywhere, a redelivery, or the same file under another name repeats harmlessly: the same messages give the
same slices, an equal plan is not written, and what is terminal in the journal is not enqueued. What was merged before
is recognised by the digest that its plan remembers, and is neither protected nor aligned again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from egregora.archive.drift import renamed
from egregora.archive.identity import identify
from egregora.archive.manifest import Manifest, StoredManifest
from egregora.archive.merge import merge
from egregora.archive.recognition import REMEMBERED
from egregora.archive.slices import Slice
from egregora.errors import Conflict
from egregora.ids import Partition, SliceDigest, SourceId
from egregora.ingest import Chat, Export
from egregora.message import Message
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.enqueuing import ask_for_publish, enqueue_leaves, unfinished
from egregora.pipeline.intake import Intake, Plans, Progress, compare, load_plans, set_clock, source_of, take_in
from egregora.pipeline.planning import commit_plan, is_current, next_plan
from egregora.pipeline.reports import keep_report
from egregora.pipeline.sweeping import sweep_source
from egregora.privacy.exclusion import exclude
from egregora.privacy.people import People, join
from egregora.windows.packing import pack
from egregora.windows.segments import join as whole

COMMIT_TRIES = 20


@dataclass(frozen=True, slots=True)
class Sliced:
    """What an upload did to one source: messages read, messages and windows of the touched plans, what was enqueued."""

    source: SourceId
    messages: int
    kept: int
    """Without notices, requests to Egregora, and what people who opted out wrote."""
    windows: int
    changed: int
    """Partitions whose plan was written."""
    enqueued: int


def slice_export(
    deployment: Deployment, export: Export, *, folder: str | None = None, progress: Progress = lambda _: None
) -> list[Sliced]:
    """Bring every chat of an export into the archive and enqueue what is new.

    `folder` is the first folder of the upload's path, where it has one. `progress` is told of messages as they are
    read, by how many more.
    """
    return [_slice_chat(deployment, chat, export, folder, progress) for chat in export.chats]


def _slice_chat(deployment: Deployment, chat: Chat, export: Export, folder: str | None, progress: Progress) -> Sliced:
    source = source_of(deployment, chat, folder)
    plans = load_plans(deployment, source)
    intake = take_in(deployment, chat, source, plans, progress)
    ask = _Asking(deployment)
    people = _learn(deployment, source, intake.teach, ask)
    drift = compare(deployment, people, intake.spool, plans)
    people = _learn(deployment, source, partial(join, names=drift.names), ask)
    returned = bool(people.followed - people.opted_out)
    if returned and intake.recognised:  # it was recognised without what they wrote
        intake = take_in(deployment, chat, source, {}, lambda _: None)
    intake = set_clock(deployment, intake, drift)
    keep_report(deployment.blobs, source, chat, export, ask)
    behind = people.opted_out != people.followed
    touched = sorted({*intake.partitions, *(plans if behind else ())})
    commit = partial(_commit, deployment, people, plans, intake, returned, ask)
    kept = windows = changed = enqueued = 0
    for partition in touched:
        manifest, wrote = commit(partition, renew=behind or partition not in intake.recognised)
        kept += sum(window.messages for window in manifest.windows)
        windows += len(manifest.windows)
        changed += wrote
        enqueued += enqueue_leaves(deployment, manifest, unfinished(deployment, manifest))
    if behind:
        sweep_source(deployment, source)
        deployment.people.update(source, lambda now: now.model_copy(update={"followed": people.opted_out}))
    ask.again()
    return Sliced(source, chat.messages_count, kept, windows, changed, enqueued)


class _Asking:
    """Asks for a publish, once in each bucket of time: before a change stands, lest a crash leave it unpublished."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._bucket: int | None = None

    def __call__(self) -> None:
        self._bucket = ask_for_publish(self._deployment, asked=self._bucket)

    def again(self) -> None:
        """Ask at the end too, where it was asked at all: that publish may be over by now."""
        if self._bucket is not None:
            self()


def _learn(
    deployment: Deployment, source: SourceId, teach: Callable[[People], People], ask: Callable[[], None]
) -> People:
    """Remember what an upload teaches about people; a publish is asked for first, lest a crash between lose it."""
    known = deployment.people.get(source)
    if teach(known) == known:
        return known
    ask()
    return deployment.people.update(source, teach)


def plan(
    deployment: Deployment,
    people: People,
    partition: Partition,
    messages: Sequence[Message],
    stored: StoredManifest | None,
) -> tuple[Manifest, dict[SliceDigest, Slice]]:
    """The plan of a partition once `messages` are merged into it, and its slices. Writes nothing."""
    old, same, hidden = stored.manifest if stored else None, people.same, people.opted_out
    old_slices = deployment.slices.get_all(w.slice for w in old.windows) if old else {}
    archive = whole(chain.from_iterable(s.messages for s in old_slices.values()))
    # A person has one handle while histories are merged. Of what the archive has under another, only what the upload
    # says more of is kept anew.
    seen, new = ([renamed(m, same) for m in side] if same else side for side in (archive, messages))
    own = {id(view): message for view, message in zip(seen, archive, strict=True)} if same else {}
    # Both sides are freed of who opted out before they are aligned: what was hidden in one must be hidden in both.
    merged = merge(exclude(seen, hidden), exclude(new, hidden))
    merged = identify([own.get(id(message), message) for message in merged] if own else merged)
    slices = pack(merged, source=people.source, partition=partition, settings=deployment.settings.windows)
    manifest = next_plan(deployment, old, slices, old_slices, source=people.source, partition=partition, hidden=hidden)
    return manifest, {s.digest: s for s in slices}


def _commit(
    deployment: Deployment,
    people: People,
    plans: Plans,
    intake: Intake,
    forgetful: bool,
    ask: Callable[[], None],
    partition: Partition,
    *,
    renew: bool,
) -> tuple[Manifest, bool]:
    """Write a partition's slices, then its plan; begin again where another upload was first.

    Without `renew`, only under another recipe or model. A `forgetful` plan remembers nothing of earlier uploads.
    """
    messages, digest = intake.spool.take(partition), intake.digests.get(partition)
    for attempt in range(COMMIT_TRIES):
        stored = deployment.manifests.get(people.source, partition) if attempt else plans.get(partition)
        if stored and not renew and is_current(deployment, stored.manifest):
            return stored.manifest, False
        manifest, slices = plan(deployment, people, partition, messages, stored)
        changed = stored is None or manifest != stored.manifest
        manifest = manifest.model_copy(update={"inputs": _inputs(() if forgetful else manifest.inputs, digest)})
        if stored and manifest == stored.manifest:
            return manifest, False
        if changed:
            ask()
        known = {w.slice for w in stored.manifest.windows} if stored else set()
        deployment.slices.put_all(piece for name, piece in slices.items() if name not in known)
        try:
            commit_plan(deployment, manifest, generation=stored.generation if stored else 0)
        except Conflict:
            continue
        return manifest, changed
    raise Conflict("the plan of a partition kept changing while it was written; run the upload again")


def _inputs(before: tuple[str, ...], digest: str | None) -> tuple[str, ...]:
    """What a plan remembers: the latest few."""
    return (*before, digest)[-REMEMBERED:] if digest and digest not in before else before
