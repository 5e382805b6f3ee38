"""Lines that name the day of what follows, as each locale writes them.

2024/01/15(Mon)   2023/12/01(週五)   2024/1/2週二   2015/12/25 Fri   2017.09.03 Sunday   R7/02/11(火)
Sun, 26/04/2026   Mon, 11/03/2025   2024年1月15日(月)   2024년 1월 15일 월요일   15/01/2567 จันทร์
"""

from __future__ import annotations

import re

from egregora.ingest.days import Day

_LETTERS = r"[^\W\d_][^\d\t()（）:]{0,19}"
_DAY = re.compile(
    rf"(?P<before>{_LETTERS},? )?(?P<era>[RHS])?(?P<a>\d{{1,4}})[/.年년-] ?"
    rf"(?P<b>\d{{1,2}})[/.月월-] ?(?P<c>\d{{1,4}})[日일]? ?(?P<after>[(（]?{_LETTERS}[)）]?)?\s*"
)
_ERAS = {"R": 2018, "H": 1988, "S": 1925}


def read(line: str) -> Day | None:
    """The day that a line names, if it does nothing else."""
    if len(line) > 60 or not (found := _DAY.fullmatch(line)):
        return None
    a, b, c = (int(found[part]) for part in "abc")
    if found["era"]:
        a += _ERAS[found["era"]]
    day = Day((a, b, c), (found["before"] or found["after"] or "").strip("()（）, .").casefold())
    return day if day.exists else None
