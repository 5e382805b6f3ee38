"""From a plan to what is really worked on: a window that was split stands for its halves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from egregora.archive.manifest import Manifest, WindowRef
from egregora.ids import RecipeDigest, Signature, SliceDigest, signature
from egregora.journal import Entry, Journal

WindowKey = tuple[SliceDigest, RecipeDigest, str]


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

    @property
    def output(self) -> str | None:
        """The key of its document, once it is written."""
        return self.entry.output if self.entry and self.entry.state == "DONE" else None


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


def on_show(journal: Journal, manifest: Manifest, leaves: Sequence[Leaf]) -> dict[WindowKey, list[str]]:
    """The windows that stand for a partition now, in order, with the keys of their documents.

    A superseded window stays up until every window that replaces it is written; those wait meanwhile. No two of them
    hold a message in common: only what was on show is remembered when a plan is replaced. `leaves` are those of the
    plan's own windows.
    """
    written: dict[SliceDigest, bool] = {}
    outputs: dict[WindowKey, list[str]] = {}
    for leaf in leaves:
        written[leaf.root.slice] = written.get(leaf.root.slice, True) and leaf.output is not None
    waiting: set[SliceDigest] = set()
    for old in manifest.superseded:
        if not all(written.get(digest, True) for digest in old.replaced_by):
            waiting.update(old.replaced_by)
            found = find_leaves(journal, [old.window], old.recipe, old.model)
            outputs[old.window.slice, old.recipe, old.model] = [leaf.output for leaf in found if leaf.output]
    for leaf in leaves:
        if leaf.root.slice not in waiting and leaf.output:
            outputs.setdefault((leaf.root.slice, manifest.recipe, manifest.model), []).append(leaf.output)
    return outputs


def _leaf(root: WindowRef, digest: SliceDigest, parent: Signature | None, recipe: RecipeDigest, model: str) -> Leaf:
    return Leaf(root, digest, signature(digest, recipe, model), parent, None)
