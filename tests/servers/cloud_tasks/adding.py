"""Adding a task through the real client, for the tests of the server."""

from __future__ import annotations

from typing import Any

from google.cloud import tasks_v2

EMAIL = "invoker@test.iam.gserviceaccount.com"


def add(client: tasks_v2.CloudTasksClient, queue: str, url: str, **fields: Any) -> tasks_v2.Task:
    """Add a task that posts to `url`; `request` changes fields of its request, `name` is its own, short name."""
    request = {"url": url, "body": b"{}", "oidc_token": {"service_account_email": EMAIL}, **fields.pop("request", {})}
    if name := fields.pop("name", None):
        fields["name"] = f"{queue}/tasks/{name}"
    return client.create_task(parent=queue, task=tasks_v2.Task(http_request=request, **fields))
