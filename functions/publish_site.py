"""Bring the site up to what is known, as the publish queue asks: one at a time, once for a burst of windows."""

from __future__ import annotations

import functions_framework

from egregora.cloud import starting
from egregora.cloud.answers import Answer
from egregora.cloud.functions import Call, function
from egregora.logs import event
from egregora.pipeline import publishing


@functions_framework.http
@starting.quick
@function(site=True)
def publish_site(call: Call) -> Answer:
    """200 once the site is up to date, 409 where another publish was first. What was sent says nothing."""
    published = publishing.publish_site(call.deployment)
    for sink, delivery in published.deliveries.items():
        event("published", sink=sink, posts=published.posts, written=delivery.written, deleted=delivery.deleted)
    return Answer(200, "published")
