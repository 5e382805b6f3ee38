"""How far the work is: what is done, what failed and why, what it cost. Never a word of the conversation."""

from __future__ import annotations

from collections import Counter
from typing import Any

from egregora.journal import TROUBLED, State, Usage
from egregora.site import Page, Phase, RefusedRow, SiteInput, StatusRow
from egregora.site.dates import clock, day_label, day_of, month_label, span
from egregora.site.frame import Frame

LISTED = 100
"""Windows in trouble that are listed one by one."""
_WORDS: dict[State | None, str] = {
    "DONE": "written",
    "SPLIT": "split into smaller ones",
    "RUNNING": "being worked on",
    None: "waiting",
    "BLOCKED": "refused by the model",
    "FAILED": "failed",
}


def status_page(frame: Frame, site: SiteInput) -> Page:
    """The state of every window, in numbers; those in trouble, one by one."""
    counts = Counter(row.state for row in site.status)
    usage = sum((row.usage for row in site.status), Usage())
    titles = {source.id: source.title for source in site.sources}
    trouble = [row for row in site.status if row.state in TROUBLED]
    leaves = sum(count for state, count in counts.items() if state != "SPLIT")
    context: dict[str, Any] = {
        "states": [
            {"word": word, "state": (state or "waiting").lower(), "count": counts[state]}
            for state, word in _WORDS.items()
            if counts[state]
        ],
        "done": counts["DONE"],
        "leaves": leaves,
        "trouble": [_trouble(row, titles.get(row.source, "")) for row in trouble[:LISTED]],
        "more": max(0, len(trouble) - LISTED),
        "refused": [_refused(row) for row in site.refused],
        "unlisted": site.refusals - len(site.refused),
        "failing": [{"name": row.name, "reason": row.reason, "since": _moment(row.at)} for row in site.failing],
        "usage": {
            "input": usage.input_tokens,
            "output": usage.output_tokens,
            "calls": usage.calls,
            "reused": usage.reused,
            "cost": f"{usage.cost:,.2f}" if usage.cost >= 0.01 or not usage.cost else f"{usage.cost:.4f}",
        },
        "sources": [
            {
                "title": source.title,
                "messages": source.messages,
                "span": span(source.first, source.last),
                "warnings": source.warnings,
            }
            for source in site.sources
        ],
    }
    return frame.page("status/index.html", Phase.HUBS, "status.html", context)


def _refused(row: RefusedRow) -> dict[str, str]:
    return {
        "what": "An upload" if row.kind == "upload" else "A task",
        "reason": row.reason,
        "at": _moment(row.at),
    }


def _moment(at: str) -> str:
    return f"{day_label(day_of(at))}, {clock(at)} UTC"


def _trouble(row: StatusRow, title: str) -> dict[str, Any]:
    partition = row.partition
    dated = len(partition) == 7 and partition[4] == "-" and partition.replace("-", "").isdigit()
    return {
        "source": title,
        "partition": month_label(partition) if dated else partition,
        "span": span(row.first, row.last),
        "messages": row.messages,
        "reason": row.reason or "no reason was recorded",
        "state": (row.state or "waiting").lower(),
        "word": _WORDS[row.state],
        "signature": row.signature[:12],
    }
