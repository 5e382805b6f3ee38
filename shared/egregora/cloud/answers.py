"""From what became of a call to the HTTP answer that Cloud Tasks, Eventarc and Cloud Scheduler act upon.

    200   it is over: done, split, blocked, failed, dropped, refused; delivered no more
    401   no caller's token that holds      403   a token, but not one of ours
    409   another delivery is at it: again later, without slowing the queue
    503   again later, after Retry-After where it is known; the queue slows down
    500   a fault of ours: again later, more slowly each time

A setting that must be mended (`Reject`) is answered 503 too: no task can succeed until then, so the slower the queue
the better, and once it is mended all goes on by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from egregora.errors import Conflict, EgregoraError, Reject, Retry, Unreadable
from egregora.logs import whereabouts
from egregora.pipeline.processing import Outcome, Result

MENDING = 600.0
"""Seconds until a call is tried again that failed by a setting."""
_STATUS = {Result.HELD: 409, Result.AGAIN: 503}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status, a line of text without a name, and seconds to wait where they are known."""

    status: int
    text: str
    after: float | None = None

    def as_response(self) -> tuple[str, int, dict[str, str]]:
        """Body, status and headers, as Flask takes them."""
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if self.after is not None:
            headers["Retry-After"] = str(math.ceil(self.after))
        return f"{self.text}\n", self.status, headers


def answer_outcome(outcome: Outcome) -> Answer:
    """What the windows queue is told of a window."""
    return Answer(_STATUS.get(outcome.result, 200), outcome.result.value)


def answer_failures(failures: Iterable[EgregoraError]) -> Answer:
    """What a caller is told where some of the work failed: to call again, as soon as any of it may succeed."""
    answers = [answer_error(failure) for failure in failures]
    return min(answers, key=lambda answer: answer.after or 0.0)


def answer_error(error: Exception) -> Answer:
    """What a caller is told of an error; never a traceback, never the message of an unknown one."""
    match error:
        case Retry():
            return Answer(503, str(error), error.after)
        case Conflict():
            return Answer(409, str(error))
        case Unreadable():
            return Answer(503, error.fault, MENDING)
        case Reject():
            return Answer(503, str(error), MENDING)
        case _:
            return Answer(500, f"a fault in egregora itself ({whereabouts(error)})")
