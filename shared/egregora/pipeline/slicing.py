"""From an export to plans: read, protect, merge into the archive, pack, commit, enqueue.

    chat ── protect ──► spool by partition ── for each touched partition:
        merge with the archive ──► pack ──► slices (create only) ──► manifest (compare-and-swap) ──► enqueue

A crash anywhere, a redelivery, or the same file under another name repeats harmlessly: the same messages give the
same slices, an equal plan is not written, and what is terminal in the journal is not enqueued.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain

from egregora.archive.identity import identify
from egregora.archive.manifest import Manifest, StoredManifest
from egregora.archive.merge import merge
from egregora.archive.partition import kind_of
from egregora.archive.slices import Slice
from egregora.archive.spool import Spool
from egregora.errors import Conflict, Reject, Unreadable
from egregora.ids import Handle, Partition, SliceDigest, SourceId
from egregora.ingest import Chat, Export
from egregora.message import Message
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.enqueuing import ask_for_publish, enqueue_leaves, unfinished
from egregora.pipeline.planning import commit_plan, next_plan
from egregora.pipeline.reports import keep_report
from egregora.pipeline.sweeping import sweep_source
from egregora.privacy.exclusion import exclude
from egregora.privacy.people import People, learn
from egregora.privacy.protection import Protector
from egregora.windows.packing import pack
from egregora.windows.segments import join

Progress = Callable[[int], None]
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
    _keep_to_partitions(deployment, source)
    spool, teach = take_in(deployment, chat, source, progress)
    people = _learn(deployment, source, teach)
    keep_report(deployment.blobs, source, chat, export.report)
    touched: Sequence[Partition] = spool.partitions()
    behind = people.opted_out != people.followed
    if behind:
        touched = sorted({*touched, *(stored.manifest.partition for stored in deployment.manifests.all(source))})
    ask = cache(partial(ask_for_publish, deployment))  # once, however many plans change
    kept = windows = changed = enqueued = 0
    for partition in touched:
        manifest, wrote = _commit(deployment, source, partition, spool.messages(partition), people.opted_out, ask)
        kept += sum(window.messages for window in manifest.windows)
        windows += len(manifest.windows)
        changed += wrote
        enqueued += enqueue_leaves(deployment, manifest, unfinished(deployment, manifest))
    if behind:
        sweep_source(deployment, source)
        deployment.people.update(source, lambda now: now.model_copy(update={"followed": people.opted_out}))
    return Sliced(source, chat.messages_count, kept, windows, changed, enqueued)


def _learn(deployment: Deployment, source: SourceId, teach: Callable[[People], People]) -> People:
    """Remember what an upload teaches about people; a publish is asked for first, lest a crash between lose it."""
    known = deployment.people.get(source)
    if teach(known) == known:
        return known
    ask_for_publish(deployment)
    return deployment.people.update(source, teach)


def _keep_to_partitions(deployment: Deployment, source: SourceId) -> None:
    """Raise `Reject` where the archive is cut by another stretch than the settings say: it would hold all twice."""
    wanted = deployment.settings.windows.partition
    for stored in deployment.manifests.all(source):
        kind = kind_of(stored.manifest.partition)
        if kind not in {None, wanted}:
            raise Reject(
                f'{source} is kept by {kind}, but windows.partition is "{wanted}": set it back, '
                f"or begin anew with `egregora forget {source}`"
            )


def source_of(deployment: Deployment, chat: Chat, folder: str | None) -> SourceId:
    """Which source a chat belongs to.

    Raises `Unreadable` for a file without a telling name where the archive has another such chat, of other people.
    """
    source = deployment.source_ids.resolve(chat.id, folder, chat.name, (*chat.authors, *chat.mentioned))
    if not (chat.named or chat.id or folder):
        known = deployment.people.get(source).persons
        if known and known.keys().isdisjoint(map(deployment.handles.of_name, chat.authors)):
            raise Unreadable(
                "the file does not say which chat it is, and another such file had other people in it: "
                "name it after its chat, as in: WhatsApp Chat with NAME.txt"
            )
    return source


def take_in(
    deployment: Deployment, chat: Chat, source: SourceId, progress: Progress
) -> tuple[Spool, Callable[[People], People]]:
    """Read a chat through the protector: its messages by partition, and what it teaches about people.

    Whoever an earlier export knew is hidden in this one too, so that what is kept never hides less than before.
    """
    known = [name for person in deployment.people.get(source).persons.values() for name in person.names]
    others = [name for name in (*chat.mentioned, *known) if name not in chat.authors]
    protector = Protector(deployment.handles, chat.authors, others, deployment.settings.privacy)
    spool = Spool(deployment.settings.windows.partition)
    spool.extend(protector.protect(_counted(chat.messages(), progress)))

    mentioned = [(name, deployment.handles.of_name(name)) for name in chat.mentioned]

    def teach(people: People) -> People:
        return learn(people, [*protector.authors, *mentioned], protector.directives, title=chat.name)

    return spool, teach


def plan(
    deployment: Deployment,
    source: SourceId,
    partition: Partition,
    messages: Sequence[Message],
    hidden: frozenset[Handle],
    stored: StoredManifest | None,
) -> tuple[Manifest, dict[SliceDigest, Slice]]:
    """The plan of a partition once `messages` are merged into it, and its slices. Writes nothing."""
    old = stored.manifest if stored else None
    old_slices = {w.slice: deployment.slices.get(w.slice) for w in old.windows} if old else {}
    archive = join(chain.from_iterable(s.messages for s in old_slices.values()))
    # Both sides are freed of who opted out before they are aligned: what was hidden in one must be hidden in both.
    merged = identify(merge(exclude(archive, hidden), exclude(messages, hidden)))
    settings = deployment.settings.windows
    slices = pack(merged, source=source, partition=partition, settings=settings)
    manifest = next_plan(deployment, old, slices, old_slices, source=source, partition=partition, hidden=hidden)
    return manifest, {s.digest: s for s in slices}


def _commit(
    deployment: Deployment,
    source: SourceId,
    partition: Partition,
    messages: Sequence[Message],
    hidden: frozenset[Handle],
    ask: Callable[[], None],
) -> tuple[Manifest, bool]:
    """Write a partition's slices, then its plan; begin again where another upload was first."""
    for _ in range(COMMIT_TRIES):
        stored = deployment.manifests.get(source, partition)
        manifest, slices = plan(deployment, source, partition, messages, hidden, stored)
        if stored and manifest == stored.manifest:
            return manifest, False
        ask()  # before the plan stands, so that no crash leaves it unpublished
        known = {w.slice for w in stored.manifest.windows} if stored else set()
        for digest, piece in slices.items():
            if digest not in known:
                deployment.slices.put(piece)
        try:
            commit_plan(deployment, manifest, generation=stored.generation if stored else 0)
        except Conflict:
            continue
        return manifest, True
    raise Conflict("the plan of a partition kept changing while it was written; run the upload again")


def _counted(messages: Iterator[Message], progress: Progress, step: int = 5_000) -> Iterator[Message]:
    number = 0
    for number, message in enumerate(messages, 1):
        if number % step == 0:
            progress(step)
        yield message
    progress(number % step)
