"""docs/reliability.md: every fault has its test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs/reliability.md"
CATALOGUE = PAGE.read_text(encoding="utf-8").partition("\n## The catalogue\n")[2].partition("\n## ")[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in CATALOGUE.splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| fault |"))
]
WRITTEN = {
    name
    for file in TESTS.rglob("test_*.py")
    for name in re.findall(r"^ *(?:async )?def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
}


def test_the_catalogue_is_not_short() -> None:
    assert len(ROWS) >= 27
    assert len({row[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_what_is_seen_and_done_and_names_tests_that_are_there(row: list[str]) -> None:
    _, seen, done, shown = row
    assert seen
    assert done
    names = re.findall(r"`(test_\w+)`", shown)
    assert names
    assert set(names) <= WRITTEN
