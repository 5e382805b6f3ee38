"""What model calls consumed."""

from __future__ import annotations

from egregora.journal import Usage


def test_usages_add_up() -> None:
    assert Usage(1, 20, 0.25, 4000, 50_000, 600_000) + Usage(3, 40, 0.5, 5000, 60_000, 700_000) == Usage(
        4, 60, 0.75, 9000, 110_000, 1_300_000
    )
