"""Enqueue every window that is not terminal, and sweep, as Cloud Scheduler asks or anybody who may call."""

from __future__ import annotations

import functions_framework
import msgspec

from egregora.cloud import starting
from egregora.cloud.answers import Answer
from egregora.cloud.functions import Call, function
from egregora.errors import Reject
from egregora.ids import SourceId
from egregora.logs import event
from egregora.pipeline import reprocessing, sweeping


class Order(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What to do: JSON, all of it optional."""

    source: SourceId | None = None
    since: str | None = None
    """ISO 8601 date; both this and `until` are within."""
    until: str | None = None
    retry: bool = False
    """Give windows that failed or were refused by the model another go."""
    budget: bool = True
    """Keep to the day's budget."""
    sweep: bool = False
    """Remove afterwards what nothing refers to any more."""


@functions_framework.http
@starting.quick
@function()
def reprocess(call: Call) -> Answer:
    """200 once the windows are enqueued."""
    try:
        order = msgspec.json.decode(call.body or b"{}", type=Order)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return call.refuse("task", Reject("the order to reprocess cannot be read"), call.body)
    scope = reprocessing.Scope(order.source, order.since, order.until)
    done = reprocessing.reprocess(call.deployment, scope, retry=order.retry, budget=order.budget)
    event("reprocessed", enqueued=done.enqueued, over_budget=done.over_budget)
    if order.sweep:
        swept = sweeping.sweep(call.deployment)
        event("swept", blobs=swept.blobs, entries=swept.entries)
    return Answer(200, f"{done.enqueued} enqueued, {done.over_budget} over the day's budget")
