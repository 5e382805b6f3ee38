"""What every sink promises: the contract that ships, on each of ours."""

from __future__ import annotations

from egregora.testing.contracts import SinkContract


class TestSinks(SinkContract):
    """On every adapter of the table, which the fixture `open_sink` runs through."""
