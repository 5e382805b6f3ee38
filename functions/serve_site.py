"""Show the private site to readers whom Identity-Aware Proxy has let through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import functions_framework
import google.cloud.storage  # type: ignore[import-untyped]  # noqa: F401 - takes long, so before anybody asks

from egregora.blobs.gcs_objects import storage_client
from egregora.cloud.opening import log_to_stdout, once
from egregora.cloud.serving import BucketFiles, Files, serve
from egregora.settings import cloud

if TYPE_CHECKING:
    from flask import Request
    from werkzeug.wrappers import Response


@functions_framework.http
def serve_site(request: Request) -> Response:
    """200, 301, 304 or 404; 503 where the bucket cannot be read."""
    log_to_stdout()
    return serve(request, _site())


@once
def _site() -> Files:
    place = cloud()
    return BucketFiles(place.site_bucket, storage_client(place.project))
