from __future__ import annotations

import pytest

from benchmarks.site_growth import measure

pytestmark = pytest.mark.slow


def test_adding_a_post_writes_few_files_and_no_more_on_a_larger_site() -> None:
    small, large = measure(24), measure(96)
    assert small["add_written"] <= 60
    assert large["add_written"] <= 60
    assert large["add_rendered"] <= small["add_rendered"] + 20
    assert (small["unchanged_written"], large["unchanged_written"]) == (0, 0)
