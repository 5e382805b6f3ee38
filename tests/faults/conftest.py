"""What every fault test may use, and the figures that stand at the end of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

EXPLORED = "explored"


@pytest.fixture
def explored(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """Tell how much a test went through, by kind: it is summed up at the end of the run."""
    return lambda kind, count: record_property(EXPLORED, (kind, count))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was gone through, over all tests and workers."""
    total = Counter[str]()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                for name, value in report.user_properties:
                    if name == EXPLORED:
                        total[value[0]] += value[1]
    if total:
        terminalreporter.section("fault tests")
        for kind, count in sorted(total.items()):
            terminalreporter.write_line(f"{count:>8,} {kind}")
