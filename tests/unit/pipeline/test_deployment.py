"""What a deployment derives from its ports, and what it cannot do without."""

from __future__ import annotations

from dataclasses import replace

import pytest

from egregora.errors import Reject
from egregora.testing.deployment import MemoryWorld


def test_whoever_needs_the_key_is_told_how_to_give_it() -> None:
    keyless = replace(MemoryWorld().deployment(), key=None)
    for ask in (lambda: keyless.handles, lambda: keyless.desk):
        with pytest.raises(Reject, match=r"not at hand: set EGREGORA_KEY to it, in base64$"):
            ask()


def test_a_recipe_is_kept_once_by_its_digest() -> None:
    world = MemoryWorld()
    for _ in range(2):
        world.deployment().keep_recipe()
    [kept] = world.blobs.list()
    assert (kept.key, kept.generation) == (f"recipes/{world.deployment().recipe_digest}.json", 1)
    assert world.blobs.read(kept.key).data == world.deployment().recipe.model_dump_json().encode()
