"""What every sink promises, and what those promise that compare generations."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from contract.adapters import SINKS
from contract.contenders import at_once
from contract.sites import content
from egregora.errors import Conflict
from egregora.site import Page, Phase
from egregora.site.deliver import RECORD, deliver
from egregora.testing.contracts import SinkContract


class TestSinks(SinkContract):
    """On each adapter."""


@pytest.mark.slow
@pytest.mark.parametrize("adapter", ["gcs", "s3"])
def test_publishers_at_once_leave_a_site_that_the_next_makes_whole(adapter: str, tmp_path: Path) -> None:
    def pages(text: bytes) -> list[Page]:
        return [Page(f"{n}.html", text.hex(), Phase.POSTS, lambda: text) for n in range(40)]

    with SINKS[adapter](tmp_path) as opened:

        def publish(number: int) -> None:
            with suppress(Conflict):
                deliver(pages(str(number).encode()), opened())

        at_once(3, publish)
        deliver(pages(b"last"), opened())
        assert {data for path, data in content(opened()).items() if path != RECORD} == {b"last"}
