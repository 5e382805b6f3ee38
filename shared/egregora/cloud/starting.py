"""A quick start: the garbage collector rests while modules are imported, for all that they make is there to stay.

To be imported before anything heavy. It takes an eighth off a start, more than any single module that could be spared.
"""

from __future__ import annotations

import gc

gc.disable()


def over() -> None:
    """Let the collector work again, past what was there when it was first called."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
