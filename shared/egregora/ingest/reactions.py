"""Reactions that an export counts, of which it names some."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Final

from egregora.message import Reaction

_UNNAMED: Final = 100
"""Reactions without a name that are told apart; thousands under one message say no more."""


def given(emoji: str, names: Iterable[str | None], count: int) -> Iterator[Reaction]:
    """One reaction for each of those who are named, and further ones up to `count`; none without an emoji."""
    if not emoji:
        return
    named = [Reaction(emoji, name or None) for name in names]
    yield from named
    yield from repeat(Reaction(emoji), min(max(0, count - len(named)), _UNNAMED))
