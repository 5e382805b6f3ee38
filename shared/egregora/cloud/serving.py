"""A private site out of its bucket: the path of a request is an object's name.

    /  people/           index.html of the folder           people         people/, where that is a folder
    what is not there    404.html, with status 404          .egregora/     not there, whatever lies in it

Types and how long a page holds are the object's own, as the sink set them; but no cache between here and the reader
may keep what only a reader may see. Whether anybody may read is decided before: by Identity-Aware Proxy.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from egregora.blobs.gcs_faults import translated
from egregora.cloud.answers import answer_error
from egregora.errors import EgregoraError, NotFound
from egregora.folders import is_path
from egregora.logs import event, fault

if TYPE_CHECKING:
    from google.cloud.storage import Client  # type: ignore[import-untyped]
    from werkzeug.wrappers import Request

INDEX, MISSING, OURS = "index.html", "404.html", ".egregora/"
PIECE = 1024 * 1024
"""Bytes read and sent at once."""
_TIMEOUT = (10, 60)


@dataclass(frozen=True, slots=True)
class File:
    """A file of the site: its media type, its Cache-Control, the version that is read, and its size in bytes."""

    type: str
    caching: str
    version: str
    size: int
    read: Callable[[], Iterator[bytes]]
    """Its bytes in pieces. Raises `NotFound` where this version was replaced or deleted meanwhile."""


class Files(Protocol):
    """The files of a site."""

    def find(self, path: str) -> File | None:
        """The file at `path`; None where there is none. Raises `Retry`."""
        ...


class BucketFiles:
    """The files in the bucket `bucket`, shared safely by threads."""

    def __init__(self, bucket: str, client: Client) -> None:
        self._bucket = client.bucket(bucket)

    def find(self, path: str) -> File | None:
        """The file at `path`, pinned to its present generation."""
        with translated():
            found = self._bucket.get_blob(path, timeout=_TIMEOUT)
        if found is None:
            return None

        def read() -> Iterator[bytes]:
            pinned = self._bucket.blob(path, generation=found.generation)
            with translated(), pinned.open("rb", chunk_size=PIECE, timeout=_TIMEOUT, raw_download=True) as reader:
                for _ in range(0, int(found.size), PIECE):  # to read on to the end would be one request more
                    yield reader.read(PIECE)

        kind = found.content_type or "application/octet-stream"
        return File(kind, found.cache_control or "no-cache", str(found.generation), int(found.size), read)


def serve(request: Request, files: Files) -> Response:
    """Answer with the page that is asked for. Whatever goes wrong is logged and answered; nothing is raised."""
    if request.method not in {"GET", "HEAD"}:
        return Response("only to be read\n", 405, {"Allow": "GET, HEAD"})
    try:
        return _page(request, files)
    except NotFound:
        return Response("the page has just been replaced\n", 503, {"Retry-After": "1"})
    except EgregoraError as error:
        told = answer_error(error)
        event("a page could not be served", level=logging.ERROR, status=told.status, reason=told.text)
    except Exception as error:
        told = answer_error(error)
        fault("a fault in egregora itself", error)
    return Response(*told.as_response())


def _page(request: Request, files: Files) -> Response:
    path = request.path.removeprefix("/")
    if not path or path.endswith("/"):
        path += INDEX
    if not is_path(path) or path.startswith(OURS):
        return _missing(request, files)
    if file := files.find(path):
        return _sent(request, file).make_conditional(request)
    if files.find(f"{path}/{INDEX}"):
        return redirect(f"/{path}/", 301)
    return _missing(request, files)


def _missing(request: Request, files: Files) -> Response:
    file = files.find(MISSING)
    return _sent(request, file, 404) if file else Response("there is no such page\n", 404)


def _sent(request: Request, file: File, status: int = 200) -> Response:
    """The file as a response; a page's version is its ETag, and its first piece is read before anything is promised."""
    unwanted = request.method == "HEAD" or (status == 200 and file.version in request.if_none_match)
    body: Iterator[bytes] = iter(()) if unwanted else file.read()
    first = next(body, b"")
    response = Response(chain([first], body), status, content_type=file.type, direct_passthrough=True)
    response.content_length = file.size
    response.headers["Cache-Control"] = file.caching.replace("public", "private")
    response.headers["X-Content-Type-Options"] = "nosniff"
    if status == 200:
        response.set_etag(file.version)
    return response
