"""Replanning: the next manifest of a partition, and which old windows stay on show until it is written.

    old plan        a  b  c           superseded: s ─► a
    new plan        a  d  e           superseded: b ─► d, c ─► d e, s ─► a

A window is superseded by those windows of the present plan that hold its messages. Where those are replaced in turn,
its replacements follow the messages; once all of them are terminal, `settle` lets it go. Superseded windows stand
newest first: of two over one stretch the newer was written later, if it was written at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from egregora.archive.manifest import Manifest, Superseded, WindowRef
from egregora.archive.slices import Slice
from egregora.ids import Partition, RecipeDigest, SliceDigest, SourceId
from egregora.message import said
from egregora.windows.weight import weigh

Shown = Callable[[WindowRef, RecipeDigest, str], bool]
"""Whether a window, under a recipe and by a model, has anything on show."""

Span = tuple[int, float, SliceDigest]
"""Characters of a message, from and to, and the slice that holds them."""


def replan(
    old: Manifest | None,
    slices: Sequence[Slice],
    old_slices: Mapping[SliceDigest, Slice],
    *,
    source: SourceId,
    partition: Partition,
    recipe: RecipeDigest,
    model: str,
    bytes_per_token: float,
    shown: Shown = lambda window, recipe, model: True,
) -> Manifest:
    """The manifest of a new plan; `old` itself where plan, recipe and model are as they were.

    `old_slices` holds the slices of the old plan's windows that are no longer in the new one, and may hold those of
    superseded windows: where one is missing, its replacements are followed through the slices that replaced it.
    `shown` says whether a window that goes has anything on show: only such a one is remembered, so that no message
    lies in more than one superseded window and the list is no longer than what is on show. Without it every window
    is remembered until `settle`.
    """
    windows = tuple(refer_to(slice_) for slice_ in slices)
    if old and (old.windows, old.recipe, old.model) == (windows, recipe, model):
        return old
    manifest = Manifest(
        source=source,
        partition=partition,
        recipe=recipe,
        model=model,
        windows=windows,
        bytes_per_token=bytes_per_token,
    )
    if old is None:
        return manifest
    holders = _Holders(slices, old_slices)
    present = {window.slice for window in windows}
    newly = [_superseded(window, old, holders.of(window.slice)) for window in old.windows]
    earlier = [e.model_copy(update={"replaced_by": holders.of_superseded(e)}) for e in old.superseded]
    kept = [
        entry
        for entry in (*newly, *earlier)
        if entry.replaced_by
        and not (entry.window.slice in present and (entry.recipe, entry.model) == (recipe, model))
        and shown(entry.window, entry.recipe, entry.model)
    ]
    return manifest.model_copy(update={"superseded": tuple(kept)})


def settle(manifest: Manifest, terminal: Callable[[SliceDigest], bool]) -> Manifest:
    """Let go of superseded windows whose replacements are all terminal; `manifest` itself where none is."""
    kept = tuple(entry for entry in manifest.superseded if not all(map(terminal, entry.replaced_by)))
    return manifest if len(kept) == len(manifest.superseded) else manifest.model_copy(update={"superseded": kept})


def _superseded(window: WindowRef, plan: Manifest, replaced_by: tuple[SliceDigest, ...]) -> Superseded:
    return Superseded(window=window, recipe=plan.recipe, model=plan.model, replaced_by=replaced_by)


def refer_to(slice_: Slice) -> WindowRef:
    """What a plan says of a slice."""
    times = [message.time for message in slice_.messages if message.time]
    return WindowRef(
        slice=slice_.digest,
        first=min(times, default=None),
        last=max(times, default=None),
        messages=len(said(slice_.messages)),
        bytes=weigh(slice_.messages),
    )


class _Holders:
    """Which slices of the new plan hold the messages of an old one."""

    def __init__(self, slices: Sequence[Slice], old_slices: Mapping[SliceDigest, Slice]) -> None:
        self._order = {slice_.digest: place for place, slice_ in enumerate(slices)}
        self._old = old_slices
        self._spans: dict[str, list[Span]] = {}
        for slice_ in slices:
            for identifier, start, end in _pieces(slice_):
                self._spans.setdefault(identifier, []).append((start, end, slice_.digest))

    def of(self, digest: SliceDigest) -> tuple[SliceDigest, ...]:
        """The new slices that hold messages of an old slice, in the order of the plan."""
        if digest in self._order:
            return (digest,)
        if digest not in self._old:
            return ()
        return self._sorted(
            holder
            for identifier, start, end in _pieces(self._old[digest])
            for low, high, holder in self._spans.get(identifier, ())
            if low < end and start < high
        )

    def of_superseded(self, entry: Superseded) -> tuple[SliceDigest, ...]:
        """The new slices that replace a window which the old plan had replaced already."""
        if entry.window.slice in self._order or entry.window.slice in self._old:
            return self.of(entry.window.slice)
        return self._sorted(holder for digest in entry.replaced_by for holder in self.of(digest))

    def _sorted(self, digests: Iterable[SliceDigest]) -> tuple[SliceDigest, ...]:
        return tuple(sorted(set(digests), key=self._order.__getitem__))


def _pieces(slice_: Slice) -> Iterable[tuple[str, int, float]]:
    for message in slice_.messages:
        start, end = message.segment[:2] if message.segment else (0, float("inf"))
        yield message.id, start, end
