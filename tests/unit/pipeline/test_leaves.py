"""From a plan to what is really worked on, and to what is shown of it."""

from __future__ import annotations

from collections.abc import Sequence

from egregora.archive.manifest import Manifest, Superseded, WindowRef
from egregora.ids import Partition, RecipeDigest, Signature, SliceDigest, SourceId, signature
from egregora.journal import Entry, State, Stored
from egregora.pipeline.leaves import find_leaves, leaves_of, read_entries, read_standing, unfold
from egregora.testing import MemoryJournal

SOURCE, PARTITION = SourceId("club"), Partition("2024-03")
NOW, BEFORE = RecipeDigest("now"), RecipeDigest("before")
MODEL = "offline-1"


def window(name: str) -> WindowRef:
    return WindowRef(slice=SliceDigest(name), first=None, last=None, messages=1, bytes=1)


def named(name: str, recipe: RecipeDigest = NOW) -> Signature:
    return signature(SliceDigest(name), recipe, MODEL)


def entry(name: str, state: State, *halves: str, recipe: RecipeDigest = NOW, output: str | None = None) -> Entry:
    return Entry(
        signature=named(name, recipe),
        source=SOURCE,
        partition=PARTITION,
        slice=SliceDigest(name),
        recipe=recipe,
        model=MODEL,
        state=state,
        attempt=1,
        children=tuple(map(SliceDigest, halves)),
        output=output or (f"documents/{name}" if state == "DONE" else None),
    )


class Counting(MemoryJournal):
    """Counts how often it is read, and how many entries are asked for."""

    def __init__(self, *entries: Entry) -> None:
        super().__init__()
        self.reads = list[int]()
        for each in entries:
            self.create(each)

    def get_many(self, signatures: Sequence[Signature]) -> dict[Signature, Stored]:
        self.reads.append(len(signatures))
        return super().get_many(signatures)


def plan(*windows: str, superseded: Sequence[Superseded] = ()) -> Manifest:
    return Manifest(
        source=SOURCE,
        partition=PARTITION,
        recipe=NOW,
        model=MODEL,
        windows=tuple(map(window, windows)),
        superseded=tuple(superseded),
    )


def replaced(name: str, *by: str) -> Superseded:
    return Superseded(window=window(name), recipe=BEFORE, model=MODEL, replaced_by=tuple(map(SliceDigest, by)))


SPLIT_TWICE = [
    entry("a", "DONE"),
    entry("b", "SPLIT", "b1", "b2"),
    entry("b1", "BLOCKED"),
    entry("b2", "SPLIT", "b21", "b22"),
    entry("b21", "RUNNING"),
]


def test_a_split_window_stands_for_its_halves_in_the_order_of_the_conversation() -> None:
    leaves = find_leaves(Counting(*SPLIT_TWICE), [window("a"), window("b"), window("c")], NOW, MODEL)
    assert [leaf.slice for leaf in leaves] == ["a", "b1", "b21", "b22", "c"]
    assert [leaf.root.slice for leaf in leaves] == ["a", "b", "b", "b", "c"]
    assert [leaf.signature for leaf in leaves] == [named(leaf.slice) for leaf in leaves]
    assert [leaf.parent for leaf in leaves] == [None, named("b"), named("b2"), named("b2"), None]
    assert [leaf.entry.state if leaf.entry else None for leaf in leaves] == ["DONE", "BLOCKED", "RUNNING", None, None]
    assert [leaf.settled for leaf in leaves] == [True, True, False, False, False]
    assert [leaf.output for leaf in leaves] == ["documents/a", None, None, None, None]


def test_a_failed_window_is_settled_and_has_no_document() -> None:
    [leaf] = find_leaves(Counting(entry("a", "FAILED", output="documents/old")), [window("a")], NOW, MODEL)
    assert (leaf.settled, leaf.output) == (True, None)


def test_a_window_comes_right_before_its_halves() -> None:
    entries = {each.signature: each for each in SPLIT_TWICE}
    assert [part.slice for part in unfold(entries, window("b"), NOW, MODEL)] == ["b", "b1", "b2", "b21", "b22"]


