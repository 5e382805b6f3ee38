"""What was replaced stays on show until its replacement is written."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from egregora.archive.identity import identify
from egregora.archive.manifest import Manifest, WindowRef
from egregora.archive.slices import Slice
from egregora.ids import Partition, RecipeDigest, SliceDigest, SourceId
from egregora.message import Message
from egregora.windows.replan import replan, settle
from egregora.windows.segments import cut, halve
from talks import said

SOURCE, PARTITION = SourceId("club"), Partition("2023-05")
TALK = identify(said(minute, "Ana", f"text {minute}") for minute in range(12))


def sliced(*cuts: Sequence[Message]) -> list[Slice]:
    return [Slice(SOURCE, PARTITION, (), tuple(messages)) for messages in cuts]


def planned(
    old: Manifest | None, slices: list[Slice], known: list[Slice], recipe: str = "r1", **more: object
) -> Manifest:
    return replan(
        old,
        slices,
        {piece.digest: piece for piece in known},
        source=SOURCE,
        partition=PARTITION,
        recipe=RecipeDigest(recipe),
        model="offline",
        bytes_per_token=3.5,
        **more,  # type: ignore[arg-type]
    )


def replacements(manifest: Manifest) -> dict[SliceDigest, tuple[SliceDigest, ...]]:
    return {entry.window.slice: entry.replaced_by for entry in manifest.superseded}


def test_a_first_plan_replaces_nothing() -> None:
    [piece] = sliced(TALK)
    manifest = planned(None, [piece], [])
    assert manifest.superseded == ()
    [window] = manifest.windows
    assert (window.slice, window.messages) == (piece.digest, 12)
    assert (window.first, window.last) == (TALK[0].time, TALK[-1].time)
    assert (manifest.source, manifest.partition, manifest.bytes_per_token) == (SOURCE, PARTITION, 3.5)


def test_a_window_without_any_time_has_no_bounds() -> None:
    [window] = planned(None, sliced([replace(message, time=None) for message in TALK]), []).windows
    assert (window.first, window.last) == (None, None)


def test_an_equal_plan_is_the_old_manifest() -> None:
    slices = sliced(TALK[:5], TALK[5:])
    old = planned(None, slices, [])
    assert planned(old, slices, slices) is old


def test_a_longer_export_supersedes_the_last_window_alone() -> None:
    a, b = before = sliced(TALK[:5], TALK[5:7])
    a, c, d = after = sliced(TALK[:5], TALK[5:9], TALK[9:])
    manifest = planned(planned(None, before, []), after, before)
    assert replacements(manifest) == {b.digest: (c.digest,)}
    assert {a.digest, d.digest} <= {window.slice for window in manifest.windows}


def test_another_recipe_supersedes_every_window_by_itself() -> None:
    slices = sliced(TALK[:5], TALK[5:])
    manifest = planned(planned(None, slices, []), slices, slices, "r2")
    assert replacements(manifest) == {piece.digest: (piece.digest,) for piece in slices}
    assert {entry.recipe for entry in manifest.superseded} == {"r1"}


def test_returning_to_a_recipe_supersedes_nothing_by_itself() -> None:
    slices = sliced(TALK[:5], TALK[5:])
    first = planned(None, slices, [])
    back = planned(planned(first, slices, slices, "r2"), slices, slices, "r1")
    assert {entry.recipe for entry in back.superseded} == {"r2"}


def test_replacements_that_were_replaced_are_followed() -> None:
    (a,), (b,), (c, d) = before, between, after = sliced(TALK[:4]), sliced(TALK[:6]), sliced(TALK[:3], TALK[3:])
    second = planned(planned(None, before, []), between, before)
    assert replacements(planned(second, after, [b])) == {b.digest: (c.digest, d.digest), a.digest: (c.digest, d.digest)}
    with_all = planned(second, after, [a, b])
    assert list(replacements(with_all)) == [b.digest, a.digest], "newest first"


def test_a_window_whose_messages_left_is_not_kept() -> None:
    before, after = sliced(TALK[:4], TALK[4:]), sliced(TALK[4:])
    assert planned(planned(None, before, []), after, before).superseded == ()


def test_segments_are_replaced_by_those_that_hold_the_same_characters() -> None:
    parts = cut(replace(TALK[0], text="word " * 200), 300)
    before = sliced(*([part] for part in parts))
    after = [*before[:-1], *sliced([parts[-1], TALK[1]])]
    manifest = planned(planned(None, before, []), after, before)
    assert replacements(manifest) == {before[-1].digest: (after[-1].digest,)}


def test_a_segment_is_not_replaced_by_its_neighbours() -> None:
    first, second = halve(replace(TALK[0], text="ab"))
    before, after = sliced([first], [second]), sliced([TALK[1], first], [second, TALK[2]])
    manifest = planned(planned(None, before, []), after, before)
    assert replacements(manifest) == {old.digest: (new.digest,) for old, new in zip(before, after, strict=True)}


def test_a_message_is_replaced_by_all_of_its_segments() -> None:
    whole = replace(TALK[0], text="ab")
    before, after = sliced([whole]), sliced(*([half] for half in halve(whole)))
    manifest = planned(planned(None, before, []), after, before)
    assert replacements(manifest) == {before[0].digest: tuple(piece.digest for piece in after)}


def test_a_window_with_nothing_on_show_is_not_remembered() -> None:
    before, after = sliced(TALK[:4], TALK[4:]), sliced(TALK)

    def shown(window: WindowRef, recipe: RecipeDigest, model: str) -> bool:
        return (window.slice, recipe, model) == (before[0].digest, "r1", "offline")

    manifest = planned(planned(None, before, []), after, before, shown=shown)
    assert list(replacements(manifest)) == [before[0].digest]


def test_a_superseded_window_goes_when_all_its_replacements_are_terminal() -> None:
    before, after = sliced(TALK), sliced(TALK[:6], TALK[6:])
    manifest = planned(planned(None, before, []), after, before)
    assert settle(manifest, lambda digest: digest == after[0].digest) is manifest
    assert settle(manifest, lambda digest: True).superseded == ()


@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(1, 6), st.sampled_from(["r1", "r2"])), min_size=1, max_size=6)
)
def test_what_replaces_a_window_is_planned_and_holds_its_messages(steps: list[tuple[int, int, str]]) -> None:
    manifest, known = None, dict[SliceDigest, Slice]()
    for length, size, recipe in steps:
        slices = sliced(*(TALK[start : min(start + size, length)] for start in range(0, length, size)))
        manifest = planned(manifest, slices, list(known.values()), recipe)
        known |= {piece.digest: piece for piece in slices}
        plan = {window.slice for window in manifest.windows}
        current = {(digest, manifest.recipe) for digest in plan}
        entries = [(entry.window.slice, entry.recipe) for entry in manifest.superseded]
        assert len(set(entries)) == len(entries)
        assert not current.intersection(entries)
        for entry in manifest.superseded:
            assert entry.replaced_by
            assert plan.issuperset(entry.replaced_by)
            held = {m.id for digest in entry.replaced_by for m in known[digest].messages}
            lost = {m.id for m in TALK[length:]}
            assert {m.id for m in known[entry.window.slice].messages} <= held | lost
