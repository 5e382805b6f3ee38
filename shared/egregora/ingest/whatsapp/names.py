"""Who wrote a line: names as they stand, names that hold a colon, and labels that are nobody's name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from egregora.ingest.whatsapp.text import plain

_FEWEST = 3
"""Lines before a recurring "Team: Rome" is taken for a name."""
_MOST = 64
"""Names that may start with the same words and a colon."""
_LONGEST = 60
_MOST_SUSPECTS = 500


def clean(prefix: str) -> str:
    """A display name from what stands before the colon: without marks and without the ``~`` of unsaved contacts."""
    return plain(prefix).strip().removeprefix("~").strip()


@dataclass(slots=True)
class ColonNames:
    """Finds names that hold ``": "``.

    "Team: Rome: hello" starts with the same words as a line of somebody called "Team" would. Where every line of
    "Team" goes on with one of a few recurring words and a colon, before differing bodies, the longer name is meant. A
    name is suspect until a line of it says otherwise, so only first blocks cost anything.
    """

    suspects: dict[str, Counter[str]] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    _bodies: dict[str, str] = field(default_factory=dict)
    _varied: set[str] = field(default_factory=set)

    def suspect(self, names: set[str]) -> set[str]:
        """Take up names not seen before; returns those of `names` whose lines are still wanted."""
        for name in sorted(names - self.cleared - self.suspects.keys()):
            if len(self.suspects) < _MOST_SUSPECTS:
                self.suspects[name] = Counter()
            else:
                self.cleared.add(name)
        return names & self.suspects.keys()

    def line(self, name: str, body: str) -> None:
        """Weigh one line of a suspect name; `body` is what follows its colon."""
        counts = self.suspects.get(name)
        if counts is None:
            return
        more, colon, rest = body.lstrip(" ").partition(": ")
        if not colon or not more or len(more) > _LONGEST or (more not in counts and len(counts) >= _MOST):
            del self.suspects[name]
            self.cleared.add(name)
            return
        counts[more] += 1
        longer = f"{name}: {more}"
        if self._bodies.setdefault(longer, rest) != rest:
            self._varied.add(longer)

    def found(self) -> dict[str, Counter[str]]:
        """First words → longer names and how many lines each has."""
        return {
            name: Counter({f"{name}: {more}": n for more, n in counts.items()})
            for name, counts in self.suspects.items()
            if counts.total() >= _FEWEST
            and all(n > 1 and f"{name}: {more}" in self._varied for more, n in counts.items())
        }
