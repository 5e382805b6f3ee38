"""How each sink stands: whether the last publish reached it, since when that is so, and why it is not.

sinks/<name>.json     written where that changes; removed with the sink
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Literal

import msgspec

from egregora.blobs import BlobStore
from egregora.errors import NotFound
from egregora.pipeline.deployment import Deployment

_PREFIX = "sinks/"


class SinkState(msgspec.Struct, frozen=True):
    """A sink after the last publish; `at` (UTC) is when this began to be so, `reason` one of our own lines."""

    name: str
    what: str
    sources: tuple[str, ...]
    state: Literal["delivered", "failed"]
    at: datetime
    reason: str | None = None


def read_states(blobs: BlobStore) -> list[SinkState]:
    """Every sink that was ever published to and still is, by name."""
    states = []
    for info in list(blobs.list(_PREFIX)):
        with suppress(NotFound, msgspec.DecodeError):  # removed meanwhile, or written by another version
            states.append(msgspec.json.decode(blobs.read(info.key).data, type=SinkState))
    return states


def failing(states: list[SinkState]) -> list[SinkState]:
    """Those that the last publish did not reach."""
    return [state for state in states if state.state == "failed"]


def keep_states(deployment: Deployment, before: list[SinkState], reasons: Mapping[str, str | None]) -> list[SinkState]:
    """Write down how sinks stand after a publish: `reasons` of those it fed or could not, by name. Returns all."""
    known = {state.name: state for state in before}
    states = []
    for outlet in sorted(deployment.outlets, key=lambda outlet: outlet.name):
        old = known.pop(outlet.name, None)
        if outlet.name in reasons:
            reason = reasons[outlet.name]
            new = SinkState(
                name=outlet.name,
                what=outlet.what,
                sources=tuple(outlet.sources),
                state="failed" if reason else "delivered",
                at=deployment.clock.now(),
                reason=reason,
            )
            if old is None or msgspec.structs.replace(new, at=old.at) != old:
                deployment.blobs.write(f"{_PREFIX}{new.name}.json", msgspec.json.encode(new))
                old = new
        if old:
            states.append(old)
    for name in known:
        deployment.blobs.delete(f"{_PREFIX}{name}.json")
    return states
