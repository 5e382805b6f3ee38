"""The trace that a request belongs to, as Cloud Logging wants it named in each line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})\b")
_CLOUD_TRACE = re.compile(r"([0-9a-fA-F]{32})(?:/(\d{1,20}))?(?:;o=(\d))?")


def trace_of(headers: Headers, project: str) -> dict[str, object]:
    """Trace, span and whether it is sampled, from ``traceparent`` or ``X-Cloud-Trace-Context``; else nothing."""
    if found := _TRACEPARENT.match(headers.get("traceparent", "")):
        return _named(project, found[1], found[2], sampled=bool(int(found[3], 16) & 1))
    if found := _CLOUD_TRACE.match(headers.get("X-Cloud-Trace-Context", "")):
        span = f"{int(found[2]):016x}" if found[2] else None
        return _named(project, found[1].lower(), span, sampled=found[3] == "1")
    return {}


def _named(project: str, trace: str, span: str | None, *, sampled: bool) -> dict[str, object]:
    named: dict[str, object] = {"logging.googleapis.com/trace": f"projects/{project}/traces/{trace}"}
    if span:
        named["logging.googleapis.com/spanId"] = span
    named["logging.googleapis.com/trace_sampled"] = sampled
    return named
