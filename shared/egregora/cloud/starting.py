"""A quick start: the garbage collector rests until the first answer, for what imports make is there to stay.

A function imports this before anything heavy. It takes an eighth off a start, more than any one module could.
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

gc.disable()


def quick(view: Callable[P, R]) -> Callable[P, R]:
    """Let the collector work from the first answer of `view` on, past all that was made by then."""

    @functools.wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return view(*args, **kwargs)
        finally:
            if not gc.isenabled():
                gc.freeze()
                gc.enable()

    return answer
