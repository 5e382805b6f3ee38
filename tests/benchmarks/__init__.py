"""Benchmarks: speed and memory, as ratios within one run or as counts. They print; they never fail on a clock."""
