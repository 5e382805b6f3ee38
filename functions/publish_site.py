"""Bring the site up to what is known, as the publish queue asks: one at a time, once for a burst of windows."""

from __future__ import annotations

import logging

import functions_framework

from egregora.cloud import starting
from egregora.cloud.answers import Answer, answer_failures
from egregora.cloud.functions import Call, function
from egregora.logs import event
from egregora.pipeline import publishing


@functions_framework.http
@starting.quick
@function(site=True)
def publish_site(call: Call) -> Answer:
    """200 once all is up to date, 409 where another publish was first, 503 where a sink failed: to be asked again."""
    published = publishing.publish_site(call.deployment)
    for sink, delivery in published.deliveries.items():
        event("published", sink=sink, posts=published.posts, written=delivery.written, deleted=delivery.deleted)
    for sink, fault in published.failures.items():
        event("a sink failed", level=logging.WARNING, sink=sink, reason=str(fault))
    return answer_failures(published.failures.values()) if published.failures else Answer(200, "published")
