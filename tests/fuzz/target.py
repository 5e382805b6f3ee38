"""`make fuzz`: damage exports for as long as asked, and show the smallest of what breaks a promise."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from itertools import count

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from fuzz.damage import uploads
from fuzz.promise import check
from fuzz.seeds import Files, seeds

BATCH = 100
"""Uploads between two looks at the clock."""

PEAK = 1024
"""MiB that the whole process may take, whatever is read."""


def fuzz(seconds: float, start: int = 0) -> Counter[str]:
    """Damage uploads for `seconds` of the clock; `start` tells one run from another. Counts what they were read as.

    Raises what a reader should not have raised, of the smallest upload that was found.
    """
    outcomes: Counter[str] = Counter()
    whole = st.sampled_from(sorted(seeds())).flatmap(lambda name: st.sampled_from(seeds()[name]))
    ends, before = time.monotonic() + seconds, _peak()
    for number in count(start):

        @seed(number)
        @settings(
            max_examples=BATCH,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(whole.flatmap(uploads))
        def batch(files: Files) -> None:
            outcomes[check(files)] += 1

        batch()
        if time.monotonic() >= ends:
            assert _peak() - before < PEAK, f"{_peak()} MiB were taken"
            return outcomes
    raise AssertionError  # count() never ends


def _peak() -> int:
    """MiB that this process has held at most, whatever else it did before."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Fuzz, and tell what was read."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--start", type=int, default=None, help="The number of the first batch; by default, the time.")
    arguments = parser.parse_args()
    start = int(time.time()) if arguments.start is None else arguments.start
    print(
        f"fuzzing for {arguments.seconds:g} s from batch {start} on exports of {len(seeds())} formats ...",
        file=sys.stderr,
    )
    for outcome, number in fuzz(arguments.seconds, start).most_common():
        print(f"{number:>8,}  {outcome}")


if __name__ == "__main__":
    main()
