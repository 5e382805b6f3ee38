"""Logs: one JSON object a line, with window, attempt and cost where they apply; never content, never a name."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

logger = logging.getLogger("egregora")
logger.addHandler(logging.NullHandler())
logger.propagate = False

_shared: ContextVar[Mapping[str, object]] = ContextVar("shared", default=MappingProxyType({}))


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON, in the shape that Cloud Logging reads from standard output.

    Of an exception it says type and places: its message may quote what it read.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "severity": record.levelname,
            "message": record.getMessage(),
            **_shared.get(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["at"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(line, ensure_ascii=False)


def event(message: str, *, level: int = logging.INFO, **facts: object) -> None:
    """Log that something happened. `facts` are ids, counts, states, durations and costs."""
    logger.log(level, message, extra={"facts": facts})


def fault(message: str, error: BaseException, **facts: object) -> None:
    """Log an error that nobody expected: its type and where it came from, not its message."""
    logger.error(message, exc_info=error, extra={"facts": facts})


@contextmanager
def within(facts: Mapping[str, object]) -> Iterator[None]:
    """Give every line that this thread logs meanwhile some more facts, such as its trace."""
    token = _shared.set({**_shared.get(), **facts})
    try:
        yield
    finally:
        _shared.reset(token)


def note(**facts: object) -> None:
    """Give every line that is logged from now on, until the end of the `within` around it, some more facts."""
    _shared.set({**_shared.get(), **facts})


def log_to(handler: logging.Handler) -> logging.Handler:
    """Send the logs to `handler` and return it, for `logger.removeHandler`."""
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    return handler


def whereabouts(error: BaseException) -> str:
    """An exception's type and the place it came from, without its message, which may quote what was read."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
