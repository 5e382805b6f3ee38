"""Show the private site to readers whom Identity-Aware Proxy has let through."""

from __future__ import annotations

import logging
import sys
import threading
from functools import cache
from typing import TYPE_CHECKING

import functions_framework
import google.cloud.storage  # type: ignore[import-untyped]  # noqa: F401 - takes long, so before anybody asks

from egregora.blobs.gcs_objects import storage_client
from egregora.cloud.serving import BucketFiles, Files, serve
from egregora.logs import log_to
from egregora.settings import cloud

if TYPE_CHECKING:
    from flask import Request
    from werkzeug.wrappers import Response

_first = threading.Lock()


@functions_framework.http
def serve_site(request: Request) -> Response:
    """200, 301, 304 or 404; 503 where the bucket cannot be read."""
    with _first:
        files = _site()
    return serve(request, files)


@cache
def _site() -> Files:
    """Opened on the first request, for an instance is forked after its code was imported."""
    log_to(logging.StreamHandler(sys.stdout))
    place = cloud()
    return BucketFiles(place.site_bucket, storage_client(place.project))
