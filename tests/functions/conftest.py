"""What tests of functions share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.world import World, open_world


@pytest.fixture
def world() -> Iterator[World]:
    """An empty deployment."""
    with open_world() as one:
        yield one
