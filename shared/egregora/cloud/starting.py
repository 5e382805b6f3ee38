"""A quick start: the garbage collector seldom works until the first answer, for what imports make is there to stay.

A function imports this before anything heavy. It takes an eighth off a start, more than any one module could. To have
it rest altogether would be no quicker, and the first call may be a long one, whose garbage takes all memory there is.
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_SELDOM = 50_000
"""New objects between two collections."""

_usual = gc.get_threshold()
gc.set_threshold(_SELDOM)


def quick(view: Callable[P, R]) -> Callable[P, R]:
    """Let the collector work as usual from the first answer of `view` on, past all that was made by then."""

    @functools.wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return view(*args, **kwargs)
        finally:
            if gc.get_threshold() != _usual:
                gc.freeze()
                gc.set_threshold(*_usual)

    return answer
