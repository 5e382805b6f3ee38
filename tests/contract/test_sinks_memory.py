"""What a sink in memory adds: publishers that give way, as those in the cloud do."""

from __future__ import annotations

import pytest

from egregora.errors import Conflict
from egregora.testing import MemorySink


def test_of_two_publishers_that_compare_the_one_that_read_before_the_other_wrote_gives_way() -> None:
    sink = MemorySink()
    sink.write("index.html", b"old")
    first, second = sink.publisher(), sink.publisher()
    for publisher in (first, second):
        assert list(publisher.list()) == ["index.html"]
    first.write("index.html", b"new")
    first.write("other.html", b"new")
    for path in ("index.html", "other.html"):
        with pytest.raises(Conflict):
            second.write(path, b"late")
        with pytest.raises(Conflict):
            second.delete(path)
    assert sink.read("index.html") == b"new"
