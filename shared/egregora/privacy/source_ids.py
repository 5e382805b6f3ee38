"""The id of a source: the platform's chat id, else the upload's first folder, else the chat's name, as a slug.

A one-to-one chat is named after the other person; where the slug would hold a participant's name or a number, an
HMAC stands instead. The first decision is remembered, for a later export may know more participants. Names that give
the same slug are different chats: the first to come claims it, and any other is told from it by its HMAC.

    sources/<hmac of the name>.json     what was decided on that name
    sources/of-<slug>.json              which name the slug belongs to
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from egregora.blobs import BlobStore
from egregora.errors import Conflict, NotFound
from egregora.ids import SourceId, slug
from egregora.privacy.handles import Handles
from egregora.privacy.names import holds_person


class SourceIds:
    """Decides on ids of sources, and keeps to what was decided at ``sources/<hmac of the name>.json``."""

    def __init__(self, blobs: BlobStore, handles: Handles) -> None:
        self._blobs = blobs
        self._handles = handles

    def resolve(self, platform_id: str, folder: str | None, chat_name: str, participants: Iterable[str]) -> SourceId:
        """The id of the chat that is known by these; the same for every export of it."""
        kind, name = next(
            ((kind, name) for kind, name in (("platform", platform_id), ("folder", folder)) if name),
            ("name", chat_name),
        )
        digest = self._handles.digest("source", kind, name)
        key = f"sources/{digest}.json"
        remembered = self._read(key)
        if remembered:
            return remembered
        readable = slug(name)
        if not readable or holds_person(name, participants):
            decided = SourceId(f"chat-{digest}")
        elif self._claim(SourceId(readable), digest):
            decided = SourceId(readable)
        else:
            decided = SourceId(f"{readable}-{digest}")
        try:
            self._blobs.write(key, json.dumps({"version": 1, "source": decided}).encode(), if_generation=0)
        except Conflict:
            return self._read(key) or decided
        return decided

    def _claim(self, source: SourceId, digest: str) -> bool:
        """Whether `source` belongs to the name behind `digest`, now or from an attempt that was cut short."""
        key = f"sources/of-{source}.json"
        claim = {"version": 1, "source": source, "name": digest}
        try:
            self._blobs.write(key, json.dumps(claim).encode(), if_generation=0)
        except Conflict:
            return bool(json.loads(self._blobs.read(key).data)["name"] == digest)
        return True

    def _read(self, key: str) -> SourceId | None:
        return _read(self._blobs, key)


def keys_of(blobs: BlobStore, source: SourceId) -> list[str]:
    """Where it is remembered that a chat is `source`."""
    return [info.key for info in list(blobs.list("sources/")) if _read(blobs, info.key) == source]


def _read(blobs: BlobStore, key: str) -> SourceId | None:
    try:
        return SourceId(json.loads(blobs.read(key).data)["source"])
    except NotFound:
        return None
