"""The figures of a soak, as a table."""

from __future__ import annotations

from collections import Counter

from soak.run import Outcome


def table(outcome: Outcome) -> str:
    """Markdown with a line for each figure."""
    ledger, calls, verdict = outcome.ledger, outcome.calls, outcome.verdict
    whole = sum(kill.whole for kill in ledger.kills)
    again = Counter({f"answered {status}": n for status, n in outcome.deliveries.items() if status != "200"})
    rows = {
        "uploads": _parts(ledger.uploads),
        "windows done": f"{outcome.states['DONE']:,}, of which {verdict.windows:,} stand in the last plans",
        "windows split": f"{outcome.states['SPLIT']:,}",
        "kills": f"{_parts(Counter(kill.function for kill in ledger.kills))}; {whole} of them whole instances",
        "server restarts": _parts(Counter(server for server, _ in ledger.restarts)),
        "faults": _parts(ledger.faults),
        "retries": f"{outcome.retries:,} windows taken up again",
        "deliveries": f"{outcome.deliveries.total():,}, of which to be made again {_parts(again)}",
        "model calls answered": f"{calls.answers:,}",
        "extra model calls": f"{calls.extra:,}, where {calls.bound:,} answers may have been lost",
        "lost": f"{verdict.lost:,}",
        "doubled": f"{verdict.doubled:,}",
    }
    return "\n".join(("| figure | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())))


def _parts(counts: Counter[str]) -> str:
    return f"{counts.total():,} ({', '.join(f'{count:,} {name}' for name, count in counts.most_common())})"
