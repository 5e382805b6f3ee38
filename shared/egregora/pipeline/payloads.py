"""What a task carries: JSON with a version, and never a word of a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from egregora.errors import Reject
from egregora.folders import check_path
from egregora.ids import Partition, RecipeDigest, Signature, SliceDigest, SourceId
from egregora.ids import signature as sign

VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowTask:
    """Work on one window: `slice` under `recipe` by `model`. `root` is the window of the plan it descends from."""

    version: int = VERSION
    source: SourceId
    partition: Partition
    root: SliceDigest
    slice: SliceDigest
    recipe: RecipeDigest
    model: str
    parent: Signature | None = None

    @property
    def signature(self) -> Signature:
        """The journal entry this task is about."""
        return sign(self.slice, self.recipe, self.model)

    def encode(self) -> str:
        """The payload."""
        return msgspec.json.encode(self).decode()


def decode_window_task(payload: str | bytes) -> WindowTask:
    """Read a payload back. Raises `Reject` where it is none, or of a version this code does not know."""
    try:
        task = msgspec.json.decode(payload, type=WindowTask)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Reject("the task's payload cannot be read") from error
    if task.version != VERSION:
        raise Reject(f"the task's payload has version {task.version}, this code knows {VERSION}")
    check_path(f"{task.source}/{task.partition}/{task.root}/{task.slice}")
    return task
