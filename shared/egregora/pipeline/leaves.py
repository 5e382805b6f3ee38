"""From a plan to what is really worked on: a window that was split stands for its halves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from egregora.archive.manifest import Manifest, Superseded, WindowRef
from egregora.ids import RecipeDigest, Signature, SliceDigest, signature
from egregora.journal import Entry, Journal

WindowKey = tuple[SliceDigest, RecipeDigest, str]
Entries = Mapping[Signature, Entry]
NONE: Entries = MappingProxyType({})


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


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a plan has come.

    `shown` are the windows that stand for the partition now, in order, with the keys of their documents. `entries` are
    the journal's entries that say so, also of windows that were split.
    """

    leaves: list[Leaf]
    shown: dict[WindowKey, list[str]]
    entries: Entries


def read_entries(journal: Journal, windows: Iterable[WindowKey], known: Entries = NONE) -> dict[Signature, Entry]:
    """The entries of windows and of all that they were split into; what is `known` is not read.

    One batched read for each depth.
    """
    entries: dict[Signature, Entry] = {}
    level = list(windows)
    while level:
        names = {signature(*window): window for window in level}
        unknown = [name for name in names if name not in known]
        stored = journal.get_many(unknown) if unknown else {}
        level = []
        for name, (_, recipe, model) in names.items():
            entry = known[name] if name in known else stored[name].entry if name in stored else None
            if entry:
                entries[name] = entry
                level += [(half, recipe, model) for half in entry.children]
    return entries


def leaves_of(entries: Entries, windows: Sequence[WindowRef], recipe: RecipeDigest, model: str) -> list[Leaf]:
    """The leaves under `windows`, in the order of the conversation."""
    everything = (part for window in windows for part in unfold(entries, window, recipe, model))
    return [part for part in everything if not (part.entry and part.entry.state == "SPLIT")]


def unfold(entries: Entries, window: WindowRef, recipe: RecipeDigest, model: str) -> Iterator[Leaf]:
    """A window and all that it was split into, each right before its halves."""

    def part(digest: SliceDigest, parent: Signature | None) -> Iterator[Leaf]:
        name = signature(digest, recipe, model)
        entry = entries.get(name)
        yield Leaf(window, digest, name, parent, entry)
        for half in entry.children if entry else ():
            yield from part(half, name)

    return part(window.slice, None)


def find_leaves(journal: Journal, windows: Sequence[WindowRef], recipe: RecipeDigest, model: str) -> list[Leaf]:
    """The leaves under `windows`, as the journal has them now."""
    entries = read_entries(journal, [(window.slice, recipe, model) for window in windows])
    return leaves_of(entries, windows, recipe, model)


def read_standing(journal: Journal, manifest: Manifest, known: Entries = NONE) -> Standing:
    """How far a plan has come; what is `known` is not read.

    A superseded window stays up until every window that replaces it is written; those wait meanwhile. No two of them
    hold a message in common: only what was on show is remembered when a plan is replaced.
    """
    recipe, model = manifest.recipe, manifest.model
    entries = read_entries(journal, [(window.slice, recipe, model) for window in manifest.windows], known)
    leaves = leaves_of(entries, manifest.windows, recipe, model)
    unwritten = {leaf.root.slice for leaf in leaves if leaf.output is None}
    staying = [old for old in manifest.superseded if not unwritten.isdisjoint(old.replaced_by)]
    entries |= read_entries(journal, map(_key, staying), known)
    shown: dict[WindowKey, list[str]] = {}
    for old in staying:
        parts = leaves_of(entries, [old.window], old.recipe, old.model)
        shown[_key(old)] = [part.output for part in parts if part.output]
    waiting = {digest for old in staying for digest in old.replaced_by}
    for leaf in leaves:
        if leaf.root.slice not in waiting and leaf.output:
            shown.setdefault((leaf.root.slice, recipe, model), []).append(leaf.output)
    return Standing(leaves, shown, entries)


def _key(old: Superseded) -> WindowKey:
    return old.window.slice, old.recipe, old.model
