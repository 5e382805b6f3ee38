"""Ways in which one call of a port can go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from egregora.errors import BadAnswer, Block, Conflict, NotFound, RateLimited, Reject, Retry, Split
from egregora.testing import Call
from faults.system import CrashError

Fault = Callable[[Call], Any]


def outage(_: Call) -> Any:
    """The service is away."""
    raise Retry("unavailable")


def quota(_: Call) -> Any:
    """The service asks for fewer calls."""
    raise RateLimited("quota", after=30)


def late(call: Call) -> Any:
    """What was asked for took place, and its answer did not come in time."""
    call()
    raise Retry("timeout")


def conflict(call: Call) -> Any:
    """Another writer was first; of what is only ever made once, the other made the same."""
    if call.name == "journal.create" or call.keywords.get("if_generation") == 0:
        call()
    raise Conflict


def missing(_: Call) -> Any:
    """The service does not find what is there."""
    raise NotFound


def denied(_: Call) -> Any:
    """The service refuses until somebody mends a setting."""
    raise Reject("a permission is missing")


def partly(call: Call) -> Any:
    """Of several tasks the first is enqueued, then the service is away."""
    (tasks,) = call.arguments
    call.make(tasks[:1])
    raise Retry("unavailable")


def blocked(_: Call) -> Any:
    """The model refuses the content."""
    raise Block("safety")


def spoilt(_: Call) -> Any:
    """The model's answer is none."""
    raise BadAnswer("cut off")


def overflow(_: Call) -> Any:
    """The model finds the request too large."""
    raise Split("too large")


def crash_before(_: Call) -> Any:
    """The process dies before the call."""
    raise CrashError


def crash_after(call: Call) -> Any:
    """The process dies right after it."""
    call()
    raise CrashError


CRASHES: tuple[Fault, ...] = (crash_before, crash_after)


def faults_of(call: Call) -> Iterator[Fault]:
    """How a call can fail as its service can."""
    port, _, method = call.name.partition(".")
    yield outage
    if port == "model":
        yield from (quota, denied)
        if method == "answer":
            yield from (late, blocked, spoilt, overflow)
    if port == "journal":
        yield denied
    if method in {"write", "create", "update", "delete", "enqueue"}:
        yield late
    if method in {"create", "update"} or (method == "write" and (port == "sink" or is_conditional(call))):
        yield conflict
    if (port, method) == ("blobs", "read"):
        yield missing
    if method == "enqueue" and len(call.arguments[0]) > 1:
        yield partly


def is_conditional(call: Call) -> bool:
    """Whether a write names the generation that it replaces."""
    return call.keywords.get("if_generation") is not None


def is_about_answers(call: Call) -> bool:
    """Whether an answer of the model may be lost by this call's failing, and have to be paid for again."""
    return call.name == "model.answer" or call.key.startswith("responses/")


class Breaking:
    """Breaks call number `target` (from 1) by `fault`, and remembers which that was. Without a fault it counts."""

    def __init__(self, target: int = 0, fault: Fault | None = None) -> None:
        self.calls: list[Call] = []
        self.broken: Call | None = None
        self._target = target
        self._fault = fault

    def __call__(self, call: Call) -> Any:
        """Stand around a call; a look at the clock is none."""
        if call.name == "clock.now":
            return call()
        self.calls.append(call)
        if len(self.calls) == self._target and self._fault:
            self.broken = call
            return self._fault(call)
        return call()
