"""Taking an export in: from a chat to what the archive is to be merged with.

    chat ── recognise ──► what is new ── protect ──► spool ── set to the archive's clock and names ──► merge

How an export's clock and names differ from the archive's is seen where both hold the same messages, and then holds
for the whole export: a renamed contact is no second person in months that only the new export has, and no message
crosses the edge of a month with its phone's zone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from egregora import __version__
from egregora.archive.drift import WIDEST, Comparison, Drift, renamed
from egregora.archive.manifest import Manifest, StoredManifest
from egregora.archive.partition import kind_of, runs
from egregora.archive.recognition import Recognition
from egregora.archive.spool import Spool
from egregora.errors import Unreadable
from egregora.ids import Partition, SourceId
from egregora.ingest import Chat
from egregora.ingest.whatsapp.titles import without_dates
from egregora.message import Message
from egregora.pipeline.deployment import Deployment
from egregora.privacy.people import People, learn
from egregora.privacy.protection import Protector

Progress = Callable[[int], None]
BATCH = 1024
"""Messages read, recognised and protected at once."""

Plans = Mapping[Partition, StoredManifest]


@dataclass(frozen=True, slots=True)
class Intake:
    """What an upload brings: protected messages by partition, without those of partitions that are `recognised`."""

    spool: Spool
    digests: Mapping[Partition, str]
    """What each partition is to be recognised by when it comes again."""
    recognised: frozenset[Partition]
    teach: Callable[[People], People]
    """Adds what the upload tells of people."""

    @property
    def partitions(self) -> list[Partition]:
        """Every partition of the upload, in order."""
        return sorted({*self.spool.partitions(), *self.digests})


def load_plans(deployment: Deployment, source: SourceId) -> Plans:
    """The present plans of a source.

    Raises `Unreadable` where they are cut by another stretch than the settings say: the archive would hold all twice.
    """
    wanted = deployment.settings.windows.partition
    plans = {stored.manifest.partition: stored for stored in deployment.manifests.all(source)}
    for partition in plans:
        kind = kind_of(partition)
        if kind not in {None, wanted}:
            raise Unreadable(
                f'the conversation is kept by {kind}, but windows.partition is "{wanted}": set it back, '
                "or begin anew with `egregora forget`",
                where=source,
            )
    return plans


def source_of(deployment: Deployment, chat: Chat, folder: str | None) -> SourceId:
    """Which source a chat belongs to.

    Raises `Unreadable` for a file without a telling name where the archive has another such chat, of other people.
    """
    name = without_dates(chat.name) or chat.name
    source = deployment.source_ids.resolve(chat.id, folder, name, (*chat.authors, *chat.mentioned))
    if not (chat.named or chat.id or folder):
        known = deployment.people.get(source).persons
        if known and known.keys().isdisjoint(map(deployment.handles.of_name, chat.authors)):
            raise Unreadable(
                "the file does not say which chat it is, and another such file had other people in it: "
                "name it after its chat, as in: WhatsApp Chat with NAME.txt"
            )
    return source


def take_in(deployment: Deployment, chat: Chat, source: SourceId, plans: Plans, progress: Progress) -> Intake:
    """Read a chat through the protector, past what was merged before.

    Whoever an earlier export knew is hidden in this one too, so that what is kept never hides less than before.
    """
    settings = deployment.settings
    known = [name for person in deployment.people.get(source).persons.values() for name in person.names]
    others = [name for name in (*chat.mentioned, *known) if name not in chat.authors]
    protector = Protector(deployment.handles, chat.authors, others, settings.privacy, platform=chat.platform)
    recognition = Recognition(
        settings.windows.partition,
        {partition: stored.manifest.inputs for partition, stored in plans.items()},
        key=deployment.handles.secret("recognition"),
        context=_context(deployment, {*chat.authors, *others}),
    )
    spool = Spool()
    for partition, messages in recognition.unknown(_batches(chat.messages(), progress)):
        spool.add(partition, protector.protect(messages))

    cast = [handle for _, handle in protector.authors]
    mentioned = [(name, deployment.handles.of_name(name)) for name in chat.mentioned]

    def teach(people: People) -> People:
        return learn(people, [*protector.authors, *mentioned], protector.directives, title=chat.name, cast=cast)

    return Intake(spool, recognition.digests, recognition.recognised, teach)


def compare(deployment: Deployment, people: People, spool: Spool, plans: Plans) -> Drift:
    """How clock and names of what is new differ from the archive's, where both hold messages of about one time."""
    comparison, same = Comparison(), people.same
    for partition in spool.partitions() if plans else ():
        new = spool.messages(partition)
        old = _about(deployment, new, [stored.manifest for stored in plans.values()])
        if old:
            comparison.add(*([renamed(message, same) for message in side] for side in (old, new)))
    return comparison.drift()


def set_clock(deployment: Deployment, intake: Intake, drift: Drift) -> Intake:
    """The intake by the archive's clock. Its messages may lie in other partitions now, so it is not remembered."""
    if not drift.shifts:
        return intake
    spool = Spool()
    for partition in intake.spool.partitions():
        shifted = list(map(drift.shifted, intake.spool.messages(partition)))
        for name, run in runs(shifted, deployment.settings.windows.partition, partition):
            spool.add(name, run)
    return replace(intake, spool=spool, digests=dict.fromkeys(intake.recognised, ""))


def _context(deployment: Deployment, names: Iterable[str]) -> str:
    """What becomes of a message depends on these: the names that are hidden, the settings, and the version's ways."""
    settings = deployment.settings
    return json.dumps(
        [__version__, sorted(names), settings.privacy.model_dump_json(), settings.windows.model_dump_json()]
    )


def _about(deployment: Deployment, new: Iterable[Message], plans: Iterable[Manifest]) -> list[Message]:
    """What the archive holds within a zone's width of `new`."""
    times = [message.time for message in new if message.time]
    if not times:
        return []
    first, last = _moved(min(times), -WIDEST), _moved(max(times), WIDEST)
    near = [w for plan in plans for w in plan.windows if w.first and w.last and w.first <= last and w.last >= first]
    return [message for held in deployment.slices.get_all(w.slice for w in near).values() for message in held.messages]


def _moved(time: str, by: timedelta) -> str:
    try:
        return (datetime.fromisoformat(time[:16]) + by).isoformat()
    except OverflowError:
        return time


def _batches(messages: Iterator[Message], progress: Progress) -> Iterator[list[Message]]:
    while batch := list(islice(messages, BATCH)):
        progress(len(batch))
        yield batch
