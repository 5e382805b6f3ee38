"""From a plan to what is really worked on: a window that was split stands for its halves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from egregora.archive.manifest import WindowRef
from egregora.ids import RecipeDigest, Signature, SliceDigest, signature
from egregora.journal import Entry, Journal


@dataclass(frozen=True, slots=True)
class Leaf:
    """A window that is not split; `entry` is None while nobody has worked on it."""

    root: WindowRef
    slice: SliceDigest
    signature: Signature
    parent: Signature | None
    entry: Entry | None

    @property
    def settled(self) -> bool:
        """Whether the journal has nothing more to expect of this window."""
        return self.entry is not None and self.entry.state in {"DONE", "BLOCKED", "FAILED"}


def find_leaves(journal: Journal, windows: Sequence[WindowRef], recipe: RecipeDigest, model: str) -> list[Leaf]:
    """The leaves under `windows`, in the order of the conversation. One batched journal read for each depth."""
    leaves = [_leaf(window, window.slice, None, recipe, model) for window in windows]
    unread = leaves
    while unread:
        stored = journal.get_many([leaf.signature for leaf in unread])
        level, unread = leaves, []
        leaves = []
        for leaf in level:
            found = stored.get(leaf.signature)
            if leaf.entry is not None or found is None:
                leaves.append(leaf)
            elif found.entry.state == "SPLIT":
                halves = [_leaf(leaf.root, half, leaf.signature, recipe, model) for half in found.entry.children]
                leaves += halves
                unread += halves
            else:
                leaves.append(Leaf(leaf.root, leaf.slice, leaf.signature, leaf.parent, found.entry))
    return leaves


def has_output(journal: Journal, window: WindowRef, recipe: RecipeDigest, model: str) -> bool:
    """Whether anything of a window has been written."""
    leaves = find_leaves(journal, [window], recipe, model)
    return any(leaf.entry is not None and leaf.entry.output is not None for leaf in leaves)


def _leaf(root: WindowRef, digest: SliceDigest, parent: Signature | None, recipe: RecipeDigest, model: str) -> Leaf:
    return Leaf(root, digest, signature(digest, recipe, model), parent, None)
