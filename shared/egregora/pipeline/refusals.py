"""What could not be worked on at all: an upload that no reader understands, a payload that is none.

    refusals/<kind>/<id>.json     kind, id, reason, at; written once, swept after `run.keep_days`

It is recorded so that delivery can stop, and shown on the status page so that somebody learns of it. Never a name or a
word of the chat: the id is a digest, the reason one of our own lines.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from egregora.blobs import BlobStore
from egregora.errors import Conflict, NotFound, Reject, Unreadable
from egregora.ids import sha256
from egregora.logs import event
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.enqueuing import ask_for_publish

Kind = Literal["upload", "task"]
LISTED = 20
"""The newest that are shown one by one: a folder of photographs, uploaded by mistake, makes hundreds."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused, by its digest; why, in one line without a name; and when it was first met (UTC)."""

    kind: Kind
    id: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Refusals:
    """The newest refusals, newest first, and how many there are in all."""

    newest: tuple[Refusal, ...] = ()
    count: int = 0


def refuse(deployment: Deployment, kind: Kind, error: Reject, *about: bytes | str) -> Refusal:
    """Record that `about` was refused, and ask for a publish that shows it; the same again changes nothing.

    `about` is a task's payload, or bucket, name and generation of an upload.
    """
    reason = error.fault if isinstance(error, Unreadable) else str(error)
    refusal = Refusal(kind, sha256(*about), reason, deployment.clock.now())
    with suppress(Conflict):
        deployment.blobs.write(_key(kind, refusal.id), msgspec.json.encode(refusal), if_generation=0)
    ask_for_publish(deployment)
    event("refused", level=logging.WARNING, kind=kind, id=refusal.id, reason=reason)
    return refusal


def find_refusal(blobs: BlobStore, kind: Kind, *about: bytes | str) -> Refusal | None:
    """The refusal of `about`; None where it was not refused."""
    try:
        return msgspec.json.decode(blobs.read(_key(kind, sha256(*about))).data, type=Refusal)
    except NotFound:
        return None


def read_refusals(blobs: BlobStore) -> Refusals:
    """What was refused of late."""
    infos = sorted(blobs.list("refusals/"), key=lambda info: (info.updated, info.key), reverse=True)
    found = []
    for info in infos[:LISTED]:
        with suppress(NotFound):  # swept meanwhile
            found.append(msgspec.json.decode(blobs.read(info.key).data, type=Refusal))
    return Refusals(tuple(sorted(found, key=lambda refusal: (refusal.at, refusal.id), reverse=True)), len(infos))


def _key(kind: Kind, digest: str) -> str:
    return f"refusals/{kind}/{digest}.json"
