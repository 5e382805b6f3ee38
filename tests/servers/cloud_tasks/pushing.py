"""Delivering a task: one HTTP request with the headers and the token that Cloud Tasks sends."""

from __future__ import annotations

import http.client
import socket
import threading
from contextlib import suppress
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from google.cloud import tasks_v2

from servers.cloud_tasks.queues import Answer, Entry, seconds_of
from servers.cloud_tasks.tokens import Issuer

_DEADLINE = 600.0
"""Seconds, where a task names none."""


class Pusher:
    """Sends requests from many threads; `cut` breaks off all that are under way."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._lock = threading.Lock()
        self._open: set[http.client.HTTPConnection] = set()

    def push(self, task: tasks_v2.Task, headers: dict[str, str], now: float) -> Answer:
        """Send a task's request with `headers` added. An answer that is not there by its deadline is none."""
        request = task.http_request
        deadline = seconds_of(task, "dispatch_deadline") or _DEADLINE
        address = urlsplit(request.url)
        secure = address.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(address.hostname or "", address.port, timeout=deadline)
        with self._lock:
            self._open.add(connection)
        try:
            target = (address.path or "/") + (f"?{address.query}" if address.query else "")
            sent = {**dict(request.headers), **headers, **self._authorization(request)}
            method = tasks_v2.HttpMethod(request.http_method or tasks_v2.HttpMethod.POST).name
            connection.request(method, target, body=request.body, headers=sent)
            response = connection.getresponse()
            response.read()
            return Answer(response.status, _seconds(response.getheader("Retry-After"), now))
        except (OSError, http.client.HTTPException):
            return Answer(None)
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def cut(self) -> None:
        """Break off every request under way."""
        with self._lock:
            for connection in self._open:
                if connection.sock is not None:
                    with suppress(OSError):
                        connection.sock.shutdown(socket.SHUT_RDWR)

    def _authorization(self, request: tasks_v2.HttpRequest) -> dict[str, str]:
        if "oidc_token" not in request:
            return {}
        token = request.oidc_token
        signed = self._issuer.token(token.service_account_email, token.audience or request.url)
        return {"Authorization": f"Bearer {signed}"}


def headers_of(entry: Entry) -> dict[str, str]:
    """What Cloud Tasks says of a delivery."""
    queue, _, name = entry.task.name.partition("/tasks/")
    headers = {
        "User-Agent": "Google-Cloud-Tasks",
        "X-CloudTasks-QueueName": queue.rpartition("/")[2],
        "X-CloudTasks-TaskName": name,
        "X-CloudTasks-TaskRetryCount": str(entry.dispatches - 1),
        "X-CloudTasks-TaskExecutionCount": str(entry.executions),
        "X-CloudTasks-TaskETA": f"{entry.due:.6f}",
    }
    if entry.previous is not None:
        headers["X-CloudTasks-TaskPreviousResponse"] = str(entry.previous)
    return headers


def _seconds(value: str | None, now: float) -> float | None:
    """A Retry-After, as seconds or a date."""
    if value is None:
        return None
    if value.isdigit():
        return float(value)
    with suppress(ValueError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    return None
