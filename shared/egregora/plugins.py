"""What installed packages add: readers, models and sinks, by entry points of these groups.

    egregora.sinks      called by the scheme of its URLs: a callable (to, *, name) that makes a `Sink`
    egregora.readers    a callable (now) that makes a `Reader`
    egregora.models     called by its `model.provider`: a callable (settings, credentials) that makes a `Model`

They are looked for only where what is built in has no answer, and loaded only when used.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from egregora.errors import Reject

Group = Literal["egregora.sinks", "egregora.readers", "egregora.models"]


def offered(group: Group) -> dict[str, EntryPoint]:
    """What is offered, by name and in the order of names; nothing of it is loaded."""
    found = {entry.name: entry for entry in entry_points(group=group)}
    return dict(sorted(found.items()))


def load(entry: EntryPoint) -> Any:
    """What an entry point names. Raises `Reject`, in one line, where it cannot be loaded."""
    try:
        return entry.load()
    except Exception as error:  # whatever a package does wrong while it is imported
        package = entry.dist.name if entry.dist else "an installed package"
        told = f"{entry.name!r} of {package} ({entry.group}) cannot be loaded: {type(error).__name__}"
        raise Reject(f"{told} in {entry.value}; mend or uninstall it") from error
