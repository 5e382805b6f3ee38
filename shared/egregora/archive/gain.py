"""Gain: what a message of the archive learns from the same message in another export."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from egregora.archive.likeness import body, hides
from egregora.message import Message


def gained(old: Message, new: Message) -> Message:
    """`old` with all that `new` says more; `old` itself where it says nothing more.

    A message's later state stands: withdrawn over edited over as first written. Withdrawn words do not return, even
    where another export still holds them.
    """
    changes: dict[str, Any] = {}
    if not old.id and new.id:
        changes["id"] = new.id
    if new.time and old.time and _finer(old.time, new.time):
        changes["time"] = new.time
    for column in ("author_id", "reply_to", "thread"):
        if getattr(old, column) is None and getattr(new, column) is not None:
            changes[column] = getattr(new, column)
    if reactions := tuple(reaction for reaction in new.reactions if reaction not in old.reactions):
        changes["reactions"] = old.reactions + reactions
    changes |= _content(old, new)
    return replace(old, **changes) if changes else old


def _finer(old: str, new: str) -> bool:
    """Whether two times of one minute differ in that the new one has seconds, or fractions of the same second."""
    if old[:16] != new[:16] or old[16:] == new[16:]:
        return False
    before, after = old[17:].rstrip("Z"), new[17:].rstrip("Z")
    return before == "00" or (len(after) > len(before) and after.startswith(before))


def _content(old: Message, new: Message) -> dict[str, Any]:
    if old.kind in {"deleted", "system"}:
        return {}
    if new.kind == "deleted":
        return {"kind": "deleted", "text": new.text, "edited": False, "attachments": ()}
    if new.edited and (not old.edited or body(old) != body(new)):
        return {"kind": new.kind, "text": new.text, "edited": True} | _files(old, new)
    if old.kind == "media_omitted" and new.kind == "attachment":
        return {"kind": new.kind, "text": new.text, "attachments": new.attachments}
    if hides(body(new), body(old)):
        return {"text": new.text} | _files(old, new)
    return _files(old, new)


def _files(old: Message, new: Message) -> dict[str, Any]:
    """Files that only the new export holds, or names."""
    had = sum(file.present for file in old.attachments), len(old.attachments)
    has = sum(file.present for file in new.attachments), len(new.attachments)
    return {"attachments": new.attachments} if has > had else {}