def test_entries_are_read_in_one_batch_for_each_depth_and_what_is_known_is_not() -> None:
    journal = Counting(*SPLIT_TWICE)
    keys = [(SliceDigest(name), NOW, MODEL) for name in ("a", "b", "c")]
    found = read_entries(journal, keys)
    assert found == {each.signature: each for each in SPLIT_TWICE}
    assert journal.reads == [3, 2, 2]
    journal.reads.clear()
    assert read_entries(journal, keys, {name: found[name] for name in map(named, ("a", "b", "b1", "b2"))}) == found
    assert journal.reads == [1, 2]
    assert read_entries(journal, [], found) == {}
    assert leaves_of({}, [], NOW, MODEL) == []


def test_halves_of_every_split_window_are_read() -> None:
    entries = [
        entry("a", "SPLIT", "a1", "a2"),
        entry("b", "SPLIT", "b1", "b2"),
        *(entry(name, "DONE") for name in ("a1", "a2", "b1", "b2")),
    ]
    leaves = find_leaves(Counting(*entries), [window("a"), window("b")], NOW, MODEL)
    assert [leaf.output for leaf in leaves] == [f"documents/{name}" for name in ("a1", "a2", "b1", "b2")]


def test_what_is_done_is_shown_and_what_is_not_waits() -> None:
    standing = read_standing(Counting(*SPLIT_TWICE, entry("b22", "DONE")), plan("a", "b", "c"))
    assert standing.shown == {
        (SliceDigest("a"), NOW, MODEL): ["documents/a"],
        (SliceDigest("b"), NOW, MODEL): ["documents/b22"],
    }
    assert [leaf.slice for leaf in standing.leaves] == ["a", "b1", "b21", "b22", "c"]
    assert standing.entries.keys() == {each.signature for each in [*SPLIT_TWICE, entry("b22", "DONE")]}


def test_a_superseded_window_is_shown_until_every_window_that_replaces_it_is_written() -> None:
    old = [
        entry("x", "SPLIT", "x1", "x2", recipe=BEFORE),
        *(entry(name, "DONE", recipe=BEFORE) for name in ("x1", "x2")),
    ]
    journal = Counting(*old, entry("a", "DONE"))
    manifest = plan("a", "b", superseded=[replaced("x", "a", "b")])
    shown_of_old = {(SliceDigest("x"), BEFORE, MODEL): ["documents/x1", "documents/x2"]}
    assert read_standing(journal, manifest).shown == shown_of_old
    blocked = journal.create(entry("b", "BLOCKED"))
    assert read_standing(journal, manifest).shown == shown_of_old
    journal.update(entry("b", "DONE"), blocked.version)
    assert read_standing(journal, manifest).shown == {
        (SliceDigest(name), NOW, MODEL): [f"documents/{name}"] for name in ("a", "b")
    }


def test_a_window_that_replaces_nothing_on_show_is_shown_at_once() -> None:
    journal = Counting(entry("x", "DONE", recipe=BEFORE), entry("a", "DONE"))
    standing = read_standing(journal, plan("a", "b", superseded=[replaced("x", "b")]))
    assert list(standing.shown.values()) == [["documents/x"], ["documents/a"]]


def test_of_a_superseded_window_only_what_was_written_is_shown() -> None:
    journal = Counting(
        entry("x", "SPLIT", "x1", "x2", recipe=BEFORE),
        entry("x1", "BLOCKED", recipe=BEFORE),
        entry("x2", "DONE", recipe=BEFORE),
    )
    standing = read_standing(journal, plan("a", superseded=[replaced("x", "a"), replaced("y", "a")]))
    assert standing.shown[SliceDigest("x"), BEFORE, MODEL] == ["documents/x2"]
    assert standing.shown[SliceDigest("y"), BEFORE, MODEL] == []


def test_what_is_known_of_a_plan_is_not_read_again() -> None:
    journal = Counting(entry("x", "DONE", recipe=BEFORE), entry("a", "DONE"))
    manifest = plan("a", "b", superseded=[replaced("x", "b")])
    first = read_standing(journal, manifest)
    journal.reads.clear()
    assert read_standing(journal, manifest, first.entries) == first
    assert journal.reads == [1]
